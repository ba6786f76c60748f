"""A corpus as one long tape that is read in blocks: fifty hours of it need no more memory than one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from keepmum.lab.corpus import audio
from keepmum.lab.corpus.audio import Samples
from keepmum.lab.corpus.corpus import Corpus
from keepmum.sound import RATE

BLOCK = 64 * RATE
"""Samples that are compared at a time."""
_GAP = RATE // 2
"""Samples of silence between recordings, so that a clip is found in one of them and not across two."""


class Reel(Protocol):
    """One recording."""

    @property
    def id(self) -> str:
        """How it is called where a clip is found in it."""
        ...

    def blocks(self) -> Iterator[Samples]:
        """Its sound, in parts of any length."""
        ...


@dataclass(frozen=True)
class Held:
    """A recording that is in memory already."""

    id: str
    samples: Samples

    def blocks(self) -> Iterator[Samples]:
        """All of it at once."""
        yield self.samples


@dataclass(frozen=True)
class File:
    """A recording in a sound file."""

    id: str
    path: Path
    channel: str = ""
    """Which one is heard, as in `corpus.yaml`."""

    def blocks(self) -> Iterator[Samples]:
        """Raises LabError for a file that cannot be read to its end."""
        return audio.blocks(self.path, channel=self.channel)


class Piece(NamedTuple):
    """Some of the tape."""

    first: int
    """The sample of the tape that it begins with."""
    samples: Samples


class Tape:
    """Recordings one after the other, with a short silence between them. It can be read any number of times."""

    def __init__(self, reels: Iterable[Reel]) -> None:
        self._reels = tuple(reels)
        self._starts: list[int] = []

    def pieces(self, overlap: int, block: int = BLOCK) -> Iterator[Piece]:
        """The tape from its beginning: pieces of `block` samples, and `overlap` samples of each once more in the next.

        Whatever is no longer than `overlap` stands whole in one piece.
        """
        waiting, first = np.zeros(0, np.float32), 0
        for part in self._parts():
            waiting = np.concatenate([waiting, part])
            while len(waiting) >= block + overlap:
                yield Piece(first, waiting[: block + overlap])
                waiting, first = waiting[block:].copy(), first + block
        if len(waiting):
            yield Piece(first, waiting)

    def where(self, sample: int) -> tuple[str, float]:
        """Recording and second of a sample that was read already."""
        reel = max(0, bisect_right(self._starts, sample) - 1)
        return self._reels[reel].id, (sample - self._starts[reel]) / RATE

    def _parts(self) -> Iterator[Samples]:
        self._starts = []
        read = 0
        for reel in self._reels:
            self._starts.append(read)
            for part in reel.blocks():
                read += len(part)
                yield part
            read += _GAP
            yield np.zeros(_GAP, np.float32)


def of(corpus: Corpus) -> Tape:
    """All recordings of a corpus."""
    return Tape([File(sound.id, sound.path, corpus.channel) for sound in corpus.sounds])
