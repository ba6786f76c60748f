"""Whether the uplink is well: a broker that is away is no illness, a listener that is not heard is one."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from keepmum.uplink.access import Access
from keepmum.uplink.alive import OVERDUE, Signs, sentence, well
from keepmum.uplink.state import State

NOW = 1_000.0
SOUND = Signs(heard=NOW, served=NOW, listener=True)


@pytest.mark.parametrize("sign", ["heard", "served"])
def test_each_sign_is_believed_up_to_its_age(sign: str) -> None:
    """Exactly as old as it may be is well; a moment older is not."""
    assert well(replace(SOUND, **{sign: NOW - OVERDUE}), NOW) is None
    assert well(replace(SOUND, **{sign: NOW - OVERDUE - 0.01}), NOW)


def test_a_sentence_says_whether_it_is_online() -> None:
    """And nothing about what it carries: the same while something leaves."""
    said = {state: sentence(SOUND, state, configured=True) for state in State}
    assert {state for state, words in said.items() if words == "Online."} == {
        State.READY,
        State.CARRYING,
        State.AWAITING,
    }
    assert said[State.OFFLINE] == said[State.CONNECTING] == "Offline: the broker is tried again."
    alone = replace(SOUND, listener=False)
    assert sentence(alone, State.OFFLINE, configured=True) == "Offline: waiting for the listener."
    assert sentence(SOUND, State.OFFLINE, configured=False) == "Offline: no broker is configured."


@pytest.fixture
def offline(uplink: Any, clock: Any) -> tuple[Any, Any]:
    """An uplink whose broker does not answer, and the clock that it goes by."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    return uplink(Access("127.0.0.1", port), clock), clock


def verdicts(loop: Any, clock: Any, turns: int = 20) -> list[str | None]:
    """What the function says after each of some turns that are ten seconds apart."""
    said = []
    for _ in range(turns):
        clock.time += 10.0
        loop.turn()
        said.append(well(loop.signs, clock.now()))
    return said


@pytest.mark.parametrize("there", [True, False])
def test_a_broker_that_is_away_is_no_illness(offline: Any, household: Any, there: bool) -> None:
    """Nobody at the port, with a listener or without: the loop turns, and that is all it can do."""
    if not there:
        household.close()
    loop, clock = offline
    assert set(verdicts(loop, clock)) == {None}
    assert loop.signs.listener is there


def test_a_listener_that_is_not_heard_is_one(offline: Any, monkeypatch: Any) -> None:
    """The planted defect: a loop that turns, but never reads the line on which a Stop would come."""
    loop, clock = offline
    verdicts(loop, clock, 1)
    monkeypatch.setattr(loop, "_hear_listener", lambda: None)
    assert verdicts(loop, clock)[-1] == "the listener is not heard, and its Stop would not be"


def test_a_broker_that_is_not_looked_after_is_one(offline: Any, monkeypatch: Any) -> None:
    """The planted defect: its connection would die of its keepalive, and nobody would see it."""
    loop, clock = offline
    verdicts(loop, clock, 1)
    monkeypatch.setattr(loop, "_hear_broker", lambda: None)
    assert verdicts(loop, clock)[-1] == "the broker's connection is not looked after"
