"""Keeps the recordings that judge a model out of what it learns from, also where they were coded anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keepmum.errors import CorpusError
from keepmum.forge.corpus.features import RATE, mfcc
from keepmum.forge.corpus.manifest import Recording
from keepmum.forge.corpus.noise import SOUNDS
from keepmum.forge.corpus.recording import decode

ALIKE = 0.92
"""Correlation of cepstra over time from which two recordings are one. Of 192 recordings and their copies by Opus at
32 kbit/s the least alike reach 0.945; one sentence by two of espeak-ng's voices, as alike as programs can be, 0.875;
two readings by people 0.3."""

_LASTS = 0.06
"""Seconds by which a copy may be longer or shorter; coders pad."""
_STEP = RATE // 50
_FULL = 20_000
_CEPSTRA = slice(1, 13)
"""The shape of the spectrum without its loudness."""
_SHIFTS = range(-3, 4)
"""Steps of 20 ms by which a coder may have moved it."""

Shape = NDArray[np.float32]
"""[steps, 12]: what was said, as far as it can be compared; one step is 20 ms."""


def among(recordings: Sequence[Recording], folders: Sequence[Path]) -> frozenset[Path]:
    """The files of the recordings that lie in one of these folders, under any name and in any coding.

    What a model has learnt by heart says nothing about it. Raises CorpusError for a folder that is not there.
    """
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise CorpusError(f"there is no folder {', '.join(missing)}", "it should hold the recordings that judge")
    judges = [_Judge(file) for file in files]
    sums = {judge.sum for judge in judges}
    same = {one.path for one in recordings if _sum(one.path) in sums} if sums else set()
    others = [one for one in recordings if one.path not in same]
    return frozenset(same | {one.path for one in _copies(others, judges)})


class _Judge:
    """One file of a folder that judges."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def sum(self) -> bytes:
        return _sum(self.path)

    @cached_property
    def shape(self) -> Shape:
        """Empty for what is no sound."""
        return _shape(self.path) if self.path.suffix.lower() in SOUNDS else np.zeros((0, 12), np.float32)


def _copies(recordings: Sequence[Recording], judges: Sequence[_Judge]) -> Iterator[Recording]:
    """Recordings that sound like one that judges; only what lasts as long is compared."""
    heard = [judge.shape for judge in judges if len(judge.shape)]
    by_length: dict[int, list[Shape]] = {}
    for each in heard:
        by_length.setdefault(len(each), []).append(each)
    slack = round(_LASTS * RATE / _STEP)
    for one in recordings:
        steps = round(one.seconds * RATE / _STEP)
        near = [each for length in range(steps - slack, steps + slack + 1) for each in by_length.get(length, ())]
        if near and _resembles(_shape(one.path), near):
            yield one


def _resembles(mine: Shape, others: Sequence[Shape]) -> bool:
    return any(_alike(mine, other, shift) for other in others for shift in _SHIFTS)


def _alike(mine: Shape, other: Shape, shift: int) -> bool:
    """Whether the two are one, if the other begins `shift` steps later."""
    mine, other = mine[max(0, shift) :], other[max(0, -shift) :]
    length = min(len(mine), len(other))
    if length < 10:
        return False
    mine, other = mine[:length] - mine[:length].mean(axis=0), other[:length] - other[:length].mean(axis=0)
    return float((mine * other).sum()) > ALIKE * float(np.sqrt((mine**2).sum() * (other**2).sum()) + 1e-9)


def _shape(path: Path) -> Shape:
    """Cepstra every 20 ms; empty for what cannot be decoded, which nothing is learnt from."""
    try:
        sound = decode(path)
    except CorpusError:
        return np.zeros((0, 12), np.float32)
    return mfcc(sound * np.float32(_FULL / np.abs(sound).max()))[::2, _CEPSTRA]


def _sum(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
