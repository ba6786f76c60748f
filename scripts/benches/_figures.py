"""How a measurement is printed: never without its uncertainty and the machine it was taken on."""

from __future__ import annotations

import os
import platform
from math import sqrt
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


def machine() -> str:
    """Processor, cores, system and Python, in one line."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    name = names[-1] if names else platform.machine()
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{name}, {os.cpu_count()} cores, {system}"
