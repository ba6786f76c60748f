"""The group `speech`: the model, the words that wake, and the voice."""

from __future__ import annotations

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, note, ok, problem
from keepmum.errors import ModelError

TRAINED = ("alexa", "hey jarvis", "hey mycroft", "okay nabu")
"""Phrases with a wake-word model of their own; a test holds this against `listener/wake/first.py`, which loads them."""


def model(case: Case) -> Finding:
    """Whether the speech model opens."""
    path = case.settings.speech.model
    if isinstance(case.words, ModelError):
        return problem(case.words.what, case.words.hint)
    return ok(f"{path.name} opens and knows {len(case.words):,} words")


def phrases(case: Case) -> Finding:
    """Whether every wake phrase can be heard."""
    wake = case.settings.wake
    wanted = [" ".join(phrase.lower().split()) for phrase in wake.phrases]
    needed = [phrase for phrase in wanted if wake.confirm or phrase not in TRAINED]
    words = case.words
    if isinstance(words, ModelError):
        return note("nobody can tell without a model", "see the line above")
    strange = sorted({word for phrase in needed for word in phrase.split() if word not in words})
    if strange:
        what = f"the model does not know {', '.join(map(repr, strange))} of {', '.join(map(repr, needed))}"
        return problem(what, f"take words that it knows, or a trained phrase: {', '.join(TRAINED)}")
    untrained = [phrase for phrase in wanted if phrase not in TRAINED]
    how = f"; {', '.join(map(repr, untrained))} by the speech model alone" if untrained else ""
    return ok(f"it wakes on {', '.join(map(repr, wanted))}{how}")


def voice(case: Case) -> Finding:
    """Whether espeak-ng is there and has the voice."""
    wanted = case.settings.speech.voice
    answer = case.machine.run(["espeak-ng", "--voices"])
    if answer is None:
        return problem("espeak-ng is missing", "sudo apt install espeak-ng")
    if answer[0]:
        return problem(f"espeak-ng fails with status {answer[0]}", "try `espeak-ng hello`")
    untrusted_rows = [row.split() for row in answer[1].splitlines()[1:]]
    names = {name.lower() for row in untrusted_rows if len(row) > 4 for name in (row[1], row[3], row[4])}
    names |= {name.rpartition("/")[2] for name in names}
    if wanted.partition("+")[0].lower() not in names:
        return problem(f"espeak-ng has no voice {wanted!r}", "`espeak-ng --voices` lists them; correct speech.voice")
    return ok(f"espeak-ng speaks {wanted}")
