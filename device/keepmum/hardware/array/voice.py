"""Whether somebody speaks, judged by level alone: nobody looks for a direction in an empty room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LOUDER = 4.0
"""Times the power of the room's own noise: 6 dB."""
_FAINTEST = 9.0
"""Power (squared steps of 16 bit) that no voice falls below: the noise of a codec's own input is less."""
_RISES = 1.02
"""By how much the noise is taken to have grown from block to block: about 1 dB a second."""


class Voice:
    """Compares each block with the quietest of the last seconds."""

    def __init__(self) -> None:
        self._noise = np.inf

    def speaks(self, samples: npt.NDArray[np.int16]) -> bool:
        """Whether this block of one microphone is louder than the room."""
        # Differences between neighbours, because a refrigerator's hum is loud and lies below all voices.
        change = np.diff(samples.astype(np.float32))
        power = float(np.dot(change, change)) / max(1, len(change))
        self._noise = min(power, self._noise * _RISES)
        return power > _LOUDER * max(self._noise, _FAINTEST / _LOUDER)

    def wipe(self) -> None:
        """Forget how loud the room was."""
        self._noise = np.inf
