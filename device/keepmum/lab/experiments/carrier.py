"""The real uplink with a hurried clock, and perhaps with a planted defect: `python -m …carrier --config FILE …`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from keepmum import config, log
from keepmum.errors import KeepmumError
from keepmum.lab.experiments.hurried import HurriedClock
from keepmum.uplink.__main__ import main as carry
from keepmum.uplink.pace import Pace

IMPATIENT = Pace(first=0.05, longest=0.1, per_minute=10_000)
"""Planted: a broker that does not answer is asked again at once, and again."""


def main(arguments: list[str] | None = None) -> int:
    """Carry until SIGTERM; the exit status."""
    words = argparse.ArgumentParser(prog="keepmum.lab.experiments.carrier")
    words.add_argument("--config", type=Path, required=True)
    for number in ("--speed", "--begun", "--wall"):
        words.add_argument(number, type=float, required=True)
    words.add_argument("--impatient", action="store_true", help="with the defect that it knocks without a pause")
    told = words.parse_args(arguments)
    log.begin("uplink")
    try:
        clock = HurriedClock(told.speed, told.begun, told.wall)
        return carry(config.load(told.config), clock, IMPATIENT if told.impatient else None)
    except KeepmumError as error:
        print(error.told_by("uplink"), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
