"""The search that tests of the privacy core share: breadth first, so that a fault comes with its shortest story."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these two are found by folder

from privacy_house import House, happenings
from privacy_sentences import SENTENCES
from privacy_world import ACTION, CLIP, LATER, NEVER, SOON, START, Move, World, fall, moves

from keepmum.consent import Purpose
from keepmum.privacy import Fault, Owner, events
from keepmum.privacy.state import AGREE_HOLD, GUEST_LASTS, HOUR, PROPOSAL_LASTS, UNMUTE_HOLD

_DESK = ("c1", Purpose.ASR_IMPROVEMENT, "desk")
_DESK_AGAIN = ("c2", Purpose.ASR_IMPROVEMENT, "desk")
_BROKER = ("c3", Purpose.COMMANDS, "broker")
_CLIP = ("clip", CLIP, None)
_APPROVED = ("clip", replace(CLIP, approved=True), None)
_ERRAND = ("errand", ACTION, SOON + 30.0)
_MISHAPS = (events.UplinkGone, events.LedgerLost)
_MICROPHONE = (events.Broken, events.Retried, events.Sounded)
_PROOF = (partial(events.Broken, fault=Fault.PROOF), events.Proved)
_HOLDS = (0.0, UNMUTE_HOLD, AGREE_HOLD)
_PANEL = (Owner.PANEL,)

HOUSES: Mapping[str, House] = {
    "the button": House(
        (Owner.BUTTON, Owner.PANEL), (), (), _HOLDS, (SOON,), (events.Broken, events.Retried), bounces=True
    ),
    "a proposal": House(
        _PANEL, (_DESK, _BROKER), (), (*_HOLDS, PROPOSAL_LASTS), (SOON,), (events.LedgerLost,), bounces=True
    ),
    "everybody": House(
        (Owner.MQTT,),
        (),
        (),
        (0.0, UNMUTE_HOLD, AGREE_HOLD, GUEST_LASTS),
        (SOON,),
        (events.Broken, events.Retried),
        lasting=(("guest", Owner.PANEL, None), ("mute", Owner.QUIET, HOUR)),
    ),
    "a switch": House(
        (Owner.BUTTON, Owner.VOICE), (), (), _HOLDS, (SOON,), (), switch=True, lasting=(("guest", Owner.PANEL, None),)
    ),
    "a guest": House(
        (Owner.VOICE,), (), (), (*_HOLDS, 5 * HOUR), (SOON,), (), bounces=True, lasting=(("guest", Owner.PANEL, None),)
    ),
    "quiet hours": House(
        (Owner.QUIET,),
        (),
        (),
        (0.0, UNMUTE_HOLD, 0.75 * HOUR),
        (SOON, LATER),
        (),
        lasting=(("mute", Owner.QUIET, 1.25 * HOUR), ("mute", Owner.QUIET, 1.75 * HOUR), ("mute", Owner.STORM, HOUR)),
    ),
    "faults and proofs": House(
        (Owner.PANEL,),
        (),
        (),
        (0.0, UNMUTE_HOLD),
        (SOON,),
        (*_MICROPHONE, *_PROOF),
        lasting=(("guest", Owner.VOICE, None),),
    ),
    "a consent given again": House(_PANEL, (_DESK, _DESK_AGAIN), (_CLIP,), (0.0, AGREE_HOLD), (SOON, LATER), _MISHAPS),
    "a clip and an errand": House(_PANEL, (_DESK, _BROKER), (_CLIP, _ERRAND), (0.0, AGREE_HOLD), (SOON,), _MISHAPS),
    "a clip that was asked about": House(_PANEL, (_DESK, _BROKER), (_APPROVED,), (0.0, AGREE_HOLD), (SOON,), _MISHAPS),
    "an errand too late": House(_PANEL, (_BROKER,), (_ERRAND,), (0.0, AGREE_HOLD), (SOON, SOON + 30.0), _MISHAPS),
    "a faulty microphone": House(
        _PANEL, (_DESK,), (_CLIP,), (0.0, AGREE_HOLD), (SOON,), (*_MISHAPS, events.Broken, events.Retried)
    ),
    "what nothing covers": House(_PANEL, (_DESK, _BROKER), NEVER, (0.0, AGREE_HOLD), (SOON,), _MISHAPS),
}
"""Small alphabets whose worlds can all be seen; together they hold every event, and two of whatever can be two."""


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
    came: _Came = {START: None}
    waiting = deque([START])
    effects: set[str] = set()
    count = 0
    while waiting:
        world = waiting.popleft()
        for move in _next(house, world):
            count += 1
            if not move.effects and move.after == world:
                continue
            effects |= {type(each).__name__ for each in move.effects}
            if broken := next((sentence for sentence in SENTENCES if not sentence(move)), None):
                return Outcome(len(came), count, frozenset(effects), broken.__name__, _story(came, world, move))
            if move.after not in came:
                came[move.after] = (world, move)
                waiting.append(move.after)
    return Outcome(len(came), count, frozenset(effects))


def _next(house: House, world: World) -> Iterator[Move]:
    for event in happenings(house, world):
        yield from moves(world, event)
    if world.up:
        yield fall(world)


def _story(came: _Came, world: World, last: Move) -> tuple[str, ...]:
    path = [last]
    step = came[world]
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return tuple(_said(move) for move in reversed(path))


def _said(move: Move) -> str:
    if move.fell:
        return f"{move.event}, and a fall after {move.done} of {len(move.effects)} effects"
    return f"{move.event}, and something in it failed" if move.failed else str(move.event)
