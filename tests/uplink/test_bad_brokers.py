"""I14: a broker that refuses, is full, lies about its limits, talks nonsense or goes in circles.

Each ends closed: one clear line, at most six connections in any minute that bring nothing further, and whatever was
in hand goes back to the listener.
"""

from __future__ import annotations

import itertools
import random
import struct
from typing import Any

import pytest

from keepmum.messages import BrokerState, Delivered
from keepmum.uplink.chunks import read

CLIP = bytes(200_000)


def connections(scene: Any, seconds: float, step: float = 0.25) -> list[float]:
    """The moments at which somebody connected, over so many seconds of the clock."""
    end, times = scene.clock.time + seconds, [scene.clock.time] * len(scene.broker.visits)
    while scene.clock.time < end:
        scene.clock.time += step
        scene.turn()
        times += [scene.clock.time] * (len(scene.broker.visits) - len(times))
    return times


def most_in_a_minute(times: list[float]) -> int:
    """The most connections in any minute."""
    return max(sum(first <= time < first + 60.0 for time in times) for first in times)


def whys(scene: Any) -> list[str]:
    """What the listener was told about a broker that is not there, without repetitions."""
    return list(dict.fromkeys(state.why for state in scene.household.of(BrokerState) if not state.online))


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the owner reads."""
    return [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


# ---- limits


@pytest.mark.parametrize(
    ("kind", "body", "topic"),
    [
        ("clip", CLIP, "x"),
        ("action", b"ON", "home/lamp"),
        ("status", b"{}", "keepmum/status"),
    ],
)
def test_a_broker_that_takes_one_byte_gets_none(
    scene: Any, caplog: pytest.LogCaptureFixture, kind: str, body: bytes, topic: str
) -> None:
    """After CONNECT not one packet goes out, not even a subscription; the parcel goes back for good; one line."""
    scene.broker.script.largest = 1
    name = scene.household.put(body, kind, topic, 60.0)
    scene.until(lambda: bool(scene.household.dropped))
    scene.settle(10.0)
    assert scene.household.dropped[0][0] == name
    assert "at most 1 bytes" in scene.household.dropped[0][1]
    assert (scene.broker.heard, scene.broker.subscribed, len(scene.broker.visits)) == ([], [], 1)
    assert lines(caplog) == ["broker: connected, but it takes only 1 bytes: it hears no request for quiet"]


def test_a_demand_that_can_never_fit_goes_back_for_good(scene: Any) -> None:
    """One byte is not enough for a secret either; nothing is sent and no connection is tried twice."""
    scene.broker.script.largest = 1
    name = scene.household.demand()
    scene.until(lambda: bool(scene.household.dropped))
    assert scene.household.dropped == [(name, "the broker accepts at most 1 bytes")]
    assert (scene.demands(), len(scene.broker.visits)) == ([], 2)


def test_a_broker_that_changes_its_limit_each_time_gets_nowhere(scene: Any) -> None:
    """Parts that were cut for one limit are of no use under another: five connections, and the clip goes back."""
    name = scene.household.put(CLIP)
    limits = (50_000, 9_000, 40_000, 8_000, 45_000, 7_000, 30_000, 6_000)
    scene.broker.script.hang_up_after_ack = True
    seen = 0
    while not scene.answers():
        scene.broker.script.largest = limits[len(scene.broker.visits) % len(limits)]
        scene.clock.time += 0.25
        scene.turn()
        seen += 1
        assert seen < 5_000, "it never ended"
    assert scene.answers()[0].parcel == name
    assert scene.answers()[0].reason.startswith("5 attempts: ")
    assert len(scene.broker.visits) <= 12


# ---- full


@pytest.mark.parametrize("where", ["connack", "hang_up_on_connect", "hang_up_on_publish", "suback"])
def test_a_broker_that_is_full_is_left_alone(scene: Any, where: str, caplog: pytest.LogCaptureFixture) -> None:
    """Quota exceeded (151), wherever the broker says it: plain words, no loop, nothing delivered."""
    setattr(scene.broker.script, where, 151)
    scene.household.put(CLIP)
    times = connections(scene, 130.0, step=0.5)
    assert most_in_a_minute(times) <= 6
    assert scene.household.of(Delivered) == []
    if where == "suback":
        assert "does not let us hear receipts (151)" in scene.answers()[0].reason
        assert scene.broker.heard == []
    else:
        assert "the broker is full: its quota is used up" in whys(scene)
        assert sum("quota" in line for line in lines(caplog)) <= len(times)


def test_a_puback_that_says_full_brings_the_clip_back_with_growing_rests(scene: Any) -> None:
    """A full broker is not offered the same clip as fast as it can refuse: at most every half minute in the end."""
    scene.broker.script.acks.extend([151] * 1_000)
    scene.household.put(b"small")
    end, times = scene.clock.time + 300.0, []
    while scene.clock.time < end:
        scene.clock.time += 0.25
        scene.turn()
        times += [scene.clock.time] * (len(scene.broker.heard) - len(times))
    assert len(times) <= 16
    assert min(later - earlier for earlier, later in itertools.pairwise(times[6:])) >= 30.0
    assert {answer.final for answer in scene.answers()} == {False}


# ---- refusals and disappearances


@pytest.mark.parametrize("code", [128, 132, 134, 136, 149, 151, 156, 157])
def test_a_refusal_is_one_line_and_six_attempts_a_minute(
    scene: Any, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    """Whatever reason a CONNACK gives, also one that names another server: nobody is followed anywhere."""
    scene.broker.script.connack = code
    times = connections(scene, 130.0, step=1.0)
    assert most_in_a_minute(times) <= 6
    assert len(times) <= 15
    assert len(lines(caplog)) == 1
    assert len(whys(scene)) == 2


def test_a_broker_that_disappears_in_the_middle_of_a_part_gets_it_whole_or_not_at_all(scene: Any) -> None:
    """It vanishes 20 kB into each part: five attempts in all, none of them complete, then the clip fails for good."""
    scene.broker.script.cut_after.extend([20_000] * 100)
    name = scene.household.put(CLIP)
    times = connections(scene, 120.0)
    assert most_in_a_minute(times) <= 6
    assert scene.broker.heard == []
    assert scene.household.dropped[0][0] == name
    assert scene.household.dropped[0][1].startswith("5 attempts: ")


def test_a_broker_that_disappears_between_two_parts_gets_on(scene: Any, keys: Any) -> None:
    """One that takes a part and dies each time still gets the clip, part by part; that is not going in circles."""
    scene.broker.script.hang_up_after_ack = True
    name = scene.household.put(CLIP)
    scene.until(lambda: len(scene.broker.heard) == 4, step=0.1)
    assert [read(heard.payload).part for heard in scene.broker.heard] == [1, 2, 3, 4]
    scene.broker.script.hang_up_after_ack = False
    scene.until(lambda: len(scene.broker.heard) == 5, step=0.1)
    scene.receipt(keys, name, CLIP)
    scene.until(lambda: scene.household.delivered == [name])
    assert scene.household.delivered == [name]


def test_a_broker_that_takes_the_last_part_again_and_again_is_not_fed_for_ever(scene: Any) -> None:
    """Each connection acknowledges the last part and ends: that brings the clip no further; after five it is back."""
    scene.broker.script.hang_up_after_ack = True
    scene.household.put(b"small")
    scene.until(lambda: bool(scene.answers()), step=0.1)
    scene.household.outbox.clear()
    assert scene.answers()[0].reason.startswith("5 attempts: ")
    assert not scene.answers()[0].final
    times = connections(scene, 130.0, step=0.5)
    assert most_in_a_minute(times) <= 6


def test_a_broker_that_accepts_and_hangs_up_for_ever_is_tried_less_and_less(scene: Any) -> None:
    """Accepted, then 'use another server': not followed, six connections a minute at most."""
    scene.broker.script.hang_up_on_connect = 156
    times = connections(scene, 240.0, step=0.5)
    assert most_in_a_minute(times) <= 6
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps[5:]) >= 5.0


# ---- nonsense instead of CONNACK


def packet(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


NONSENSE = {
    "nothing in it": packet(0x20, b""),
    "one byte": packet(0x20, b"\0"),
    "no properties": packet(0x20, b"\0\0"),
    "properties that end early": packet(0x20, b"\0\0\x05\x27"),
    "a property that nobody knows": packet(0x20, b"\0\0\x02\xee\x01"),
    "the limit twice": packet(0x20, b"\0\0\x0a" + (b"\x27" + struct.pack(">I", 9)) * 2),
    "a reason that nobody knows": packet(0x20, b"\0\x07\0"),
    "MQTT 3": packet(0x20, b"\0\0"),
    "another packet first": packet(0x90, b"\0\1\0\0"),
    "a message first": packet(0x30, b"\0\1t\0x"),
    "text": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a length that never ends": b"\x20\xff\xff\xff\xff\xff\x7f",
    "a packet of 256 MB": b"\x20\xff\xff\xff\x7f" + bytes(1_000),
    "a message of 200 kB": packet(0x20, b"\0\0\0") + b"\x30\xc0\x9a\x0c" + bytes(1_000),
    "QoS 2": packet(0x20, b"\0\0\0") + packet(0x34, b"\0\1t\0\1\0x"),
    "QoS 3": packet(0x20, b"\0\0\0") + packet(0x36, b"\0\1t\0\1\0x"),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_instead_of_a_connack_is_told_once_and_left(
    scene: Any, caplog: pytest.LogCaptureFixture, nonsense: bytes
) -> None:
    """A broker that says nothing sensible: no parcel, no exception, no tight loop, and one line for the owner."""
    scene.broker.script.raw_connack.extend([nonsense] * 100)
    scene.household.put(CLIP)
    times = connections(scene, 130.0, step=1.0)
    assert len(times) >= 2
    assert most_in_a_minute(times) <= 6
    assert scene.broker.heard == []
    assert not scene.online()
    assert len(set(lines(caplog))) == 1
    assert all(why.isprintable() and len(why) <= 200 for why in whys(scene))


def test_whatever_comes_instead_of_a_connack_ends_closed(scene: Any) -> None:
    """Forty random answers and more to CONNECT: no exception, no parcel, and at most six connections a minute."""
    chance = random.Random(14)
    for _ in range(300):
        body = chance.randbytes(chance.randrange(40))
        kind = chance.choice((0x20, 0x20, 0x20, chance.randrange(256)))
        scene.broker.script.raw_connack.append(packet(kind, body[:1].replace(b"\0", b"\1") + body[1:]))
    scene.household.put(CLIP)
    times = connections(scene, 1_200.0, step=1.0)
    assert len(times) > 30
    assert most_in_a_minute(times) <= 6
    assert scene.household.of(Delivered) == []


def test_a_second_connack_is_nonsense_too(scene: Any) -> None:
    """A broker that accepts twice with another limit does not confuse what is in hand."""
    scene.household.put(CLIP)
    scene.broker.script.hold_acks = True
    scene.until(lambda: bool(scene.broker.held))
    scene.broker.raw(packet(0x20, b"\0\0\x05\x27" + struct.pack(">I", 100)))
    scene.settle(1.0)
    assert scene.household.of(Delivered) == []
    assert len(scene.broker.heard) <= 2
