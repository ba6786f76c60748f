"""Time is passed in: every part that needs a clock is given one of these."""

from __future__ import annotations

import time
from selectors import BaseSelector, SelectorKey
from typing import Protocol


class Clock(Protocol):
    """Two readings and one way to let time pass."""

    def now(self) -> float:
        """Seconds that only go forward, from an arbitrary start."""
        ...

    def wall(self) -> float:
        """Unix time in seconds; may jump, so it only names moments and never measures them."""
        ...

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        """Let `seconds` pass, or less if one of the selector's files has something to read.

        `pending` says that another process has the word: a clock that runs faster than life then
        stands still until it has answered.
        """
        ...


class RealClock:
    """The clock on the wall."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:  # noqa: ARG002
        return [key for key, _ in selector.select(max(0.0, seconds))]
