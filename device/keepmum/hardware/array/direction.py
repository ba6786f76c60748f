"""Where a voice comes from, heard by all pairs of microphones at once (SRP-PHAT).

For each bearing of a grid the delays are known that a voice from there has; the bearing whose delays agree best with
the phases that were heard wins. Measured against least squares over the delays of single pairs
(`scripts/bench array`): as exact, steadier when several people speak, and it works for microphones in a line.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from keepmum.hardware.array.delays import CLEAR, FREQUENCIES, Samples, Spectrum, phases, spectrum, summit
from keepmum.hardware.array.places import Places, front, leads
from keepmum.sound import BLOCK_SECONDS, RATE

_STEP = 10.0
"""Degrees between two bearings of the grid; a parabola finds what lies between."""
_MEMORY = 1.0
"""Seconds after which a block counts a third as much: about a wake word."""
_CLEAR = 0.06
"""How far the best bearing must stand out of the mean of all, where microphones span an area; noise that reaches each
microphone by itself stays below, a voice at 2.5 m in a room with half a second of echo reaches 0.2."""
_KEPT = 5.0
"""Seconds for which a bearing stands when nobody speaks any more."""

_FADES = float(np.exp(-BLOCK_SECONDS / _MEMORY))


class Direction:
    """Adds up blocks of voice; `bearing` is degrees clockwise from the mark, or None while nobody can tell.

    Microphones in one line cannot tell front from back. Their bearing is always in the half that `places.front`
    names: such a board is taken to stand with its back to a wall.
    """

    def __init__(self, places: Places) -> None:
        middle = front(places)
        self._closed = middle is None
        self._first = 0.0 if middle is None else middle - 90.0
        self._pairs = list(combinations(range(len(places)), 2))
        bearings = self._first + np.arange(0.0, 360.0 if self._closed else 181.0, _STEP)
        self._expected = self._steer(leads(places, bearings))
        self._agreement = np.zeros(len(bearings))
        self._heard = 0.0
        self._silent = 0.0
        self.bearing: float | None = None

    def hear(self, block: Samples) -> None:
        """Add one block of voice, one row for each microphone."""
        found = spectrum(block)
        seen = np.concatenate([phases(found[one], found[other]) for one, other in self._pairs])
        # The square of the power: whoever speaks to the array is louder than those who speak to each other, and the
        # loudest blocks have the least echo. With equal weights 22 of 48 words beside others, who were 5 dB below,
        # pointed at somebody else.
        weight = float(np.mean(np.abs(found) ** 2)) ** 2
        self._fade()
        self._agreement += weight * (self._expected @ seen.view(np.float32)) / len(seen)
        self._heard += weight
        self._silent = 0.0
        self.bearing = self._best()

    def rest(self) -> None:
        """One block passed in which nobody spoke."""
        self._fade()
        self._silent += BLOCK_SECONDS
        if self._silent > _KEPT and self.bearing is not None:
            self.wipe()

    def wipe(self) -> None:
        """Forget whoever spoke."""
        self._agreement.fill(0.0)
        self._heard = self._silent = 0.0
        self.bearing = None

    def _fade(self) -> None:
        self._agreement *= _FADES
        self._heard *= _FADES

    def _steer(self, early: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """The phases of each bearing, real and imaginary parts in turn, so that one real product compares them all."""
        turns = 2 * np.pi * FREQUENCIES / RATE
        apart = np.stack([early[:, one] - early[:, other] for one, other in self._pairs], axis=1)
        expected: Spectrum = np.exp(1j * apart[:, :, None] * turns).astype(np.complex64)
        return expected.reshape(len(early), -1).view(np.float32)

    def _best(self) -> float | None:
        if self._heard <= 0.0:
            return None
        agreement = self._agreement / self._heard
        best = int(agreement.argmax())
        if agreement[best] - agreement.mean() < (_CLEAR if self._closed else CLEAR):
            return None
        if not self._closed:
            return (self._first + (best + summit(agreement, best)) * _STEP) % 360.0
        beside = np.take(agreement, [best - 1, best, best + 1], mode="wrap")
        return (self._first + (best + summit(beside, 1)) * _STEP) % 360.0
