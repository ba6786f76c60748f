"""Every sentence that a template allows, as a network of words: hassil parses one sentence, this knows them all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import NamedTuple

from hassil.expression import Alternative, Expression, Group, Permutation, TextChunk

BOUNDARY = " "
"""The arc between two words; fragments without one between them are one word ("minute[s]")."""


class Step(NamedTuple):
    """One word that may come next, the state it leads to, and how likely a fair choice at every fork is to take it."""

    word: str
    target: int
    likely: float


class Steps(NamedTuple):
    """What may follow a state: words, or the ends of templates."""

    words: tuple[Step, ...]
    ends: dict[int, float]


References = Callable[[Expression], list[Expression]]
"""What a list or a rule may stand for."""


class Network:
    """Grows by `add`; states are small whole numbers."""

    def __init__(self) -> None:
        self._arcs: list[list[tuple[str, int]]] = []
        self._finals: set[int] = set()
        self._steps: dict[int, Steps] = {}
        self._following: dict[int, dict[str, list[Step]]] = {}

    def add(self, expression: Expression, references: References) -> tuple[int, int]:
        """Add one template and return its first and its last state. The last one has no way on."""
        start = self._state()
        end = self._grow(expression, start, references)
        final = self._state()
        self._arcs[end].append(("", final))
        self._finals.add(final)
        return start, final

    def steps(self, state: int) -> Steps:
        """What may follow this state."""
        if state not in self._steps:
            self._steps[state] = self._explore(state)
        return self._steps[state]

    def following(self, state: int, word: str) -> list[Step]:
        """Where this word leads from this state."""
        if state not in self._following:
            by_word: dict[str, list[Step]] = {}
            for step in self.steps(state).words:
                by_word.setdefault(step.word, []).append(step)
            self._following[state] = by_word
        return self._following[state].get(word, [])

    def reachable(self, starts: list[int]) -> Iterator[tuple[int, Steps]]:
        """Every state that stands between two words, with what may follow it."""
        seen, waiting = set(starts), list(starts)
        while waiting:
            state = waiting.pop()
            yield state, self.steps(state)
            fresh = {step.target for step in self.steps(state).words} - seen
            seen |= fresh
            waiting.extend(fresh)

    def _state(self) -> int:
        self._arcs.append([])
        return len(self._arcs) - 1

    def _grow(self, expression: Expression, start: int, references: References) -> int:
        """Hang an expression on a state and return where it ends."""
        if isinstance(expression, TextChunk):
            return self._chain(re.findall(r"\s+|\S+", expression.text.lower()), start)
        if isinstance(expression, Permutation):
            orders = [list(order) for order in permutations(expression.items)]
            return self._fork([_Run(order) for order in orders], start, references)
        if isinstance(expression, Alternative):
            return self._fork(expression.items, start, references)
        if isinstance(expression, Group | _Run):
            for item in expression.items:
                start = self._grow(item, start, references)
            return start
        return self._fork(references(expression), start, references)

    def _chain(self, pieces: list[str], start: int) -> int:
        for piece in pieces:
            following = self._state()
            self._arcs[start].append((BOUNDARY if piece.isspace() else piece, following))
            start = following
        return start

    def _fork(self, branches: list[Expression], start: int, references: References) -> int:
        end = self._state()
        for branch in branches:
            first = self._state()
            self._arcs[start].append(("", first))
            self._arcs[self._grow(branch, first, references)].append(("", end))
        return end

    def _explore(self, state: int) -> Steps:
        words: dict[tuple[str, int], float] = {}
        ends: dict[int, float] = {}
        waiting = [(state, "", 1.0)]
        while waiting:
            at, prefix, likely = waiting.pop()
            if at in self._finals and prefix:
                words[prefix, at] = words.get((prefix, at), 0.0) + likely
            elif at in self._finals:
                ends[at] = ends.get(at, 0.0) + likely
            for label, target in self._arcs[at]:
                share = likely / len(self._arcs[at])
                if label == BOUNDARY and prefix:
                    words[prefix, target] = words.get((prefix, target), 0.0) + share
                else:
                    waiting.append((target, prefix + label.strip(), share))
        return Steps(tuple(Step(word, target, share) for (word, target), share in words.items()), ends)


class _Run(Expression):
    """One order of a permutation's items."""

    def __init__(self, items: list[Expression]) -> None:
        self.items = items
