"""Simulated rooms: what a voice sounds like some metres away from the microphone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from scipy.signal import lfilter, oaconvolve

from keepmum.forge.corpus.features import RATE
from keepmum.forge.corpus.recording import Samples

_SIXTY_DB = 6.9078
"""A factor of a thousand, as a natural logarithm: the decay that a reverberation time is counted to."""


class Room(NamedTuple):
    """An impulse response; its first sample is the direct sound, so that nothing comes later than it did."""

    echo: Samples
    seconds: float
    """Reverberation time: until the echo has fallen by 60 dB."""

    def heard(self, sound: Samples) -> Samples:
        """The sound in this room, as long as it was."""
        return np.asarray(oaconvolve(sound, self.echo)[: len(sound)], np.float32)


def drawn(chance: Generator) -> Room:
    """A room by chance: from a furnished corner (0.12 s) to a bare kitchen (0.7 s), near the voice or far from it."""
    seconds = float(chance.uniform(0.12, 0.7))
    size = round(RATE * seconds)
    decay = np.exp(np.arange(size, dtype=np.float32) * np.float32(-_SIXTY_DB / size))
    echo = np.asarray(chance.standard_normal(size, np.float32) * decay)
    # Walls swallow high tones more than low ones.
    echo = np.asarray(lfilter([1.0], [1.0, -chance.uniform(0, 0.6)], echo), np.float32)
    first = int(chance.integers(16, 320))
    echo[:first] = 0
    for _ in range(int(chance.integers(2, 7))):  # early reflections stand out of the tail
        echo[int(chance.integers(first, min(size, first + 800)))] += 3 * float(chance.choice([-1, 1]))
    echo *= np.float32(10 ** (-chance.uniform(0, 14) / 20) / (np.sqrt(np.sum(echo**2)) + 1e-9))
    echo[0] = 1
    return Room(echo, seconds)
