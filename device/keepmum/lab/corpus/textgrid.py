"""TextGrid: Praat's tiers of intervals, as phoneticians and forced aligners publish truth; long and short form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from keepmum.lab.corpus import written
from keepmum.lab.corpus.written import in_order, refuse, seconds_in
from keepmum.lab.marks import Truth, TruthKind

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|<exists>|(?<![\w.\[])(-?[0-9][0-9.eE+-]*)(?![\w\]])')
"""What both forms have in common once keys are skipped: strings and numbers."""

_WORDS, _COMMANDS, _IGNORED = ("words", "word"), ("command", "commands"), ("phones", "phone")


def read(path: Path, recording: str, media: tuple[str, ...] = ()) -> tuple[Truth, ...]:
    """Every interval with a text, in the order of time.

    A tier `words` (or `anna - words`, as aligners name it) holds words, `command` holds what was said to the speaker,
    with the intent as its text, `phones` is passed over; any other tier is a speaker's turns. Raises LabError with
    everything that is wrong.
    """
    tokens = _Tokens(written.text(path))
    found: list[Truth] = []
    wrong: list[str] = []
    try:
        tokens.head()
        for _ in range(tokens.count()):
            _tier(tokens, recording, media, found, wrong)
    except ValueError as error:
        wrong.append(str(error))
    refuse([f"{path}: {each}" for each in wrong])
    return in_order(found)


def _tier(tokens: _Tokens, recording: str, media: tuple[str, ...], found: list[Truth], wrong: list[str]) -> None:
    form, name = tokens.string(), tokens.string()
    tokens.number(), tokens.number()
    kind, speaker = _kind(name, media)
    for place in range(1, tokens.count() + 1):
        begins = tokens.number()
        ends = tokens.number() if form == "IntervalTier" else begins
        label = tokens.string().strip()
        if kind is None or form != "IntervalTier" or not label:
            continue
        what = label.lower() if kind is TruthKind.WORD else label if kind is TruthKind.COMMAND else ""
        try:
            found.append(Truth(recording=recording, begins=begins, ends=ends, kind=kind, speaker=speaker, what=what))
        except ValidationError as error:
            wrong.append(f"tier {name!r}, interval {place}: {error.errors(include_url=False)[0]['msg']}")


def _kind(name: str, media: tuple[str, ...]) -> tuple[TruthKind | None, str]:
    """What a tier's intervals are, and whose."""
    speaker, _, last = name.rpartition(" - ")
    word = (last or name).strip().lower()
    if word in _IGNORED:
        return None, ""
    if word in _WORDS:
        return TruthKind.WORD, speaker
    if word in _COMMANDS:
        return TruthKind.COMMAND, speaker
    return (TruthKind.MEDIA if name.lower() in media else TruthKind.SPEECH), name


class _Tokens:
    """The strings and numbers of a TextGrid, one after the other; each asks for what must come next."""

    def __init__(self, untrusted_text: str) -> None:
        self._found: Iterator[re.Match[str]] = _TOKEN.finditer(untrusted_text)

    def head(self) -> None:
        """The first lines. Raises ValueError if it is no TextGrid."""
        if (self.string(), self.string()) != ("ooTextFile", "TextGrid"):
            raise ValueError("this is no TextGrid")
        self.number(), self.number()
        if self._next("<exists>")[0] != "<exists>":
            raise ValueError("there are no tiers")

    def string(self) -> str:
        found = self._next("a text in quotes")
        if found[1] is None:
            raise ValueError(f"{found[0]} stands where a text in quotes should")
        return found[1].replace('""', '"')

    def number(self) -> float:
        found = self._next("a number")
        if found[2] is None:
            raise ValueError(f"{found[0]} stands where a number should")
        return seconds_in(found[2])

    def count(self) -> int:
        """How many follow."""
        return int(self.number())

    def _next(self, wanted: str) -> re.Match[str]:
        found = next(self._found, None)
        if found is None:
            raise ValueError(f"it is cut short: {wanted} should follow")
        return found
