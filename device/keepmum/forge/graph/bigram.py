"""Which word follows which, for a listener that is given no grammar: an acceptor of word pairs with a way back.

Estimated as Vosk estimates the grammars that it is given: half of what is seen goes to the pairs, half to the way back.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from keepmum.forge.graph.fst import Fst

_SEEN = 0.5
"""The share of the pairs that were seen."""
_START, _BACK = 0, 1
"""States: before the first word, and after a word that nobody was seen to follow in this way."""


def bigram(sentences: Iterable[str], numbers: Mapping[str, int]) -> Fst:
    """The acceptor over the words' numbers.

    Sentences with words that have none are left out; if none is left, each word may stand alone.
    """
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        _count(sentence.split(), numbers, pairs)
    if not pairs:
        for word in numbers:
            _count([word], numbers, pairs)
    alone: Counter[str] = Counter()
    for followers in pairs.values():
        alone.update(followers)
    fst = Fst(_START, [[], []])
    states = {"": _START} | {word: fst.state() for word in sorted(pairs) if word}
    for word, state in states.items():
        _follow(fst, state, pairs[word], _SEEN, {each: (numbers[each], states[each]) for each in pairs[word] if each})
        fst.arc(state, _BACK, 0, 0, -math.log(1 - _SEEN))
    _follow(fst, _BACK, alone, 1.0, {each: (numbers[each], states[each]) for each in alone if each})
    return fst


def _count(words: list[str], numbers: Mapping[str, int], pairs: dict[str, Counter[str]]) -> None:
    if not words or not all(word in numbers for word in words):
        return
    for before, after in zip(["", *words], [*words, ""], strict=True):
        pairs[before][after] += 1


def _follow(fst: Fst, state: int, seen: Mapping[str, int], share: float, places: Mapping[str, tuple[int, int]]) -> None:
    """Arcs for what was seen to follow; `places` are the words' numbers and states, an empty word is the end."""
    total = sum(seen.values())
    for word, count in sorted(seen.items()):
        cost = -math.log(count * share / total)
        if word:
            number, target = places[word]
            fst.arc(state, target, number, number, cost)
        else:
            fst.finals[state] = cost
