"""Whether somebody makes a sound just now, from loudness alone: it decides when dearer ears look."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from keepmum.sound import BLOCK_BYTES, RATE, SAMPLE_BYTES, seconds

_BAND = (300, 3400)
"""Hz: a telephone's. Voices are loud there, and the rumble and hiss of a home are not: of 234 commands in its noise at
10 dB, the whole band's loudness finds 83 % to be over within 0.6 s (by 0.45 s of quiet), and this band's 96 %."""

_MEMORY = 40
"""Blocks (3.2 s): the loudest and the quietest of them tell what is loud and what is quiet in this room."""

_QUIETEST = 0.1
"""The part of those blocks that count as the room alone; the very quietest may be a gap in the noise."""

_ABOVE_QUIETEST = 2.0
"""6 dB above the steady noise. Of 62 spoken orders in noise at 10 dB, 7 have a gap inside that would pass for 0.45 s of
silence; with 4.6 dB 5 of them, but then the end of 1 command in 15 is found late."""

_BELOW_LOUDEST = 0.06
"""24 dB below the speech: a pause, even if the noise swells."""

_INAUDIBLE = 25.0
"""Root mean square, of 32,768: below it lies the microphone's own noise."""


class Activity:
    """Fed with sound, it says for how long it has been quiet."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_MEMORY)
        self.quiet = 0.0
        """Seconds since speech, as far as can be told: since the middle of the last block that was loud enough."""

    def hear(self, sound: bytes) -> bool:
        """Whether any block of it is loud enough to be speech, in a room like the last three seconds."""
        loud = [self._hear(block) for block in _blocks(sound)]
        return any(loud)

    def _hear(self, block: bytes) -> bool:
        level = _level(block)
        self._levels.append(level)
        quiet_room = _ABOVE_QUIETEST * max(float(np.quantile(self._levels, _QUIETEST)), 1.0)
        active = level > max(_INAUDIBLE, quiet_room, _BELOW_LOUDEST * max(self._levels))
        half = seconds(block) / 2
        self.quiet = 0.0 if active else (self.quiet or half) + 2 * half
        return active

    def forget(self) -> None:
        """Start anew."""
        self._levels.clear()
        self.quiet = 0.0


def _blocks(sound: bytes) -> Iterator[bytes]:
    """Equal pieces, about as long as a microphone's: in a longer one, a word that begins would be averaged away."""
    count = max(1, round(len(sound) / BLOCK_BYTES))
    edges = [len(sound) // SAMPLE_BYTES * part // count * SAMPLE_BYTES for part in range(count + 1)]
    return (sound[begin:end] for begin, end in pairwise(edges))


def _level(block: bytes) -> float:
    """Root mean square of what lies in the band."""
    samples = np.frombuffer(block, dtype="<i2", count=len(block) // SAMPLE_BYTES)
    if not len(samples):
        return 0.0
    low, high = (round(edge * len(samples) / RATE) for edge in _BAND)
    spectrum = np.fft.rfft(samples)[low:high]
    return float(np.sqrt(2 * np.sum(np.abs(spectrum) ** 2)) / len(samples))
