"""Whether somebody makes a sound just now, from loudness alone: it decides when dearer ears look."""

from __future__ import annotations

from collections import deque

import numpy as np

from keepmum.sound import SAMPLE_BYTES, seconds

_MEMORY = 40
"""Blocks (3.2 s): the loudest and the quietest of them tell what is loud and what is quiet in this room."""

_ABOVE_QUIETEST = 1.7
"""5 dB above the steady noise. With 8 dB, 6 of 31 spoken orders in noise at 10 dB were cut off, with 5 dB 3."""

_BELOW_LOUDEST = 0.06
"""24 dB below the speech: a pause, even if the noise swells."""

_INAUDIBLE = 25.0
"""Root mean square, of 32,768: below it lies the microphone's own noise."""


class Activity:
    """Fed with blocks, it says for how long it has been quiet."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_MEMORY)
        self.quiet = 0.0
        """Seconds since the last block that was loud enough to be speech."""

    def hear(self, block: bytes) -> bool:
        """Whether this block is loud enough to be speech, in a room like the last three seconds."""
        samples = np.frombuffer(block, dtype="<i2", count=len(block) // SAMPLE_BYTES).astype(np.float32)
        level = float(np.sqrt(np.mean(samples * samples))) if len(samples) else 0.0
        self._levels.append(level)
        quiet_room = _ABOVE_QUIETEST * max(min(self._levels), 1.0)
        active = level > max(_INAUDIBLE, quiet_room, _BELOW_LOUDEST * max(self._levels))
        self.quiet = 0.0 if active else self.quiet + seconds(block)
        return active

    def forget(self) -> None:
        """Start anew."""
        self._levels.clear()
        self.quiet = 0.0
