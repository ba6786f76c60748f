"""How far chance alone could have moved a count: no figure is told without its interval."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import exp, floor, lgamma, log, sqrt
from typing import NamedTuple


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The interval that holds the true share, 95 times in 100 with the usual z; works for 0 and for all."""
    share, scale = count / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    reach = z / scale * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (max(0.0, middle - reach) if count else 0.0), (min(1.0, middle + reach) if count < of else 1.0)


@cache
def garwood(count: int) -> tuple[float, float]:
    """The exact 95 % interval for a number of events that chance brought, such as false wakes."""

    def at_most(events: int, expected: float) -> float:
        # Outward from the likeliest term, by its logarithm: exp(-expected) alone is nothing from 746 on.
        top = min(events, int(expected))
        likeliest = exp(top * log(expected) - expected - lgamma(top + 1)) if expected else 1.0
        total = term = likeliest
        for step in range(top, 0, -1):
            term *= step / expected
            total += term
        term = likeliest
        for step in range(top + 1, events + 1):
            term *= expected / step
            total += term
        return total

    def solve(events: int, wanted: float) -> float:
        low, high = 0.0, 10.0 + 3 * events
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(events, middle) > wanted else (low, middle)
        return low

    return (solve(count - 1, 0.975) if count else 0.0), solve(count, 0.025)


class Quantile(NamedTuple):
    """A quantile of a sample, and the values of the sample between which the true one lies, 95 times in 100."""

    value: float
    low: float | None
    high: float | None
    """None where the sample is too small to say: the median has limits from six values on."""


def quantile(values: Sequence[float], part: float) -> Quantile:
    """The value below which this part of them lies, with the exact interval of order statistics: nothing is assumed.

    Raises ValueError for no values.
    """
    ordered, count = sorted(values), len(values)
    if not count:
        raise ValueError("no values have no quantile")
    below, low, high = 0.0, None, None
    for rank in range(count):
        # `below` is the chance that fewer than `rank` of the values lie under the true quantile.
        if below <= 0.025 and rank:
            low = ordered[rank - 1]
        below += _binomial(rank, count, part)
        if high is None and below >= 0.975:
            high = ordered[rank]
    place = part * (count - 1)
    under = ordered[floor(place)]
    over = ordered[min(floor(place) + 1, count - 1)]
    return Quantile(under + (over - under) * (place - floor(place)), low, high)


def _binomial(events: int, of: int, part: float) -> float:
    # By logarithms: the number of ways alone has no room in a float from a thousand values on.
    ways = lgamma(of + 1) - lgamma(events + 1) - lgamma(of - events + 1)
    return exp(ways + events * log(part) + (of - events) * log(1 - part))
