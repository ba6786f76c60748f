"""A corpus as one long tape that is read in blocks: fifty hours of it need no more memory than one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from keepmum.errors import LabError
from keepmum.sound import RATE

BLOCK = 64 * RATE
"""Samples that are compared at a time."""
_GAP = RATE // 2
"""Samples of silence between recordings, so that a clip is found in one of them and not across two."""
_READ = 1 << 16

Samples = NDArray[np.float32]
"""[samples], one channel, 16,000 a second, full scale 1."""


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
    """A recording in a sound file of any rate and any number of channels."""

    id: str
    path: Path

    def blocks(self) -> Iterator[Samples]:
        """Raises LabError for a file that cannot be read to its end."""
        try:
            with soundfile.SoundFile(self.path) as file:
                turned = soxr.ResampleStream(file.samplerate, RATE, 1, "float32")
                for block in file.blocks(_READ, dtype="float32", always_2d=True):
                    yield _sound(turned.resample_chunk(block.mean(axis=1, dtype=np.float32)))
                yield _sound(turned.resample_chunk(np.zeros(0, np.float32), last=True))
        except (soundfile.LibsndfileError, OSError) as error:
            raise LabError(f"{self.path}: {error}", "no sound that libsndfile can read: leave it out") from error


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


def files(folder: Path) -> list[File]:
    """Every sound file below a folder, by name. Raises LabError if there is none."""
    known = {f".{name.lower()}" for name in soundfile.available_formats()} | {".opus"}
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known and path.is_file())
    if not found:
        raise LabError(f"there is no sound file below {folder}", "name the folder in which the recordings are")
    return [File(path.relative_to(folder).as_posix(), path) for path in found]


def _sound(samples: Samples) -> Samples:
    # A file of floats may hold what is no number; one of them would spoil a whole block.
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
