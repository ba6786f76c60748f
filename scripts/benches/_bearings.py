"""A voice followed through an array in two ways, and how far off the bearings were."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from keepmum.hardware.array.delays import delay
from keepmum.hardware.array.direction import Direction
from keepmum.hardware.array.places import leads
from keepmum.hardware.array.voice import Voice
from keepmum.sound import BLOCK

Pair = tuple[float | None, float]
"""A bearing that was found, or none, and the true one."""


def follow(heard: npt.NDArray[np.int16], places: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The bearing at the end of the sound by the device's own way, and by least squares over the pairs' delays."""
    voice, direction, solved = Voice(), Direction(places), LeastSquares(places)
    for at in range(0, len(heard) - BLOCK + 1, BLOCK):
        block = heard[at : at + BLOCK]
        if voice.speaks(block[:, 0]):
            rows = np.ascontiguousarray(block.T, dtype=np.float32)
            direction.hear(rows)
            solved.hear(rows)
        else:
            direction.rest()
    return direction.bearing, solved.bearing


class LeastSquares:
    """The other way to a bearing: the direction that fits the delays of all pairs best, added up over a word."""

    def __init__(self, places: npt.NDArray[np.float64]) -> None:
        self._pairs = list(combinations(range(len(places)), 2))
        right, forward = leads(places, 90.0), leads(places, 0.0)
        self._apart = np.array(
            [[right[one] - right[other], forward[one] - forward[other]] for one, other in self._pairs]
        )
        self._sum = np.zeros(2)

    @property
    def bearing(self) -> float | None:
        """In degrees, or none."""
        return float(np.degrees(np.arctan2(*self._sum))) % 360 if self._sum.any() else None

    def hear(self, block: npt.NDArray[np.float32]) -> None:
        """One block of voice; blocks weigh as they do on the device."""
        later = [
            delay(block[one], block[other], float(np.hypot(*apart)))
            for (one, other), apart in zip(self._pairs, self._apart, strict=True)
        ]
        known = [number for number, value in enumerate(later) if value is not None]
        # Both sides of the area must be seen, or the answer is a guess.
        if np.linalg.matrix_rank(self._apart[known]) == 2:
            towards = np.linalg.lstsq(self._apart[known], np.array(later, dtype=np.float64)[known], rcond=None)[0]
            self._sum += towards / max(1e-9, np.hypot(*towards)) * float(np.mean(block**2)) ** 2


@dataclass(frozen=True)
class Bearings:
    """Pairs of what was found and what is true; for a line, its mirror image in front counts as true."""

    pairs: list[Pair]
    in_line: bool

    def cells(self) -> list[str]:
        """Found, median, 90th percentile, far off, front taken for back."""
        found = [(bearing, true) for bearing, true in self.pairs if bearing is not None]
        if not found:
            return [f"0 of {len(self.pairs)}", "", "", "", ""]
        errors = [self._error(bearing, true) for bearing, true in found]
        mirrored = sum(_apart(bearing, true) > 30 and _apart(180 - bearing, true) <= 30 for bearing, true in found)
        far = sum(error > 30 for error in errors)
        median, p90 = np.median(errors), np.quantile(errors, 0.9)
        return [f"{len(found)} of {len(self.pairs)}", f"{median:.1f}°", f"{p90:.1f}°", str(far), str(mirrored)]

    def _error(self, bearing: float, true: float) -> float:
        direct = _apart(bearing, true)
        return min(direct, _apart(180 - bearing, true)) if self.in_line else direct


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)
