"""How much of those who did not speak to the speaker leaves with a command (E8).

Two to four voices at a time, or one and a television; the speaker's own ears listen, and every policy is played over
what they did.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import soundfile

from keepmum.lab import marks
from keepmum.lab.corpus import about, talk
from keepmum.lab.corpus.mixing import Placed, lasts, mixed
from keepmum.lab.corpus.speaking import Line, Spoken, speak
from keepmum.lab.corpus.speech import NEAR, PEOPLE, TELEVISION
from keepmum.lab.corpus.talk import Talk
from keepmum.lab.corpus.written import in_order
from keepmum.lab.evaluate.evaluation import Evaluation, evaluate
from keepmum.lab.experiments.result import Control, Figure, Kind, Result
from keepmum.lab.marks import Truth, TruthKind
from keepmum.lab.pipeline.crew import Workers
from keepmum.lab.pipeline.tuning import Tuning
from keepmum.lab.run import Run, open_run
from keepmum.lab.running import make_run
from keepmum.lab.shelf import Shelf
from keepmum.lab.spans import covered
from keepmum.sound import RATE

QUESTION = "How much of people who did not speak to the speaker leaves with a command?"
POLICIES = ("always-stream", "alexa-2019-default", "siri-2019-after-default", "google-2020-optin")
OURS = ("ours-local", "ours-ask", "ours-share-text", "ours-share")
METRICS = {
    "bystander_s_per_h": "others",
    "media_s_per_h": "television",
    "private_words_per_h": "private words",
}
SCENE = 20.0
"""Seconds from one command to the next."""
ADDRESSES = "ben"
"""Who speaks to the speaker; nobody else does."""
FAR = 0.12
"""Of espeak-ng's loudness: the others, and the television, 12 dB below who stands at the speaker. Half as far, and
the speaker does not hear its name any more."""
_ORDER_AT = 5.0
_PACE = 165
_WAKES = 1 / 3
"""Part of the commands that has to wake it: whatever sleeps lets nothing out, and proves nothing."""
_CARRIES = 0.9
"""Part of the true seconds that a stream has to carry; less, and the counting loses some."""
_NOTES = (
    "Programs speak, there is no room, and an hour has 180 commands: the figures compare policies. Sound is counted "
    "before any redaction: what keepmum bleeps counts here as if it were heard.",
    "Vendors are simulated by their public statements over keepmum's own wakes.",
)


@dataclass(frozen=True)
class Mixture:
    """Who speaks while a command is said."""

    name: str
    others: int
    """Voices besides the one that speaks to the speaker, each in its own conversation."""
    television: bool = False


MIXTURES = (
    Mixture("two voices", 1),
    Mixture("three voices", 2),
    Mixture("four voices", 3),
    Mixture("a voice and television", 0, television=True),
)


def measure(
    commands: int,
    seed: int,
    workers: Workers,
    own: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Result:
    """So many commands in each mixture. `own` is a folder with policies of one's own. Raises LabError."""
    shelf = Shelf(own)
    chosen = [policy for policy in shelf.policies() if own is not None or policy.id in (*POLICIES, *OURS)]
    figures, controls, heard = list[Figure](), list[Control](), 0
    with tempfile.TemporaryDirectory() as folder:
        for done, mixture in enumerate(MIXTURES):
            progress(done, len(MIXTURES))
            place, out = Path(folder) / f"corpus-{done}", Path(folder) / f"run-{done}"
            write(place, mixture, commands, seed)
            make_run(place, out, Tuning(), workers)
            run = open_run(out)
            found = evaluate(run, chosen, seed=seed)
            woken = sum(mark.kind is marks.MarkKind.CONFIRMED for mark in run.marks)
            figures += [Figure(mixture.name, "wakes for commands", float(woken), n=commands), *_figures(mixture, found)]
            controls.append(_control(mixture, found, run))
            heard += woken
    progress(len(MIXTURES), len(MIXTURES))
    whole = commands * len(MIXTURES)
    controls.append(Control("ears that are not deaf", heard >= _WAKES * whole, f"{heard} wakes for {whole} commands"))
    return Result("bystander", QUESTION, seed, tuple(figures), tuple(controls), _NOTES)


