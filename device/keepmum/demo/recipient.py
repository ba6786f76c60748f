"""Runs the demo's collector in the scene's own time: a key of this week opens nothing that was sealed last March."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from keepmum import config, log
from keepmum.clock import RealClock
from keepmum.desk import collector
from keepmum.desk.store import Store
from keepmum.errors import KeepmumError
from keepmum.seal import Keys


class SceneClock(RealClock):
    """The clock on the wall of the room that the scene plays in."""

    def __init__(self, ahead: float) -> None:
        """`ahead` is what it shows more than the real one, in seconds."""
        self._ahead = ahead

    def wall(self) -> float:
        return time.time() + self._ahead


def main(arguments: list[str] | None = None) -> int:
    """Collect until SIGTERM; the exit status."""
    log.begin("collector")
    try:
        _collect(_words(arguments))
    except KeepmumError as error:
        print(error.told_by("collector"), file=sys.stderr)
        return 1
    return 0


def _words(arguments: list[str] | None) -> Namespace:
    words = argparse.ArgumentParser(prog="keepmum.demo.recipient")
    for name in ("--config", "--keys", "--store"):
        words.add_argument(name, type=Path, required=True)
    words.add_argument("--ahead", type=float, default=0.0, help="seconds by which the scene's clock is ahead of ours")
    return words.parse_args(arguments)


def _collect(words: Namespace) -> None:
    settings, keys = config.load(words.config), Keys.load(words.keys)
    stopped: list[int] = []
    # A signal ends the wait and not the work: what is being stored is stored.
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    with closing(Store(words.store)) as store:
        topic, clock = settings.recipient.topic, SceneClock(words.ahead)
        collector.run(settings.broker, topic, keys, store, clock, lambda: bool(stopped), keys_file=words.keys)


if __name__ == "__main__":
    sys.exit(main())
