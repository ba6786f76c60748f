"""Mutes when the household's quiet hours begin."""

from __future__ import annotations

from collections.abc import Callable

from keepmum.listener.keeper import Keeper
from keepmum.privacy import Owner, events
from keepmum.privacy.events import Cause
from keepmum.quiet_hours import DAY, left

EVERY = 1.0
"""Seconds between two looks at the household's clock; the time zone is not free to look up."""

SEAM = 2 * EVERY
"""Seconds that every quiet lasts longer, so that nothing opens between two that touch."""


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
    return now > 0 and (before == 0 or now > before + DAY / 2)
