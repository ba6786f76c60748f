"""Cuts a corpus into pieces of work: never more than five minutes in memory, and the same pieces for any number of
processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from keepmum.lab.corpus.corpus import Sound
from keepmum.lab.marks import Mark, Recording
from keepmum.lab.pipeline.tuning import Tuning

LONGEST = 300.0
"""Seconds in one piece. A multiple of a block's 0.08 s, so that long recordings are cut between blocks."""


@dataclass(frozen=True)
class Stretch:
    """A part of one recording: what begins in it belongs to it."""

    recording: str
    path: Path
    begins: float
    ends: float
    is_last: bool
    """Whether the recording ends with it."""
    seconds: float
    """Of the whole recording."""
    happenings: tuple[Mark, ...] = ()

    def owns(self, at: float) -> bool:
        """Whether what begins at this second of the recording belongs here; the edges of the recording do."""
        return (at >= self.begins or self.begins == 0.0) and (at < self.ends or self.is_last)


@dataclass(frozen=True)
class Piece:
    """What one process does in one go."""

    tuning: Tuning
    channel: str
    stretches: tuple[Stretch, ...]


def pieces(sounds: Sequence[Sound], recordings: Sequence[Recording], tuning: Tuning, channel: str) -> list[Piece]:
    """In the order of the corpus. What follows from it depends on the corpus alone."""
    parts = (part for pair in zip(sounds, recordings, strict=True) for part in _parts(*pair))
    return [Piece(tuning, channel, together) for together in _gathered(parts)]


def _parts(sound: Sound, recording: Recording) -> Iterator[Stretch]:
    begins = 0.0
    while True:
        ends = begins + LONGEST
        # What would be left for a short last stretch goes with the one before it.
        is_last = ends + LONGEST / 10 >= recording.seconds
        ends = recording.seconds if is_last else ends
        happenings = tuple(one for one in sound.happenings if one.begins < ends and one.ends >= begins)
        yield Stretch(sound.id, sound.path, begins, ends, is_last, recording.seconds, happenings)
        if is_last:
            return
        begins = ends


def _gathered(parts: Iterable[Stretch]) -> Iterator[tuple[Stretch, ...]]:
    """Short recordings share a piece."""
    together: list[Stretch] = []
    for part in parts:
        if together and sum(each.ends - each.begins for each in (*together, part)) > LONGEST * 1.1:
            yield tuple(together)
            together = []
        together.append(part)
    if together:
        yield tuple(together)
