"""What the broker says for a speaker that is gone: nothing, unless somebody agreed that the home hears how it is."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from keepmum.messages import BrokerState
from keepmum.uplink.access import Access

STATUS = b'{"mode":"local","muted":true}'


def tell(scene: Any, body: bytes = STATUS) -> str:
    """The listener has something to say about itself, and it arrives."""
    name: str = scene.household.put(body, "status", "keepmum/status", 15.0)
    scene.until(lambda: name in scene.household.delivered, step=0.05)
    return name


def test_before_anybody_agreed_connect_says_nothing_of_a_status(announcing: Any) -> None:
    """An owner with Home Assistant and no consent: no will, no topic of the status anywhere, subscriptions alone."""
    for count in (1, 2):
        announcing.until(lambda count=count: len(announcing.broker.hellos) == count, step=0.5)
        announcing.settle(1.0)
        announcing.broker.cut()
    assert [hello.will for hello in announcing.broker.hellos] == [None, None]
    assert announcing.broker.subscribed == ["keepmum/tighten", "homeassistant/status"] * 2
    assert announcing.broker.heard == []


def test_the_first_status_brings_a_will_and_another_name(announcing: Any) -> None:
    """The connection that tells a status is a new one, with a will that says nothing and is not retained."""
    announcing.ready()
    tell(announcing)
    first, second = announcing.broker.hellos
    assert (first.will, second.will) == (None, ("keepmum/status", b"{}", 1, False))
    assert first.client_id != second.client_id
    [heard] = announcing.broker.heard
    assert (heard.topic, heard.payload, heard.qos, heard.retain, heard.expires) == (
        "keepmum/status",
        STATUS,
        1,
        False,
        14,
    )
    tell(announcing, b'{"mode":"local","muted":false}')
    assert len(announcing.broker.hellos) == 2


def test_the_listener_does_not_see_the_change_of_connections(announcing: Any) -> None:
    """It would announce the speaker anew each time the broker comes back, and so for ever."""
    announcing.ready()
    tell(announcing)
    assert [state.online for state in announcing.household.of(BrokerState)] == [False, True]


def test_without_home_assistant_a_status_has_no_will(scene: Any) -> None:
    """Nobody reads it, so nobody is told."""
    scene.ready()
    tell(scene)
    assert [hello.will for hello in scene.broker.hellos] == [None]


def test_home_actions_and_clips_bring_no_will(announcing: Any) -> None:
    """Only a status shows that somebody agreed to one."""
    name = announcing.household.put(b"ON", "action", "home/lamp", 9.0)
    announcing.until(lambda: announcing.household.delivered == [name])
    assert [hello.will for hello in announcing.broker.hellos] == [None]


def test_every_goodbye_lets_the_will_speak(announcing: Any) -> None:
    """A listener that ends: the uplink says goodbye with the reason that has the will published."""
    announcing.ready()
    tell(announcing)
    announcing.household.line.close()
    announcing.household.line = None
    announcing.loop.turn()
    announcing.until(lambda: announcing.broker.open == 0)
    assert announcing.broker.visits[-1].goodbye == 4


def test_after_a_withdrawal_the_will_speaks_once_and_is_gone(announcing: Any) -> None:
    """Vanish: goodbye with the will, then a connection without one."""
    announcing.ready()
    tell(announcing)
    announcing.household.vanish()
    announcing.until(lambda: len(announcing.broker.hellos) == 3, step=0.1)
    assert announcing.broker.visits[1].goodbye == 4
    assert announcing.broker.hellos[2].will is None
    announcing.household.vanish()
    announcing.settle(5.0)
    assert len(announcing.broker.hellos) == 3


def test_the_next_listener_has_to_agree_again(announcing: Any) -> None:
    """What the last one's people agreed to is not known to the next connection."""
    announcing.ready()
    tell(announcing)
    announcing.household.line.close()
    announcing.household.line = None
    announcing.until(lambda: len(announcing.broker.hellos) == 3, step=0.5)
    assert announcing.broker.hellos[2].will is None


@pytest.mark.parametrize("kind", ["action", "clip"])
def test_what_is_in_hand_survives_a_withdrawal_of_the_status(announcing: Any, keys: Any, kind: str) -> None:
    """A clip or a light under another consent is carried on, over the new connection."""
    announcing.ready()
    tell(announcing)
    announcing.broker.script.hold_acks = True
    body = b"small"
    name = announcing.household.put(body, kind, "home/lamp", None)
    announcing.until(lambda: len(announcing.broker.heard) == 2)
    announcing.household.vanish()
    announcing.broker.script.hold_acks = False
    announcing.until(lambda: len(announcing.broker.heard) == 3, step=0.1)
    announcing.receipt(keys, name, body)
    announcing.until(lambda: name in announcing.household.delivered, step=0.1)
    assert announcing.broker.hellos[-1].will is None


def test_a_withdrawal_while_it_connects_ends_the_attempt(announcing: Any) -> None:
    """A connection that is just being made with a will is given up, and made anew without."""
    announcing.ready()
    tell(announcing)
    announcing.broker.cut()
    announcing.until(lambda: announcing.loop._courier.state.value == "connecting", step=0.1)
    announcing.household.vanish()
    announcing.until(lambda: announcing.online() and announcing.broker.open == 1, step=0.1)
    assert announcing.broker.hellos[-1].will is None


def test_home_assistant_sees_a_speaker_that_is_gone(
    mosquitto: Any, household: Any, uplink: Any, counter: Any, wait_until: Any
) -> None:
    """With the real broker: whoever reads the status gets `{}` when the speaker is gone; nothing is retained."""
    broker = mosquitto()
    seen = counter(broker.port, "keepmum/status")
    loop = uplink(Access("127.0.0.1", broker.port), None, None, "homeassistant")
    turns = (lambda: loop.turn(0.002), household.turn)
    household.put(STATUS, "status", "keepmum/status", 15.0)
    wait_until(lambda: len(household.delivered) == 1, *turns)
    assert seen.until(1) == [("keepmum/status", len(STATUS))]
    household.vanish()
    wait_until(lambda: not loop._link._will and loop._link.fileno() >= 0, *turns)
    assert seen.until(2)[1:] == [("keepmum/status", 2)]
    household.put(STATUS, "status", "keepmum/status", 15.0)
    wait_until(lambda: len(household.delivered) == 2, *turns)
    loop._link._client.socket().shutdown(2)
    assert seen.until(4)[2:] == [("keepmum/status", len(STATUS)), ("keepmum/status", 2)]
    words = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-W", "1", "--retained-only"]
    assert subprocess.run(words, capture_output=True, timeout=10, check=False).stdout == b""


def test_a_broker_that_takes_no_will_still_carries_requests_for_quiet(announcing: Any) -> None:
    """Refused with a will, the uplink comes back without one: the status is told, and the house is heard."""
    announcing.ready()
    name = announcing.household.put(STATUS, "status", "keepmum/status", 60.0)
    announcing.broker.script.connack = 135
    announcing.until(lambda: len(announcing.broker.hellos) == 2, step=0.05)
    announcing.broker.script.connack = 0
    announcing.until(lambda: announcing.household.delivered == [name], step=0.05)
    assert [hello.will is None for hello in announcing.broker.hellos] == [True, False, True]
    assert announcing.broker.subscribed[-2:] == ["keepmum/tighten", "homeassistant/status"]
