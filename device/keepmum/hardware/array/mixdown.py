"""Makes one channel out of what an array delivers, and says where the voice in it comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from keepmum.hardware.array.beam import Beam
from keepmum.hardware.array.direction import Direction
from keepmum.hardware.array.places import used
from keepmum.hardware.array.voice import Voice
from keepmum.hardware.loudness import saturate
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings


class Mixdown:
    """One channel picked, the mean of all, or a beam towards whoever speaks; raises ConfigError for a wrong array.

    A direction is looked for only where somebody wants one (`channel: beam`, `compass: phat`), and only while there
    is a voice: whoever uses one channel pays nothing for the rest.
    """

    def __init__(self, microphone: MicrophoneSettings, array: ArraySettings) -> None:
        self._channels = microphone.channels
        self._channel = microphone.channel
        self._finder: _Finder | None = None
        self._beam: Beam | None = None
        if self._channel == "beam" or array.compass == "phat":
            self._used, places = used(microphone, array)
            self._finder = _Finder(places)
            self._beam = Beam(places) if self._channel == "beam" else None

    def mono(self, block: bytes) -> bytes:
        """One block of interleaved samples as mono; sums are wider than 16 bit, so they cannot overflow."""
        samples = np.frombuffer(block, dtype="<i2").reshape(-1, self._channels)
        if self._finder is not None:
            self._finder.hear(samples[:, self._used])
        if isinstance(self._channel, int):
            return samples[:, self._channel].tobytes()
        if self._beam is None:
            return saturate(np.rint(samples.mean(axis=1, dtype=np.float64))).tobytes()
        self._beam.steer(self.bearing())
        return saturate(np.rint(self._beam.hear(_rows(samples[:, self._used])))).tobytes()

    def bearing(self) -> float | None:
        """Where the voice comes from, in degrees clockwise from the mark; None if nobody spoke lately or can tell."""
        return self._finder.direction.bearing if self._finder is not None else None

    def wipe(self) -> None:
        """Overwrite the sound that is kept between two blocks, and forget who spoke where."""
        if self._finder is not None:
            self._finder.wipe()
        if self._beam is not None:
            self._beam.wipe()


class _Finder:
    """A direction that is looked for only in voices."""

    def __init__(self, places: npt.NDArray[np.float64]) -> None:
        self.direction = Direction(places)
        self._voice = Voice()

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        if self._voice.speaks(samples[:, 0]):
            self.direction.hear(_rows(samples))
        else:
            self.direction.rest()

    def wipe(self) -> None:
        self.direction.wipe()
        self._voice.wipe()


def _rows(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(samples.T, dtype=np.float32)
