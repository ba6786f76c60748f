"""How loud the microphone hears, measured block by block without keeping a sample."""

from __future__ import annotations

import math
import sys
from array import array

from keepmum.sound import RATE

_FULL = 32_768
QUIET = -75.0
"""dBFS; below it a remark is made. Chosen, not measured: the rounding to 16 bits alone makes about -101, and a room in
which somebody speaks is far above."""
CLIPPED = 0.05
"""Share of samples at the end of the scale from which on speech cannot be recognised."""


class Level:
    """Counts while blocks pass by."""

    def __init__(self) -> None:
        self.samples = 0
        self.zeros = 0
        self.clipped = 0
        self._energy = 0

    def hear(self, block: bytes) -> None:
        """Take one block, in the format of `keepmum.sound`, and let go of it."""
        samples = array("h", block)
        if sys.byteorder == "big":
            samples.byteswap()
        self.samples += len(samples)
        self.zeros += samples.count(0)
        self.clipped += sum(1 for one in samples if one in (-_FULL, _FULL - 1))
        self._energy += sum(one * one for one in samples)

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return self.samples / RATE

    @property
    def dbfs(self) -> float:
        """Root mean square against a full-scale square wave; minus infinity for digital silence."""
        if not self._energy:
            return -math.inf
        return 10 * math.log10(self._energy / self.samples / _FULL**2)

    def __str__(self) -> str:
        loud = "digital silence" if not self._energy else f"{self.dbfs:.0f} dBFS"
        zeros = f"{100 * self.zeros / max(1, self.samples):.0f} % zeros"
        return f"{self.seconds:.1f} s, {loud}, {zeros}, {self.clipped} samples clipped"
