"""Finds the sentence that was meant when a few small words were misheard ("may i have all light roast mocha")."""

from __future__ import annotations

from collections.abc import Collection
from heapq import heappop, heappush
from typing import NamedTuple

from keepmum.listener.sentences.network import Network, Step

_WORDS_PER_SLIP = 3
"""One slip is forgiven for each so many words: with more of them the sentence would be ours, not the speaker's."""

_MOST_SLIPS = 3

_PATIENCE = 4_000
"""Steps of the search; nearly all sentences that are found at all need fewer, and on a Pi it takes a blink."""


class Near(NamedTuple):
    """A sentence that a template allows, and the last state of its template."""

    end: int
    words: tuple[str, ...]


class _Path(NamedTuple):
    slips: int
    to_come: int
    """Heard words that are not yet accounted for; the least first among equals."""
    state: int
    words: tuple[str, ...]


class Nearest:
    """Looks for whole sentences near what was heard.

    A slip is a small word too many, too few, or in another one's place. Every other word must stand as heard, so
    that no room, no number and no on or off is ever made up.
    """

    def __init__(self, network: Network, starts: list[int], small: Collection[str]) -> None:
        self._network, self._starts, self._small = network, starts, frozenset(small)
        self._small_steps: dict[int, list[Step]] = {}

    def to(self, heard: list[str]) -> list[Near]:
        """The sentences with the fewest slips, all with equally many; none if too many would be needed."""
        most = min(len(heard) // _WORDS_PER_SLIP, _MOST_SLIPS)
        waiting = [_Path(0, len(heard), start, ()) for start in self._starts]
        seen: dict[tuple[int, int], int] = {}
        found: list[Near] = []
        for _ in range(_PATIENCE):
            if not waiting or waiting[0].slips > most:
                return found
            path = heappop(waiting)
            if seen.setdefault((path.to_come, path.state), path.slips) < path.slips:
                continue
            ends = () if path.to_come else self._network.steps(path.state).ends
            if ends:
                found += [Near(end, path.words) for end in ends]
                most = path.slips
            for longer in self._longer(path, heard):
                if longer.slips <= most:
                    heappush(waiting, longer)
        return []

    def _longer(self, path: _Path, heard: list[str]) -> list[_Path]:
        word = heard[len(heard) - path.to_come] if path.to_come else ""
        slips, fewer = path.slips + 1, path.to_come - 1
        paths = [
            _Path(path.slips, fewer, step.target, (*path.words, word))
            for step in self._network.following(path.state, word)
        ]
        if word in self._small:
            paths.append(_Path(slips, fewer, path.state, path.words))
        for step in self._small_steps_from(path.state):
            words = (*path.words, step.word)
            paths.append(_Path(slips, path.to_come, step.target, words))
            if word in self._small:
                paths.append(_Path(slips, fewer, step.target, words))
        return paths

    def _small_steps_from(self, state: int) -> list[Step]:
        if state not in self._small_steps:
            self._small_steps[state] = [step for step in self._network.steps(state).words if step.word in self._small]
        return self._small_steps[state]