def _figures(mixture: Mixture, found: Evaluation) -> Iterator[Figure]:
    for policy in found.policies:
        for metric, words in METRICS.items():
            if metric == "media_s_per_h" and not mixture.television:
                continue
            row = found.row(policy.id, metric)
            kind = Kind.MEASURED if row.kind == "measured" else Kind.SIMULATED
            case, most = f"{mixture.name}: {policy.id}", 0.0 if policy.id == "ours-local" else None
            yield Figure(case, words, row.value, row.unit, row.lo, row.hi, row.n, most, kind)


def _control(mixture: Mixture, found: Evaluation, run: Run) -> Control:
    """What always streams must carry everybody whom the truth knows."""
    metric = "media_s_per_h" if mixture.television else "bystander_s_per_h"
    kind = TruthKind.MEDIA if mixture.television else TruthKind.SPEECH
    others = [truth for truth in run.truth if truth.kind is kind and truth.speaker != ADDRESSES]
    spoken = sum(
        covered((each for each in others if each.recording == recording.id), 0.0, recording.seconds)
        for recording in run.recordings
    )
    expected, carried = spoken / run.seconds * 3600, found.row("always-stream", metric).value or 0.0
    told = f"{carried:.0f} of {expected:.0f} seconds an hour"
    return Control(f"{mixture.name}: a device that always streams", 0 < _CARRIES * expected <= carried, told)


# ---- the mixtures


def write(place: Path, mixture: Mixture, commands: int, seed: int) -> None:
    """A corpus: one recording for each command, with the truth beside it."""
    place.mkdir()
    (place / about.FILE).write_text("layout: folder\nvoices: spoken by programs\n")
    said = Talk(Random(f"bystander {seed} {mixture.name}"))
    for number in range(commands):
        name = f"{number:02}/scene.flac"
        script = list(_script(mixture, said))
        spoken = speak([each.line for each in script])
        (place / name).parent.mkdir()
        sound = mixed(script, spoken, SCENE, seed + number)
        soundfile.write(place / name, sound, RATE, format="FLAC", subtype="PCM_16")
        truths = (truth for pair in zip(script, spoken, strict=True) for truth in _truths(*pair, name))
        marks.write((place / name).with_suffix(".truth.jsonl"), in_order(truths))


def _script(mixture: Mixture, said: Talk) -> Iterator[Placed]:
    """One command; meanwhile everybody else goes on talking, each of them at his own moments."""
    people = [name for name in PEOPLE if name != ADDRESSES]
    text, intent = said.order()
    yield Placed(_ORDER_AT, Line(f"alexa, {text}", *_voice(PEOPLE[ADDRESSES])), ADDRESSES, NEAR, meant=intent)
    for who in people[: mixture.others]:
        at = said.between(0.5, 4.0)
        while at < SCENE - 8.0:
            text, private = said.next(talk.CONVERSATION)
            line = Line(text, *_voice(PEOPLE[who]))
            yield Placed(at, line, who, FAR, private=private)
            at += lasts(line) + said.between(0.5, 3.0)
    at = 0.5
    while mixture.television and at < SCENE - 8.0:
        who, (text, _) = said.one(tuple((name, "") for name in TELEVISION))[0], said.next(talk.TELEVISION)
        line = Line(text, *_voice(TELEVISION[who]))
        yield Placed(at, line, "television", FAR, TruthKind.MEDIA)
        at += lasts(line)


def _voice(known: tuple[str, int]) -> tuple[str, int, int]:
    name, pitch = known
    return name, _PACE, pitch


def _truths(placed: Placed, one: Spoken, name: str) -> Iterator[Truth]:
    at, ends = placed.at, min(placed.at + one.seconds, SCENE)
    kinds = [placed.kind, *([TruthKind.COMMAND] if placed.meant else [])]
    for kind in kinds:
        what = placed.meant if kind is TruthKind.COMMAND else ""
        yield Truth(recording=name, begins=at, ends=round(ends, 4), kind=kind, speaker=placed.speaker, what=what)
    for number, word in enumerate(one.words):
        yield Truth(
            recording=name,
            begins=round(min(at + word.begins, SCENE), 4),
            ends=round(min(at + word.ends, SCENE), 4),
            kind=TruthKind.WORD,
            speaker=placed.speaker,
            what=word.text,
            private=number in placed.private,
        )
