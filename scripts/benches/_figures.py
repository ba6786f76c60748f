"""How a measurement is printed: never without its uncertainty and the machine it was taken on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from keepmum.lab.intervals import garwood, wilson


def percentage(count: int, of: int) -> str:
    """Count, share and the 95 % Wilson interval: " 61 of  78   78.2 % (67.8 to 85.9)"."""
    if not of:
        return "none"
    low, high = wilson(count, of)
    return f"{count:4d} of {of:4d}   {100 * count / of:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"


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
