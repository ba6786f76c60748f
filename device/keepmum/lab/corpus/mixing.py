"""Puts spoken lines into one sound, each at its place and as loud as its speaker is there, over the noise of a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keepmum.lab.corpus.audio import Samples
from keepmum.lab.corpus.speaking import Line, Spoken
from keepmum.lab.marks import TruthKind
from keepmum.sound import RATE

_ROOM = 6.0 / 32_768
"""Of full scale: the noise of a room."""


@dataclass(frozen=True)
class Placed:
    """One line of a script, and where it goes."""

    at: float
    """Seconds from the beginning."""
    line: Line
    speaker: str
    loudness: float
    """Of espeak-ng's."""
    kind: TruthKind = TruthKind.SPEECH
    private: frozenset[int] = frozenset()
    meant: str = ""
    """The intent of an order."""


def lasts(line: Line) -> float:
    """Seconds that a line cannot exceed: no program here needs half a second for a word on average."""
    return 0.6 + 0.46 * len(line.text.split())


def mixed(script: Sequence[Placed], spoken: Sequence[Spoken], seconds: float, seed: int) -> Samples:
    """All lines together, of exactly this length; what does not fit is cut."""
    # This generator's sequence is frozen, whatever becomes of numpy's newer ones.
    dice = np.random.RandomState(seed % 2**32)
    sound = (dice.standard_normal(round(seconds * RATE)) * _ROOM).astype(np.float32)
    for placed, one in zip(script, spoken, strict=True):
        first = round(placed.at * RATE)
        part = one.sound[: max(0, len(sound) - first)]
        sound[first : first + len(part)] += part * np.float32(placed.loudness)
    return np.clip(sound, -1.0, 1.0 - 2**-15)
