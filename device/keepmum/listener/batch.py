"""When clips leave: together, once a day, at a random moment, so that nobody outside learns when somebody spoke."""

from __future__ import annotations

from collections.abc import Callable

from keepmum.terms import DAY

AT_ONCE = "at once"


class Batch:
    """Chooses one moment in each day's window; every clip until then goes with it.

    `release` is as in `SharingSettings`; `random` gives numbers from 0 to 1, `utc_offset` the seconds that the
    household's clock adds to UTC.
    """

    def __init__(self, release: str, random: Callable[[], float], utc_offset: Callable[[], float]) -> None:
        self._window = None if release == AT_ONCE else tuple(_seconds(clock) for clock in release.split("-"))
        self._random = random
        self._utc_offset = utc_offset
        self._moment = 0.0

    def after(self, wall: float) -> float:
        """The Unix time at which what is wanted at `wall` may leave; 0 for at once."""
        if self._window is None:
            return 0.0
        # A clock that was set back far must not hold clips for years.
        if not wall < self._moment <= wall + 2 * DAY:
            self._moment = self._next(wall, *self._window)
        return self._moment

    def _next(self, wall: float, begin: float, end: float) -> float:
        """A moment in the next window that begins after now: the rest of a present one would tell too much."""
        midnight = wall - (wall + self._utc_offset()) % DAY
        start = midnight + begin
        while start <= wall:
            start += DAY
        return start + self._random() * ((end - begin) % DAY or DAY)


def _seconds(clock: str) -> float:
    hour, minute = clock.split(":")
    return int(hour) * 3600.0 + int(minute) * 60.0
