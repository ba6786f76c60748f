"""The graph of all words: a tree of their beginnings, through which every utterance goes once per word.

    between words ──(silence)──► root ─ph─► o ─ph─► o ─last phone : word─► o ──► between words
                                  └──── garbage phones : [unk] ────► o ──► between words

Each phone's arc enters it, and a loop on the state behind the arc stays in it. A word is said with its last phone, so
that words with the same beginning share their states.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepmum.errors import ForgeError
from keepmum.forge.graph.fst import Fst
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.phones import GARBAGE, SILENCE, Phones

UNKNOWN = "[unk]"
"""The word of everything that is no word here."""


@dataclass(frozen=True)
class Unknown:
    """What `[unk]` costs against words, in negative natural logarithms; cheaper swallows more."""

    entry: float
    """Once, at its beginning."""
    phones: Mapping[str, float]
    """For each of its sounds, that is for every base phone."""


def grown(phones: Phones, lexicon: Lexicon, unknown: Unknown, silence: float = 0.5) -> tuple[Fst, list[str]]:
    """The graph, and its words in the order of their numbers, from 1; `silence` is how probable it is between words.

    Raises ForgeError if `[unk]` has no cost for a phone: one that costs nothing would swallow every word.
    """
    if free := [name for name in phones.names if name not in unknown.phones]:
        raise ForgeError(f"{UNKNOWN} has no cost for {' '.join(free)}", "a phone's cost is how rare it is")
    tree = _Tree(phones, silence)
    words = [*sorted(lexicon.words), UNKNOWN]
    for number, word in enumerate(words[:-1], 1):
        for said in lexicon.words[word]:
            tree.word(number, said)
    tree.unknown(len(words), unknown)
    return tree.fst, words


class _Tree:
    """A graph while it grows."""

    def __init__(self, phones: Phones, silence: float) -> None:
        self.fst = Fst()
        self._phones = phones
        self._branches: dict[tuple[int, str], int] = {}
        self._ends: dict[tuple[int, str], int] = {}
        self._between, self._root = self.fst.state(), self.fst.state()
        self.fst.finals[self._root] = 0.0
        self.fst.arc(self._between, self._root, 0, cost=-math.log(1 - silence))
        quiet = self._phone(self._between, SILENCE, cost=-math.log(silence))
        self.fst.arc(quiet, self._root, 0)

    def word(self, number: int, said: Sequence[str]) -> None:
        """Add one pronunciation of a word."""
        *first, last = _positioned(said)
        state = self._root
        for phone in first:
            if (state, phone) not in self._branches:
                self._branches[state, phone] = self._phone(state, phone)
            state = self._branches[state, phone]
        if (state, last) not in self._ends:
            self._ends[state, last] = self._end(state, last, number)
        elif number not in {arc.word for arc in self.fst.arcs[state] if arc.target == self._ends[state, last]}:
            self.fst.arc(state, self._ends[state, last], self._phones.advance(last), number)

    def unknown(self, number: int, costs: Unknown) -> None:
        """Add a loop over every phone that says `[unk]`: one at its beginning, any within, one at its end."""
        hub = self.fst.state()
        for base, name in enumerate(self._phones.names, 1):
            cost = costs.phones[name]
            first = self._phone(self._root, f"{GARBAGE}_B", base, number, costs.entry + cost)
            self.fst.arc(first, hub, 0)
            within = self._phone(hub, f"{GARBAGE}_I", base, cost=cost)
            self.fst.arc(within, hub, 0)
            last = self._phone(hub, f"{GARBAGE}_E", base, cost=cost)
            self.fst.arc(last, self._between, 0)

    def _end(self, source: int, phone: str, number: int) -> int:
        state = self._phone(source, phone, word=number)
        self.fst.arc(state, self._between, 0)
        return state

    def _phone(self, source: int, phone: str, base: int | None = None, word: int = 0, cost: float = 0.0) -> int:
        """A new state behind a phone's arc, in which the phone goes on."""
        state = self.fst.state()
        self.fst.arc(source, state, self._phones.advance(phone, base), word, cost)
        self.fst.arc(state, state, self._phones.stay(phone, base))
        return state


def _positioned(said: Sequence[str]) -> list[str]:
    """The phones of a word with their places in it."""
    if len(said) == 1:
        return [f"{said[0]}_S"]
    return [f"{said[0]}_B", *(f"{phone}_I" for phone in said[1:-1]), f"{said[-1]}_E"]
