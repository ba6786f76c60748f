"""A clock that runs faster than life, the same in several processes, and that can be wound on: for weeks in a minute.

Nothing else of a speaker is hurried: what it does takes as long as it takes.
"""

from __future__ import annotations

import time
from selectors import BaseSelector, SelectorKey


class HurriedClock:
    """Implements `clock.Clock`. Two that are given the same three numbers agree, in whatever process they are."""

    def __init__(self, speed: float = 1.0, begun: float | None = None, wall: float | None = None) -> None:
        """`begun` is a moment of CLOCK_MONOTONIC and `wall` the Unix time then; now, if left out."""
        self.speed = speed
        self.begun = time.monotonic() if begun is None else begun
        self.begun_wall = time.time() if wall is None else wall
        self._skipped = self._jumped = 0.0

    def now(self) -> float:
        return (time.monotonic() - self.begun) * self.speed + self._skipped

    def wall(self) -> float:
        return self.begun_wall + self.now() + self._jumped

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:  # noqa: ARG002
        return [key for key, _ in selector.select(max(0.0, seconds) / self.speed)]

    def skip(self, seconds: float) -> None:
        """Let time pass at once, for this process alone."""
        self._skipped += seconds

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock on the wall; what only goes forward does not care."""
        self._jumped += seconds
