"""The weeks that a key lives for: what was sealed in one can be made unreadable without touching another."""

from __future__ import annotations

from keepmum.errors import SealError

WEEK = 7 * 86_400.0
"""Seconds for which clips are sealed to one key (privacy specification, 8.3)."""

LAST = 9_999
"""The last week that has a number here: in the year 2161."""


def epoch_of(wall: float) -> int:
    """The week that Unix time `wall` lies in, counted since 1970; each begins on a Thursday at 0:00 UTC.

    Raises SealError for a moment that no clock shows.
    """
    if not 0 <= wall < ends(LAST):
        raise SealError(f"{wall} is in no week that has a key", "set the clock")
    return int(wall // WEEK)


def ends(epoch: int) -> float:
    """Unix time at which a week is over."""
    return (epoch + 1) * WEEK
