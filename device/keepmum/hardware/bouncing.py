"""Decides which edges of a bouncing line are worth telling, and which level counts; time is passed in."""

from __future__ import annotations

from typing import Protocol

MOST_A_SECOND = 100
"""Edges told of a line without any bounce time: a line that floats makes thousands, and each closes the microphone."""


class Bouncing(Protocol):
    """What a line does besides what it should."""

    def edge(self, down: bool, at: float) -> bool:
        """A change of level; True if it should be told."""
        ...

    def level(self, down: bool, at: float) -> bool:
        """The level that counts, when this one is read."""
        ...


class Contacts:
    """Contacts bounce: the first edge is told at once, and whatever follows within `seconds` is not.

    So a press is never late, and a line that chatters is told about once per `seconds` for as long as it does, which
    keeps anybody from taking it for a button that is held. What was not told is found by reading the level.
    """

    def __init__(self, seconds: float) -> None:
        self._apart = max(seconds, 1 / MOST_A_SECOND)
        self._told: float | None = None

    def edge(self, down: bool, at: float) -> bool:  # noqa: ARG002 - an edge is an edge
        if self._told is not None and 0 <= at - self._told < self._apart:
            return False
        self._told = at
        return True

    def level(self, down: bool, at: float) -> bool:  # noqa: ARG002 - contacts mean what they say
        return down


class Pulses:
    """Something else pulses the line as well: a level counts once it was seen for `seconds`, without any other.

    No edge is told, because at its beginning a pulse looks like a press.
    """

    def __init__(self, seconds: float, down: bool) -> None:
        self._seconds = seconds
        self._counts = down
        self._seen, self._since = down, 0.0

    def edge(self, down: bool, at: float) -> bool:
        self.level(down, at)
        return False

    def level(self, down: bool, at: float) -> bool:
        if down != self._seen:
            self._seen, self._since = down, at
        elif at - self._since >= self._seconds:
            self._counts = down
        return self._counts
