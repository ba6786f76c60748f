"""Knows the household's quiet hours: how much longer the present ones last."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from keepmum.listener.keeper import Keeper
from keepmum.privacy import Owner, events
from keepmum.privacy.events import Cause

EVERY = 1.0
"""Seconds between two looks at the household's clock; the time zone is not free to look up."""

SEAM = 2 * EVERY
"""Seconds that every quiet lasts longer, so that nothing opens between two that touch."""

_DAY = 86_400.0


def left(hours: Iterable[str], wall: float, utc_offset: float) -> float:
    """Seconds until the quiet hours that cover this moment are over; 0 if none do.

    `hours` are as `settings.HOURS` has them, `22:30-06:30`; equal ends are the whole day. `wall` is Unix time and
    `utc_offset` what the household's clock adds to it, both in seconds. The offset is the one of this moment: on the
    night in which the clocks change, quiet that began before lasts an hour too long or too short.
    """
    moment = (wall + utc_offset) % _DAY
    return max((_left(*_ends(each), moment) for each in hours), default=0.0)


def _ends(hours: str) -> tuple[float, float]:
    begin, end = hours.split("-")
    return _seconds(begin), _seconds(end)


def _seconds(clock: str) -> float:
    hour, minute = clock.split(":")
    return int(hour) * 3600.0 + int(minute) * 60.0


def _left(begin: float, end: float, moment: float) -> float:
    lasts = (end - begin) % _DAY or _DAY
    since = (moment - begin) % _DAY
    return lasts - since if since < lasts else 0.0


class QuietHours:
    """Mutes once when they begin: a hand that ended them early is not overruled before the next ones."""

    def __init__(self, hours: tuple[str, ...], keeper: Keeper, utc_offset: Callable[[], float]) -> None:
        self._hours = hours
        self._keeper = keeper
        self._utc_offset = utc_offset
        self._left = (0.0,) * len(hours)
        self._next = 0.0

    def look(self) -> None:
        """Mute if quiet hours have begun since the last look."""
        if not self._hours:
            return
        now, wall = self._keeper.moment()
        if now < self._next:
            return
        self._next = now + EVERY
        before, offset = self._left, self._utc_offset()
        self._left = tuple(left((each,), wall, offset) for each in self._hours)
        if any(_began(*each) for each in zip(before, self._left, strict=True)):
            lasts = max(self._left) + SEAM
            self._keeper.tell(events.Quieter(now, wall, "mute", Owner.QUIET, Cause.QUIET_HOURS, lasts))


def _began(before: float, now: float) -> bool:
    """Whether quiet hours have begun, by what was left of them at the last look: those of a whole day begin anew."""
    return now > 0 and (before == 0 or now > before + _DAY / 2)
