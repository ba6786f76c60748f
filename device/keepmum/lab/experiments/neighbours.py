"""Words that sound like a wake phrase and are none, by the weighted distance of their phones.

The idea is that of Schönherr et al. (2020), who found over a thousand words that wake a speaker with a pronouncing
dictionary and such a distance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from keepmum import layers, shipped

Phones = tuple[str, ...]

_BOOK = "en-us/cmudict-en-us.dict"
_RECIPE = Path("recipes") / "en-household.yaml"

_CLASSES = (
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"),
    ("B", "P"),
    ("D", "T", "DH", "TH"),
    ("G", "K"),
    ("V", "F"),
    ("Z", "S", "SH", "ZH"),
    ("CH", "JH"),
    ("M", "N", "NG"),
    ("L", "R", "W", "Y"),
)
"""Phones of which one is easily heard for another."""

WITHIN, ELSEWHERE, VOWEL_GONE, CONSONANT_GONE = 0.4, 1.0, 0.6, 0.8
"""What a change costs: to a phone of the same class, to any other, and a phone that is there or not. Chosen, not
measured: they order the list, and no figure contains them."""

_VOWELS = frozenset(_CLASSES[0])
_CLASS = {phone: number for number, some in enumerate(_CLASSES) for phone in some}


class Neighbour(NamedTuple):
    """One word, and how far it is from the phrase."""

    distance: float
    word: str


def neighbours(phrase: str, count: int) -> tuple[list[str], str]:
    """The nearest words, the nearest first, and where they were found; other forms of the phrase are none.

    By the CMU's dictionary in pocketsphinx (`pip install 'keepmum[forge]'`); without it, or for a phrase that it does
    not know, the rivals in the recipe of the bundled model.
    """
    book = _book()
    words = phrase.split()
    if not book or any(word not in book for word in words):
        return _rivals()[:count], "the recipe of the bundled model"
    said = tuple(phone for word in words for phone in book[word][0])
    return [
        each.word for each in _nearest(said, book, set(words), count)
    ], "the CMU's pronouncing dictionary, by weighted distance of phones"


def _nearest(said: Phones, book: dict[str, list[Phones]], own: set[str], count: int) -> list[Neighbour]:
    found: list[Neighbour] = []
    for word, pronunciations in book.items():
        if said in pronunciations or not word.isalpha() or any(_is_form(word, each) for each in own):
            continue
        worst = found[count - 1].distance if len(found) >= count else math.inf
        least = min(distance(said, each, worst) for each in pronunciations)
        if least <= worst:
            found.append(Neighbour(round(least, 3), word))
            found.sort()
    return found[:count]


def _is_form(word: str, other: str) -> bool:
    return word.startswith(other) or other.startswith(word)


def distance(one: Sequence[str], other: Sequence[str], most: float = math.inf) -> float:
    """The least that has to be changed to make one pronunciation of the other; infinite if it is more than `most`."""
    if abs(len(one) - len(other)) * VOWEL_GONE > most:
        return math.inf
    row = [0.0]
    for phone in other:
        row.append(row[-1] + _gone(phone))
    for phone in one:
        above, row[0] = row[0], row[0] + _gone(phone)
        for place, heard in enumerate(other, 1):
            changed = above + _changed(phone, heard)
            above = row[place]
            row[place] = min(changed, row[place] + _gone(phone), row[place - 1] + _gone(heard))
        if min(row) > most:
            return math.inf
    return row[-1]


def _gone(phone: str) -> float:
    return VOWEL_GONE if phone in _VOWELS else CONSONANT_GONE


def _changed(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return WITHIN if _CLASS.get(one, one) == _CLASS.get(other, other) else ELSEWHERE


@cache
def _book() -> dict[str, list[Phones]]:
    try:
        import pocketsphinx
    except ImportError:
        return {}
    found: dict[str, list[Phones]] = {}
    for word, said in _lines(Path(pocketsphinx.get_model_path(_BOOK)).read_text("utf-8").splitlines()):
        found.setdefault(word, []).append(said)
    return found


def _lines(lines: Iterable[str]) -> Iterator[tuple[str, Phones]]:
    for line in lines:
        word, *phones = line.split()
        yield word.partition("(")[0], tuple(phones)


def _rivals() -> list[str]:
    file = shipped.folder() / _RECIPE
    values = layers.file(file, str(file), "install keepmum again").values or {}
    return [str(word) for word in values.get("rivals", ())]
