"""Who receives clips, as a household reads it before it agrees: the part that cards and key files share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keepmum.seal.epoch import LAST
from keepmum.seal.form import KEY_BYTES, did_you_mean, key_in, strangers, written
from keepmum.terms import HOUSEHOLD, MOST_REVIEWS, Purpose

PURPOSES = frozenset(Purpose) - HOUSEHOLD
"""What can be sealed to a recipient; the rest stays in the house."""
TEXTS = ("name", "contact", "storage", "jurisdiction")
NUMBERS: Mapping[str, tuple[int, int]] = {
    "people": (1, 10_000),
    "retention_days": (1, 365),
    "reviews": (0, MOST_REVIEWS),
}
"""The least and the most of each number."""
MOST_WEEKS = 26
"""Weeks ahead for which keys are made at most."""
MOST_KEYS = len(PURPOSES) * (MOST_WEEKS + 54)
"""Keys on one card: those for the weeks ahead, and those of the weeks that are still kept."""

_LONGEST_TEXT = 200
_KEY_ID_DIGITS = 16
_ENTRY = ("purpose", "epoch", "key_id", "key")


@dataclass(frozen=True)
class Recipient:
    """What a household is told about whoever may open its clips."""

    name: str
    contact: str
    storage: str
    """Where clips are kept, in words."""
    jurisdiction: str
    people: int
    """How many can listen."""
    retention_days: int
    """For how many days it is kept at most."""
    reviews: int
    """How often a month somebody may listen to what one consent covers."""


@dataclass(frozen=True)
class EpochKey:
    """A key that belongs to one purpose and one week."""

    purpose: Purpose
    epoch: int
    key_id: str
    """16 random hexadecimal digits, the same for all purposes of a week: outside a seal they do not tell which."""
    key: bytes = field(repr=False)
    """X25519, 32 bytes: public on a card, private in a key file."""


def listed(epochs: tuple[EpochKey, ...]) -> list[dict[str, Any]]:
    """The keys as a file lists them."""
    return [
        {"purpose": each.purpose.value, "epoch": each.epoch, "key_id": each.key_id, "key": written(each.key)}
        for each in epochs
    ]


def facts(recipient: Recipient) -> dict[str, Any]:
    """What a card and a key file both say."""
    return {name: getattr(recipient, name) for name in (*TEXTS, *NUMBERS)}


def facts_in(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same out of a file in which nothing was wrong."""
    return {name: told[name] for name in (*TEXTS, *NUMBERS)}


def wrong(told: Mapping[str, Any]) -> list[str]:
    """What is wrong with the texts and numbers that are there."""
    texts = [f"{name!r} is no printable text" for name in TEXTS if name in told and not _readable(told[name])]
    return texts + [
        f"{name!r} is no whole number from {least} to {most}"
        for name, (least, most) in NUMBERS.items()
        if name in told and not _within(told[name], least, most)
    ]


def no_purpose(told: object) -> str:
    """Why clips cannot be sealed for this purpose, or nothing."""
    if not isinstance(told, str):
        return "'purpose' is no word"
    if told in HOUSEHOLD:
        return f"{str(told)!r} stays in the household"
    return "" if told in PURPOSES else f"{told!r} is no purpose{did_you_mean(told, PURPOSES)}"


def epochs_in(told: Mapping[str, Any], problems: list[str]) -> tuple[EpochKey, ...]:
    """The keys of all weeks; what is wrong with them goes into `problems`."""
    entries = told.get("epochs", [])
    if not isinstance(entries, list) or len(entries) > MOST_KEYS:
        problems.append(f"'epochs' is no list of {MOST_KEYS} keys at most")
        return ()
    found = [_entry(entry, f"epochs[{place}]: ", problems) for place, entry in enumerate(entries)]
    epochs = tuple(each for each in found if each is not None)
    problems += _shared(epochs)
    return epochs


def _entry(untrusted: object, where: str, problems: list[str]) -> EpochKey | None:
    if not isinstance(untrusted, dict):
        problems.append(f"{where}this is no key")
        return None
    before = len(problems)
    problems += strangers(untrusted, _ENTRY, where)
    if why := no_purpose(untrusted["purpose"]) if "purpose" in untrusted else "":
        problems.append(where + why)
    if not _within(untrusted.get("epoch", 0), 0, LAST):
        problems.append(f"{where}'epoch' is no number of a week")
    if not _hexadecimal(untrusted.get("key_id", "0" * _KEY_ID_DIGITS)):
        problems.append(f"{where}'key_id' is not {_KEY_ID_DIGITS} hexadecimal digits")
    key = key_in(untrusted, "key", problems, where, KEY_BYTES)
    if len(problems) > before:
        return None
    return EpochKey(Purpose(untrusted["purpose"]), untrusted["epoch"], untrusted["key_id"], key)


def _shared(epochs: tuple[EpochKey, ...]) -> list[str]:
    """A key that served twice could not be destroyed with its week, and one key id per purpose would tell it."""
    weeks, ids = {each.epoch for each in epochs}, {each.key_id for each in epochs}
    checks = (
        (len({each.key for each in epochs}) < len(epochs), "one key serves two weeks or purposes"),
        (len({(each.purpose, each.epoch) for each in epochs}) < len(epochs), "a week has two keys for one purpose"),
        (
            not len(ids) == len(weeks) == len({(each.epoch, each.key_id) for each in epochs}),
            "'key_id' is not one for each week",
        ),
    )
    return [what for applies, what in checks if applies]


def _readable(text: object) -> bool:
    return isinstance(text, str) and text.isprintable() and 0 < len(text) <= _LONGEST_TEXT


def _within(number: object, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most


def _hexadecimal(text: object) -> bool:
    return isinstance(text, str) and len(text) == _KEY_ID_DIGITS and set(text) <= set("0123456789abcdef")
