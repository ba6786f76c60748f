"""What spoken amounts mean: numbers, durations and times of day, from words to values and back."""

from __future__ import annotations

import re
from dataclasses import dataclass

# fmt: off
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
NUMBER_WORDS = frozenset(_VALUES) | {"hundred"}
"""Every word that is nothing but a part of a number."""
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_DAY_PARTS = {
    ("a", "m"): "morning",
    ("p", "m"): "afternoon",
    ("in", "the", "morning"): "morning",
    ("in", "the", "afternoon"): "afternoon",
    ("in", "the", "evening"): "afternoon",
    ("at", "night"): "night",
    ("tonight",): "night",
    ("this", "morning"): "morning",
    ("this", "afternoon"): "afternoon",
    ("this", "evening"): "afternoon",
}
_FRACTIONS = {
    ("half", "a"): 0.5,
    ("half", "an"): 0.5,
    ("a", "quarter", "of", "an"): 0.25,
    ("quarter", "of", "an"): 0.25,
    ("three", "quarters", "of", "an"): 0.75,
    ("a", "couple", "of"): 2.0,
    ("a",): 1.0,
    ("an",): 1.0,
}


@dataclass(frozen=True)
class TimeOfDay:
    """A time on the household's clock; `either` says that nobody told which half of the day was meant."""

    hour: int
    minute: int
    either: bool = False

    def __str__(self) -> str:
        return f"{self.hour:02d}:{self.minute:02d}"


def number_words(number: int) -> str:
    """A whole number from 0 to 999 as it is spoken: "twenty five", "one hundred and five"."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens - 2] + (f" {_SMALL[rest]}" if rest else "")
    hundreds, rest = divmod(number, 100)
    return f"{_SMALL[hundreds]} hundred" + (f" and {number_words(rest)}" if rest else "")


def number(words: str) -> int | float | None:
    """The number that the words say ("forty two", "a hundred", "two and a half"), or None."""
    tokens = words.split()
    value, used = _leading_number(tokens)
    if used and tokens[used:] == ["and", "a", "half"]:
        return value + 0.5
    return value if used and used == len(tokens) else None


def _leading_number(tokens: list[str]) -> tuple[int, int]:
    """The number at the beginning and how many words it took; (0, 0) when there is none."""
    hundreds = tokens[1:2] == ["hundred"] and (1 if tokens[0] == "a" else _VALUES.get(tokens[0], 0))
    if hundreds:
        rest = tokens[3:] if tokens[2:3] == ["and"] else tokens[2:]
        value, used = _leading_number(rest)
        if used and value < 100 and rest[0] != "a":
            return 100 * hundreds + value, used + len(tokens) - len(rest)
        return 100 * hundreds, 2
    if not tokens or tokens[0] not in _VALUES:
        return 0, 0
    value = _VALUES[tokens[0]]
    if value >= 20 and len(tokens) > 1 and 0 < _VALUES.get(tokens[1], 0) < 10:
        return value + _VALUES[tokens[1]], 2
    return value, 1


def seconds(words: str) -> int | None:
    """How long "an hour and a half" or "two minutes and thirty seconds" is, in whole seconds, or None."""
    tokens, total, unit = words.split(), 0.0, 0
    while tokens:
        if unit and tokens[0] == "and":
            tokens = tokens[1:]
            if tokens == ["a", "half"]:
                return round(total + unit / 2)
        amount, used = _leading_amount(tokens)
        unit = _UNITS.get(tokens[used].removesuffix("s"), 0) if used and used < len(tokens) else 0
        if not unit:
            return None
        total, tokens = total + amount * unit, tokens[used + 1 :]
    return round(total) or None


def _leading_amount(tokens: list[str]) -> tuple[float, int]:
    for wording, fraction in _FRACTIONS.items():
        if tuple(tokens[: len(wording)]) == wording and tokens[1:2] != ["hundred"]:
            return fraction, len(wording)
    value, used = _leading_number(tokens)
    if used:
        half = tokens[used : used + 3] == ["and", "a", "half"] and len(tokens) > used + 3
        return (value + 0.5, used + 3) if half else (value, used)
    return 0.0, 0


def time_of_day(words: str) -> TimeOfDay | None:
    """What "half past seven", "quarter to six in the evening" or "noon" is on the clock, or None."""
    tokens, part = words.split(), ""
    for wording, name in _DAY_PARTS.items():
        if tuple(tokens[-len(wording) :]) == wording:
            tokens, part = tokens[: -len(wording)], name
    if tokens in (["noon"], ["twelve", "noon"], ["midnight"], ["twelve", "midnight"]):
        return TimeOfDay(12 if tokens[-1] == "noon" else 0, 0)
    clock = _past_or_to(tokens) or _hour_and_minute(tokens)
    if clock is None or not 0 <= clock[0] < 24:
        return None
    hour, minutes = clock
    either = not part and 0 < hour <= 12
    at = (_in_part(hour, part) * 60 + minutes) % 1440
    return TimeOfDay((at // 60 % 12 or 12) if either else at // 60, at % 60, either)


def _in_part(hour: int, part: str) -> int:
    if part == "morning" or (part == "night" and (hour == 12 or hour < 5)):
        return hour % 12
    if part and hour <= 12:
        return hour % 12 + 12
    return hour


def _past_or_to(tokens: list[str]) -> tuple[int, int] | None:
    """Hour and minutes (negative before the hour) of "ten to six", or None."""
    for sign, word in ((1, "past"), (1, "after"), (-1, "to")):
        if word in tokens:
            at = tokens.index(word)
            amount = [token for token in tokens[:at] if token not in ("a", "minutes", "minute")]
            minutes = {"half": 30, "quarter": 15}.get(" ".join(amount)) or number(" ".join(amount))
            hour = number(" ".join(tokens[at + 1 :]))
            if isinstance(minutes, int) and isinstance(hour, int) and 0 < minutes < 60:
                return hour, sign * minutes
    return None


def _hour_and_minute(tokens: list[str]) -> tuple[int, int] | None:
    """Hour and minutes of "seven", "seven o'clock", "seven thirty" or "seven oh five", or None."""
    for used in (1, 2):
        hour, rest = number(" ".join(tokens[:used])), tokens[used:]
        if not isinstance(hour, int) or hour > 23:
            continue
        if rest in ([], ["o'clock"]):
            return hour, 0
        short = rest[0] in ("oh", "o", "zero") and len(rest) == 2
        minute = number(" ".join(rest[1:] if short else rest))
        if isinstance(minute, int) and (minute < 10 if short else 10 <= minute < 60):
            return hour, minute
    return None


def spell_out(text: str) -> str:
    """Typed text as it would be heard: lower case, no punctuation, "7:30 pm" as "seven thirty p m"."""
    lower = text.lower().replace("’", "'").replace("%", " percent ")
    lower = re.sub(r"(\d)\s?([ap])\.?m\b\.?", r"\1 \2 m ", lower)
    lower = re.sub(r"\b(\d{1,2}):(\d\d)\b", lambda m: f"{m[1]} {_minute_words(m[2])}", lower)
    lower = re.sub(r"\d{1,3}", lambda m: f" {number_words(int(m[0]))} ", lower)
    return " ".join(re.sub(r"[^\w\s'\[\]]", " ", lower).split())


def _minute_words(digits: str) -> str:
    if digits == "00":
        return "o'clock"
    return f"oh {number_words(int(digits))}" if digits[0] == "0" else number_words(int(digits))
