"""The clock of a bench with real hardware: while time passes, whoever watches looks again and again."""

from __future__ import annotations

import time
from collections.abc import Callable

STEP = 0.005
"""Seconds between two looks of those who watch."""


class RealBeat:
    """Implements `Beat`. The clock and the sleep are passed in, so that a test decides how time passes."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._watchers: list[Callable[[], None]] = []

    def watch(self, look: Callable[[], None]) -> None:
        """Call `look` again and again while time passes."""
        self._watchers.append(look)

    def now(self) -> float:
        return self._monotonic()

    def pause(self, seconds: float) -> None:
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            for look in self._watchers:
                look()
            # A look takes its time, too; a line that is to be low for 8 ms must not wait for it twice.
            self._sleep(max(0.0, min(STEP, left, until - self.now())))

    def check(self) -> None:
        """A clock that stood still would be no computer's."""

    def close(self) -> None:
        self._watchers.clear()
