"""Draws that fall the same on every machine and under every Python, and that can be held to known totals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import TypeVar

from keepmum.errors import ConfigError

MOST = 100_000
"""Attempts after which totals count as impossible."""

T = TypeVar("T")
_NORMAL = NormalDist()
_P90 = _NORMAL.inv_cdf(0.9)


@dataclass(frozen=True)
class Total:
    """What a draw has to add up to."""

    value: float
    within: float = 0.0025
    """Of the value; so a count up to 400 is met exactly."""

    def holds(self, number: float) -> bool:
        """Whether a number comes close enough."""
        return abs(number - self.value) <= self.within * abs(self.value)


class Dice:
    """Draws in stages. A stage whose totals are known is thrown again until it adds up to them.

    Only `Random.random` is used, whose sequence Python promises to keep. Each stage has its own stream, so that one
    that is thrown more often changes no other.
    """

    def __init__(self, seed: int, totals: Mapping[str, Total]) -> None:
        self._seed = seed
        self._totals = totals

    def throw(self, stage: str, make: Callable[[Random], T], adds_up: Callable[[T], Mapping[str, float]]) -> T:
        """The first draw of a stage that adds up. Raises ConfigError if none of MOST does."""
        for attempt in range(MOST):
            made = make(Random(f"{self._seed} {stage} {attempt}"))
            sums = adds_up(made)
            if all(self._totals[name].holds(each) for name, each in sums.items() if name in self._totals):
                return made
        raise ConfigError(f"no household in {MOST} adds up to what is asked of its {stage}", "ask for likelier totals")


def poisson(random: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average; for means up to some hundreds."""
    count, left = 0, random.random()
    while left > math.exp(-mean):
        left *= random.random()
        count += 1
    return count


def lognormal(random: Random, median: float, p90: float) -> float:
    """A positive number with this median, a tenth of them above `p90`."""
    spread = math.log(p90 / median) / _P90
    return median * math.exp(spread * _NORMAL.inv_cdf(random.random() or 0.5))


def successes(random: Random, trials: int, chance: float) -> int:
    """How many of the trials come true."""
    return sum(random.random() < chance for _ in range(trials))


def shuffled(random: Random, values: Sequence[T]) -> list[T]:
    """The values in another order."""
    return chosen(random, values, len(values))


def chosen(random: Random, values: Sequence[T], count: int) -> list[T]:
    """Some of the values, each equally likely, in any order."""
    left = list(values)
    for place in range(count):
        other = place + int(random.random() * (len(left) - place))
        left[place], left[other] = left[other], left[place]
    return left[:count]
