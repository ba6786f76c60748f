"""How far other recordings of the same sort could have moved a figure: the bootstrap, over whole groups of them.

Clips of one show are alike, so drawing single clips would promise too much. All policies are judged by the same draws:
the interval of a difference is that of the paired difference.
"""

from __future__ import annotations

from random import Random
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from keepmum.lab.marks import Recording

Vector = npt.NDArray[np.float64]

TIMES = 1_000
MOST = 400
"""Groups; more are put together in blocks, so that memory does not grow with the corpus."""


class Groups:
    """What was recorded together, and how much of it there is."""

    def __init__(self, recordings: tuple[Recording, ...]) -> None:
        names = list(dict.fromkeys(recording.group or recording.id for recording in recordings))
        self._place = {name: place * min(len(names), MOST) // len(names) for place, name in enumerate(names)}
        self.count = min(len(names), MOST)
        self.hours: Vector = np.zeros(self.count)
        for recording in recordings:
            self.hours[self.place(recording.group or recording.id)] += recording.seconds / 3600

    def place(self, group: str) -> int:
        """Its position in every vector."""
        return self._place[group]

    def spread(self, amount: float) -> Vector:
        """What belongs to no recording, such as a whole day's stream, over all of them by their length."""
        shares: Vector = amount * self.hours / self.hours.sum()
        return shares


class Resampling:
    """So many other corpora, each made of groups of this one, drawn with replacement."""

    def __init__(self, groups: int, seed: int, times: int = TIMES) -> None:
        random = Random(f"{seed} groups")
        self.weights: Vector = np.zeros((times, groups))
        """How often each group is in each of them."""
        for row in self.weights:
            for _ in range(groups):
                row[int(random.random() * groups)] += 1
        self.says_something = groups > 1

    def sums(self, each: Vector) -> Vector:
        """The sum over the groups, for each of the corpora."""
        # No BLAS: how it adds up depends on the machine.
        return cast("Vector", (self.weights * each).sum(axis=1))

    def interval(self, values: Vector) -> tuple[float, float] | None:
        """Where 95 of 100 values lie; None if one group says nothing about others."""
        known: Any = values[np.isfinite(values)]
        if not self.says_something or not len(known):
            return None
        low, high = np.quantile(known, (0.025, 0.975))
        return float(low), float(high)
