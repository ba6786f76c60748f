"""How amounts are said aloud, so that any voice reads them well."""

from __future__ import annotations

from collections.abc import Sequence


def duration(seconds: float) -> str:
    """ "1 hour and 30 minutes", "45 seconds"; long ones leave the seconds out."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [_counted(hours, "hour"), _counted(minutes, "minute"), "" if hours else _counted(rest, "second")]
    return together([part for part in parts if part]) or "0 seconds"


def time(hour: int, minute: int) -> str:
    """ "7 30 in the morning", "12 o'clock at noon" as a person would say it."""
    if (hour, minute) in ((0, 0), (12, 0)):
        return "noon" if hour else "midnight"
    clock = hour % 12 or 12
    minutes = "o'clock" if not minute else f"oh {minute}" if minute < 10 else str(minute)
    return f"{clock} {minutes} {_part_of_day(hour)}"


def together(parts: Sequence[str]) -> str:
    """ "milk", "milk and eggs", "milk, eggs and bread"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def a(noun: str) -> str:
    """The noun with "a" or "an" before it."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _part_of_day(hour: int) -> str:
    if hour < 12:
        return "in the morning" if hour >= 4 else "at night"
    return "in the afternoon" if hour < 18 else "in the evening" if hour < 22 else "at night"
