"""How patient the uplink is: no wait is endless and no loop is tight."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_MINUTE = 60.0


@dataclass(frozen=True)
class Pace:
    """All in seconds, but for the counts. Tests hurry it; nobody else needs to."""

    first: float = 1.0
    """The shortest wait before another attempt."""
    longest: float = 30.0
    """What repeated failures let it grow to."""
    per_minute: int = 6
    """Fruitless connections in any minute."""
    answer: float = 20.0
    """For a CONNACK, SUBACK or PUBACK."""
    receipt: float = 30.0
    """For the collector's receipt after the last part."""
    tries: int = 5
    """Attempts in a row at the same part before the parcel goes back."""


class Backoff:
    """Waits that double from `first` to `longest`, each shortened by chance so that no two speakers march in step."""

    def __init__(self, first: float, longest: float, random: Callable[[], float]) -> None:
        self._first = first
        self._longest = longest
        self._random = random
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure; never under `first` nor over `longest`."""
        full = min(self._longest, self._first * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return max(self._first, full * (0.5 + 0.5 * self._random()))

    def reset(self) -> None:
        """Something worked."""
        self._failures = 0


class Attempts:
    """When the broker may be tried again: backing off, and at most so many fruitless connections in any minute.

    A connection over which a part got through is not held against it.
    """

    def __init__(self, pace: Pace, random: Callable[[], float]) -> None:
        self._backoff = Backoff(pace.first, pace.longest, random)
        self._long = pace.longest
        self._times: deque[float] = deque(maxlen=pace.per_minute)
        self._tried = 0.0
        self._since: float | None = None
        self._fruitful = False

    def tried(self, now: float) -> None:
        """A connection is tried."""
        self._times.append(now)
        self._tried, self._since, self._fruitful = now, None, False

    def tried_apart(self, now: float) -> None:
        """A connection beside the first is tried; it counts in the same minute."""
        self._times.append(now)

    def forgive(self, at: float) -> None:
        """The connection that was tried then has served."""
        with suppress(ValueError):
            self._times.remove(at)

    def accepted(self, now: float) -> None:
        """The broker took us."""
        self._since = now

    def got_through(self) -> None:
        """A part was acknowledged that was not before."""
        self._backoff.reset()
        if not self._fruitful:
            self._fruitful = True
            self.forgive(self._tried)

    def broken(self, now: float) -> float:
        """The connection is gone, or never came: when to try again."""
        if self._since is not None and now - self._since >= self._long:
            self._backoff.reset()
        return self.not_before(now + self._backoff.next())

    def not_before(self, due: float) -> float:
        """`due`, or later if the minute is used up."""
        full = len(self._times) == self._times.maxlen
        return max(due, self._times[0] + _MINUTE) if full else due
