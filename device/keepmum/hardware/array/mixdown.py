"""Makes one channel out of what an array delivers."""

from __future__ import annotations

import numpy as np

from keepmum.hardware.loudness import saturate
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings


class Mixdown:
    """One channel picked, or the mean of all."""

    def __init__(self, microphone: MicrophoneSettings, array: ArraySettings) -> None:
        self._channels = microphone.channels
        self._channel = microphone.channel
        self._array = array

    def mono(self, block: bytes) -> bytes:
        """One block of interleaved samples as mono; the sum is wider than 16 bit, so it cannot overflow."""
        samples = np.frombuffer(block, dtype="<i2").reshape(-1, self._channels)
        if isinstance(self._channel, int):
            return samples[:, self._channel].tobytes()
        return saturate(np.rint(samples.mean(axis=1, dtype=np.float64))).tobytes()

    def bearing(self) -> float | None:
        """Nobody can tell from one channel."""
        return None

    def wipe(self) -> None:
        """Nothing is kept between two blocks."""
