"""Reads quiet hours: one reading for the listener that mutes itself and for the wall that stops the uplink."""

from __future__ import annotations

from collections.abc import Iterable

DAY = 86_400.0
"""Seconds."""


def left(hours: Iterable[str], wall: float, utc_offset: float) -> float:
    """Seconds until the quiet hours that cover this moment are over; 0 if none do.

    `hours` are as `settings.HOURS` has them, `22:30-06:30`; equal ends are the whole day. `wall` is Unix time and
    `utc_offset` what the household's clock adds to it, both in seconds. The offset is the one of this moment: on the
    night in which the clocks change, quiet that began before lasts an hour too long or too short.
    """
    moment = (wall + utc_offset) % DAY
    return max((_left(ends(each), moment) for each in hours), default=0.0)


def ends(hours: str) -> tuple[str, str]:
    """When they begin and when they are over, each as `22:30`."""
    begin, end = hours.split("-")
    return begin, end


def _seconds(clock: str) -> float:
    hour, minute = clock.split(":")
    return int(hour) * 3600.0 + int(minute) * 60.0


def _left(ends: tuple[str, str], moment: float) -> float:
    begin, end = map(_seconds, ends)
    lasts = (end - begin) % DAY or DAY
    since = (moment - begin) % DAY
    return lasts - since if since < lasts else 0.0
