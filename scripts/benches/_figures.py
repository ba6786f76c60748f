"""How a measurement is printed: never without its uncertainty and the machine it was taken on."""

from __future__ import annotations

import os
import platform
from math import exp, sqrt
from pathlib import Path


def percentage(count: int, of: int) -> str:
    """Count, share and the 95 % Wilson interval: " 61 of  78   78.2 % (67.8 to 85.9)"."""
    if not of:
        return "none"
    low, high = wilson(count, of)
    return f"{count:4d} of {of:4d}   {100 * count / of:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"


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


def rate(count: int, hours: float) -> str:
    """Count, hours and the rate with its Garwood interval: "   1 in 1.25 h    0.80 an hour (0.02 to 4.46)"."""
    low, high = (bound / hours for bound in garwood(count))
    return f"{count:4d} in {hours:.2f} h   {count / hours:5.2f} an hour ({low:.2f} to {high:.2f})"


def machine() -> str:
    """Processor, cores, system and Python, in one line."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    name = names[-1] if names else platform.machine()
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{name}, {os.cpu_count()} cores, {system}"
