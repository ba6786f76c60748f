"""The search that tests of the privacy core share: breadth first, so that a fault comes with its shortest story."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these two are found by folder

from privacy_house import House, happenings
from privacy_houses import HOUSES
from privacy_place import World
from privacy_same import same
from privacy_sentences import sentences
from privacy_world import Move, fall, moves


@dataclass(frozen=True)
class Outcome:
    """What a search found: every sentence holds, or the first that does not and the shortest way there."""

    worlds: int
    moves: int
    effects: frozenset[str]
    """What the core had to have done, by class."""
    broken: str = ""
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"{self.worlds} worlds, {self.moves} moves: {self.broken or 'every sentence holds'}"
        return "\n".join([told, *self.path])


Search = Callable[[str], Outcome]
_Came = dict[World, tuple[World, Move] | None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `every_house` gets each of them, by name."""
    if "every_house" in metafunc.fixturenames:
        metafunc.parametrize("every_house", HOUSES)


@pytest.fixture(scope="session")
def houses() -> tuple[str, ...]:
    """The names of all houses."""
    return tuple(HOUSES)


@pytest.fixture
def search() -> Search:
    """Search a house, by name, with the core as it stands now."""
    return lambda house: _search(HOUSES[house])


@pytest.fixture(scope="session")
def searched() -> Search:
    """Search a house, by name, with the core as it ships; a second call costs nothing."""
    return cache(lambda house: _search(HOUSES[house]))


def _search(house: House) -> Outcome:
    start = house.start()
    came: _Came = {start: None}
    waiting = deque([start])
    effects: set[str] = set()
    count = 0
    while waiting:
        world = waiting.popleft()
        for move in _next(house, world):
            count += 1
            if not move.effects and move.after == world:
                continue
            effects |= {type(each).__name__ for each in move.effects}
            if broken := next((sentence for sentence in sentences(move) if not sentence(move)), None):
                return Outcome(len(came), count, frozenset(effects), broken.__name__, _story(came, world, move))
            after = same(house, move.after)
            if after not in came:
                came[after] = (world, move)
                waiting.append(after)
    return Outcome(len(came), count, frozenset(effects))


def _next(house: House, world: World) -> Iterator[Move]:
    for event in happenings(house, world):
        yield from moves(world, event, fails=house.fails)
    if world.up:
        yield fall(world)


def _story(came: _Came, world: World, last: Move) -> tuple[str, ...]:
    path = [last]
    step = came[world]
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return tuple(map(repr, reversed(path)))
