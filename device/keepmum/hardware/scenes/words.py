"""The words of a line: what a step's reader may ask of them, and the one way in which they can be wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

_FACT = re.compile(r"[a-z][a-z0-9_]*=")


class Mistake(Exception):
    """What is wrong with one line; whoever reads the file adds where."""


@dataclass(frozen=True)
class Line:
    """One line, cut into words, which come from a file and are checked by the reader of their step."""

    number: int
    source: str
    untrusted_words: tuple[str, ...]


def number(untrusted_word: str, what: str, lowest: float, highest: float) -> float:
    """The number in a word, if it lies between two limits; raises Mistake with `what` it should have been."""
    try:
        found = float(untrusted_word)
    except ValueError:
        raise Mistake(f"{what}, not {untrusted_word!r}") from None
    if not lowest <= found <= highest:
        raise Mistake(f"{what} from {lowest:g} to {highest:g}, not {untrusted_word}")
    return found


def first(untrusted_rest: list[str], usage: str) -> str:
    """The first word, which must be there."""
    if not untrusted_rest or not untrusted_rest[0].strip():
        write(usage)
    return untrusted_rest[0]


def only(untrusted_rest: list[str], usage: str) -> str:
    """The one word that there is."""
    if len(untrusted_rest) != 1:
        write(usage)
    return untrusted_rest[0]


def one_of(untrusted_word: str, known: Sequence[str], what: str) -> str:
    """A word out of a few; raises Mistake with the one that was probably meant."""
    if untrusted_word not in known:
        raise Mistake(f"{untrusted_word!r} is no {what}{did_you_mean(untrusted_word, known)}")
    return untrusted_word


def write(usage: str) -> NoReturn:
    """Give up, and show how the line is written."""
    raise Mistake(f"write it as: {usage}")


def is_fact(untrusted_word: str) -> bool:
    """Whether a word looks like `key=value`."""
    return _FACT.match(untrusted_word) is not None


def facts(untrusted_rest: list[str]) -> tuple[tuple[str, str], ...]:
    """All words as `key=value`, each key once."""
    pairs: dict[str, str] = {}
    for untrusted_word in untrusted_rest:
        if not is_fact(untrusted_word):
            raise Mistake(f"{untrusted_word!r} is no key=value")
        key, _, value = untrusted_word.partition("=")
        if key in pairs:
            raise Mistake(f"{key!r} stands there twice")
        pairs[key] = value
    return tuple(pairs.items())


def options(untrusted_rest: list[str], known: tuple[str, ...]) -> dict[str, str]:
    """All words as `key=value` with these keys and no other."""
    found = dict(facts(untrusted_rest))
    for key in found:
        if key not in known:
            raise Mistake(f"there is no option {key!r} here{did_you_mean(key, known)}")
    return found


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of a complaint about a word: the nearest one that is known, or all of them."""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
