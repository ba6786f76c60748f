"""What somebody who watches has seen, with times: each state until the next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jig.roles import Beat, Sighting

_SLICE = 0.05
"""Seconds after which somebody who waits looks again; what is seen has a time of its own."""


class History:
    """The states of one thing, in order. The first one held always."""

    def __init__(self, beat: Beat, state: Any) -> None:
        self.changes: list[tuple[float, Any]] = [(float("-inf"), state)]
        self._beat = beat

    @property
    def state(self) -> Any:
        """How it is now."""
        return self.changes[-1][1]

    def add(self, state: Any, at: float | None = None) -> None:
        """It is so from now on, or since `at`."""
        self.changes.append((self._beat.now() if at is None else at, state))

    def first(self, holds: Callable[[Any], bool], since: float, until: float) -> Sighting | None:
        """The first time from `since` to `until` at which its state was such; waits until then, if need be."""
        while True:
            seen = self._seen(holds, since, min(until, self._beat.now()))
            left = until - self._beat.now()
            if seen is not None or left <= 1e-9:
                return seen
            self._beat.pause(min(_SLICE, left))

    def _seen(self, holds: Callable[[Any], bool], since: float, until: float) -> Sighting | None:
        ends = [*(at for at, _ in self.changes[1:]), float("inf")]
        for (at, state), end in zip(self.changes, ends, strict=True):
            if at <= until and end > since and holds(state):
                return Sighting(max(at, since))
        return None
