"""Says from where in a known corpus a clip comes, without any recogniser: so a leak is found, and nobody's word counts.

A clip is sought by its waveform. That finds it in any room, disguised by moved resonances or with much of it bleeped,
and never once its pitch was changed. What is not surely found is sought again by how loud its bands are over time, at
every tempo that the speaker's own disguise may give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import soxr

from keepmum.lab.corpus.audio import Samples
from keepmum.lab.truth import resemblance as compare
from keepmum.lab.truth.resemblance import Curve, Heard, Signal, ready, resemblance
from keepmum.lab.truth.tape import Tape
from keepmum.sound import RATE

By = Literal["waveform", "loudness"]
WAYS: tuple[By, ...] = ("waveform", "loudness")

SHORTEST = RATE // 2
"""Samples; of less nobody could say where it comes from."""
TEMPOS = tuple(round(0.84 + 0.01 * step, 2) for step in range(33))
"""How often faster a clip may be than what was said: the disguise draws from 0.85 to 1.15."""
_SHORT = 4 * RATE
"""Samples; up to these every second tempo is enough: the ends are out of step by 20 ms at most."""
SURE: Mapping[By, float] = {"waveform": 2.2, "loudness": 1.4}
"""A place is sure if it resembles the clip so much more than any other place does. Of 120 clips of people whom the
corpus does not hold none reached it; `keepmum lab oracle` measures it anew."""
ALIKE = 0.5
"""A waveform that resembles so much is the same sound, even where it was played twice."""
NEAR = RATE // 2
"""Samples; closer places are one place."""
_WAVE_FLOOR, _BANDS_FLOOR = 1e-4, 0.05

Tell = Callable[[int], None]


@dataclass(frozen=True)
class Place:
    """Where a clip most likely comes from."""

    recording: str
    at: float
    """Seconds from the recording's beginning to the clip's."""
    score: float
    """How much the clip resembles the place, 0 to 1. Scores of the two ways are no measure for each other."""
    rival: float
    """The most that it resembles any other place."""
    by: By
    tempo: float = 1.0
    """How often faster than there the clip is."""

    @property
    def clearness(self) -> float:
        """How many times more the clip resembles this place than any other."""
        return self.score / max(self.rival, 1e-6)

    @property
    def sure(self) -> bool:
        """Whether it comes from there, and not just from somewhere."""
        return self.clearness >= SURE[self.by] or (self.by == "waveform" and self.score >= ALIKE)


def locate(clip: Samples, tape: Tape) -> Place | None:
    """Where a clip comes from; None for one that is silent or too short to tell. See whether the place is `sure`."""
    return locate_all([clip], tape)[0]


def locate_all(
    clips: Sequence[Samples], tape: Tape, ways: Sequence[By] = WAYS, tell: Tell = lambda _: None
) -> list[Place | None]:
    """The same for many clips, in one reading of the tape for each way. `tell` gets the seconds of each piece read."""
    usable = [number for number, clip in enumerate(clips) if len(clip) >= SHORTEST and np.any(clip)]
    places: dict[int, Place] = {}
    for way in ways:
        lost = [number for number in usable if number not in places or not places[number].sure]
        for number, place in _sought([(number, clips[number]) for number in lost], tape, way, tell).items():
            places[number] = clearer(places.get(number), place) or place
    return [places.get(number) for number in range(len(clips))]


def clearer(one: Place | None, other: Place | None) -> Place | None:
    """Whichever stands out more from all other places."""
    known = [place for place in (one, other) if place is not None]
    return max(known, key=lambda place: place.clearness, default=None)


class _Best(NamedTuple):
    """The two best places so far, apart from each other."""

    score: float = 0.0
    sample: int = 0
    tempo: float = 1.0
    rival: float = 0.0

    def with_one_more(self, score: float, sample: int, tempo: float) -> _Best:
        """After one more place."""
        if abs(sample - self.sample) < NEAR and self.score > 0:
            return self if score <= self.score else self._replace(score=score, sample=sample, tempo=tempo)
        if score > self.score:
            return _Best(score, sample, tempo, rival=self.score)
        return self._replace(rival=max(self.rival, score))


def _sought(clips: Sequence[tuple[int, Samples]], tape: Tape, by: By, tell: Tell) -> dict[int, Place]:
    """The best place of each clip, by its number."""
    if not clips:
        return {}
    forms = {number: list(_forms(clip, by)) for number, clip in clips}
    best = {number: _Best() for number, _ in clips}
    hop = 1 if by == "waveform" else compare.HOP
    overlap = max(len(clip) for _, clip in clips) * 6 // 5 + 2 * compare.HOP
    for piece in tape.pieces(overlap):
        heard = _heard(piece.samples, by)
        for number, each in forms.items():
            best[number] = _improved(best[number], heard, each, piece.first, hop)
        tell(round(len(piece.samples) / RATE))
    return {number: _place(found, tape, by) for number, found in best.items() if found.score > 0}


def _place(found: _Best, tape: Tape, by: By) -> Place:
    recording, at = tape.where(found.sample)
    return Place(recording, at, round(found.score, 4), round(found.rival, 4), by, found.tempo)


def _improved(best: _Best, heard: Heard, forms: Sequence[tuple[float, Signal]], first: int, hop: int) -> _Best:
    found = [(tempo, resemblance(heard, form)) for tempo, form in forms]
    for score, tempo, frame in sorted(_peaks(found, hop), reverse=True)[:3]:
        best = best.with_one_more(score, first + frame * hop, tempo)
    return best


def _peaks(curves: Sequence[tuple[float, Curve]], hop: int) -> Iterator[tuple[float, float, int]]:
    """Score, tempo and frame of the best place at any tempo, and of the best far enough from it."""
    usable = [(tempo, curve if hop > 1 else np.abs(curve)) for tempo, curve in curves if len(curve)]
    if not usable:
        return
    tempo, curve = max(usable, key=lambda each: float(each[1].max()))
    top = int(curve.argmax())
    yield float(curve[top]), tempo, top
    near = NEAR // hop
    for other_tempo, other in usable:
        rest = other.copy()
        rest[max(0, top - near) : top + near + 1] = 0
        yield float(rest.max()), other_tempo, int(rest.argmax())


def _heard(samples: Samples, by: By) -> Heard:
    if by == "waveform":
        return ready(compare.whitened(samples), _WAVE_FLOOR)
    return ready(compare.loudness(samples), _BANDS_FLOOR)


def _forms(clip: Samples, by: By) -> Iterator[tuple[float, Signal]]:
    """What is sought for a clip: itself, or itself at each tempo as it was before it was made faster."""
    if by == "waveform":
        yield 1.0, compare.whitened(clip)
        return
    for tempo in TEMPOS[:: 2 if len(clip) <= _SHORT else 1]:
        yield tempo, compare.loudness(slower(clip, tempo))


def slower(clip: Samples, tempo: float) -> Samples:
    """The clip as it was before somebody played it `tempo` times as fast: tempo and pitch go back together."""
    if tempo == 1.0:
        return clip
    return np.asarray(soxr.resample(clip, 1_000, round(1_000 * tempo), "MQ"), np.float32)
