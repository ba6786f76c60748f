"""How far chance alone could have moved a count: no figure is told without its interval."""

from __future__ import annotations

from math import exp, sqrt


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The interval that holds the true share, 95 times in 100 with the usual z; works for 0 and for all."""
    share, scale = count / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    reach = z / scale * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def garwood(count: int) -> tuple[float, float]:
    """The exact 95 % interval for a number of events that chance brought, such as false wakes."""

    def at_most(events: int, expected: float) -> float:
        term = total = exp(-expected)
        for step in range(1, events + 1):
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
