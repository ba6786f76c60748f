"""Which phrase, and which threshold: calls that are missed against wakes that nobody meant (E2)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from keepmum.lab import marks
from keepmum.lab.corpus import about
from keepmum.lab.corpus.corpus import Corpus
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.corpus.speaking import Line, Spoken, speak
from keepmum.lab.corpus.speech import NEWS, speak_household
from keepmum.lab.experiments.neighbours import neighbours
from keepmum.lab.experiments.result import Control, Figure, Result, rate, share
from keepmum.lab.experiments.waking import Heard, hear
from keepmum.lab.marks import Truth, TruthKind
from keepmum.lab.pipeline.crew import Workers
from keepmum.lab.pipeline.tuning import Tuning
from keepmum.sound import RATE

QUESTION = "Which phrase at which threshold: what is missed, what wakes it that is not the phrase?"
PHRASES = ("alexa", "computer")
THRESHOLDS = (0.1, 0.3, 0.6, 0.9)
VOICES = ("en-us+Andy", "en+Annie", "en-us+Mario", "en+f5", "en-us+m7", "en-gb-scotland", "en-us-nyc", "en-gb-x-rp+f2")
"""espeak-ng's, by the names of their files; the first five are kept out of the bundled model's training."""
NEAR = 10
"""Neighbours of each phrase that are spoken."""
MINUTES = 3.0

_PAUSE = 5.6
"""Seconds between two words: a speaker that woke has given up waiting for a command by then."""
_TRAINED = frozenset({"alexa"})
"""Phrases whose first threshold the speaker takes from its settings; the others have their makers' own, or none."""


@dataclass(frozen=True)
class Spoke:
    """One phrase's three corpora."""

    calls: Corpus
    neighbours: Corpus
    talk: Corpus


def measure(
    phrases: Sequence[str], thresholds: Sequence[float], seed: int, workers: Workers, talk: Path | None = None
) -> Result:
    """Call it by each phrase in every voice, say its neighbours, let people or a television talk, at each threshold.

    `talk` is a corpus in which nobody has to call it; without one a television is spoken. Raises KeepmumError for a
    phrase that the model does not know, or a corpus that is none.
    """
    figures: list[Figure] = []
    notes: list[str] = []
    controls: list[Control] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = talk or speak_household(folder / "talk", seed, MINUTES, scenes=NEWS)
        for phrase in phrases:
            near, source = neighbours(phrase, NEAR)
            notes.append(f"neighbours of “{phrase}”, from {source}: {', '.join(near)}")
            spoke = _spoken(folder / phrase, phrase, near, place, workers)
            heard = list(_at_each(phrase, thresholds, spoke, workers))
            figures += [figure for each in heard for figure in each[1]]
            controls.append(_control(phrase, heard[0][0], spoke.calls, workers))
    return Result("wake", QUESTION, seed, tuple(figures), tuple(controls), (*notes, *_NOTES))


_NOTES = (
    "Calls and neighbours are spoken by espeak-ng, whose voices trained the bundled model in part: people differ.",
    "A threshold is the first engine's; phrases that it has no model for, or its makers' threshold, have one row.",
)


def _at_each(
    phrase: str, thresholds: Sequence[float], spoke: Spoke, workers: Workers
) -> Iterator[tuple[Tuning, list[Figure]]]:
    usual = Tuning(phrase)
    for tuning in [replace(usual, trigger=each) for each in thresholds] if phrase in _TRAINED else [usual]:
        case = f"{phrase}, threshold {tuning.trigger:g}" if phrase in _TRAINED else phrase
        calls, near, talk = (hear(each, tuning, workers) for each in (spoke.calls, spoke.neighbours, spoke.talk))
        yield tuning, list(_figures(case, calls, near, talk))


def _figures(case: str, calls: Heard, near: Heard, talk: Heard) -> Iterator[Figure]:
    yield share(case, "calls that were missed", calls.calls - calls.found, calls.calls)
    yield share(case, "neighbours that wake it", min(len(near.false), near.words), near.words)
    yield rate(case, "false wakes in talk", len(talk.false), talk.hours, "an hour")
    heard = sum(wake.seconds for wake in talk.false) / talk.hours
    yield Figure(case, "of bystanders heard", heard, "s an hour", n=len(talk.false))


def _control(phrase: str, tuning: Tuning, calls: Corpus, workers: Workers) -> Control:
    """A speaker with another phrase misses every call; who counts wrongly would not see it."""
    other = "okay nabu" if phrase != "okay nabu" else "alexa"
    heard = hear(calls, replace(tuning, phrase=other), workers)
    told = f"{heard.found} of {heard.calls} calls woke it"
    return Control(f"a speaker that waits for “{other}” when it is called “{phrase}”", heard.found == 0, told)


def _spoken(folder: Path, phrase: str, near: Iterable[str], talk: Path, workers: Workers) -> Spoke:
    calls = [Line(phrase, voice) for voice in VOICES for _ in range(2)]
    others = [Line(word, voice) for word in near for voice in VOICES[:4]]
    _write(folder / "calls", calls, lambda _: TruthKind.COMMAND)
    _write(folder / "neighbours", others, lambda _: TruthKind.WORD)
    found = (open_corpus(place, phrase, workers) for place in (folder / "calls", folder / "neighbours", talk))
    return Spoke(*found)


def _write(folder: Path, lines: Sequence[Line], kind: Callable[[Line], TruthKind]) -> None:
    """One recording with all lines, each after a pause, and what they are."""
    folder.mkdir(parents=True)
    (folder / about.FILE).write_text("voices: spoken by programs\n")
    parts: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
    truths: list[Truth] = []
    at = 0
    for line, spoken in zip(lines, speak(lines), strict=True):
        pause = np.zeros(round(_PAUSE * RATE), np.float32)
        at += len(pause)
        truths.append(_truth(line, spoken, at / RATE, kind(line)))
        parts += [pause, spoken.sound * np.float32(0.5)]
        at += len(spoken.sound)
    parts.append(np.zeros(6 * RATE, np.float32))
    soundfile.write(folder / "said.flac", np.concatenate(parts), RATE, subtype="PCM_16")
    marks.write(folder / "said.truth.jsonl", truths)


def _truth(line: Line, spoken: Spoken, at: float, kind: TruthKind) -> Truth:
    begins, ends = round(at, 4), round(at + spoken.seconds, 4)
    return Truth(recording="said.flac", begins=begins, ends=ends, kind=kind, speaker=line.voice, what=line.text)
