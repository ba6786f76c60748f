"""The whole uplink against a broker that answers as it is told, on a clock that only the test moves."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

from keepmum.messages import BrokerState, Delivered, HomeFact, Parcel, Tighten, UplinkHello
from keepmum.uplink import chunks

CLIP = bytes(200_000)


def test_a_client_is_fresh_nameless_and_leaves_nothing(scene: Any) -> None:
    """Each connection has a new random name, starts clean, and keeps alive every fifteen seconds."""
    for count in (1, 2, 3):
        scene.until(lambda count=count: len(scene.broker.hellos) == count and scene.broker.connected, step=0.5)
        scene.broker.cut()
    names = {hello.client_id for hello in scene.broker.hellos}
    assert len(names) == 3
    assert all(re.fullmatch(r"[0-9a-f]{22}", name) for name in names)
    assert {(hello.clean_start, hello.keepalive) for hello in scene.broker.hellos} == {(True, 15)}
    assert {(hello.username, hello.password) for hello in scene.broker.hellos} == {("speaker", "secret")}


def test_a_clip_in_parts_is_never_retained_and_expires(scene: Any, keys: Any) -> None:
    """Every part is QoS 1, not retained, with an expiry, under a topic that is only the random id."""
    name = scene.household.put(CLIP)
    scene.until(lambda: len(scene.broker.heard) == 4)
    scene.receipt(keys, name, CLIP)
    scene.until(lambda: scene.household.delivered == [name])
    assert {(part.topic, part.qos, part.retain, part.expires) for part in scene.broker.heard} == {
        (f"keepmum/clips/{name}", 1, False, 3_600)
    }
    bodies = [chunks.read(part.payload) for part in scene.broker.heard]
    assert b"".join(chunk.body for chunk in bodies) == CLIP
    assert f"keepmum/receipts/{name}" in scene.broker.subscribed


def test_the_next_part_waits_for_the_puback(scene: Any) -> None:
    """While the broker is slow to acknowledge, exactly one part is on its way."""
    scene.broker.script.hold_acks = True
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.broker.held))
    scene.settle(19.0)
    assert len(scene.broker.heard) == 1
    scene.broker.release_acks()
    scene.until(lambda: len(scene.broker.heard) == 2)
    scene.settle()
    assert len(scene.broker.heard) == 2


@pytest.mark.parametrize(
    ("code", "kind", "final"),
    [
        (16, "clip", False),
        (131, "clip", False),
        (135, "clip", False),
        (151, "clip", False),
        (16, "action", True),
        (131, "action", False),
        (135, "action", True),
        (151, "action", False),
    ],
)
def test_every_reason_code_but_success_is_a_failure(scene: Any, code: int, kind: str, final: bool) -> None:
    """0 is progress; 16, 131, 135 and 151 come back to the listener as tabled, with their number."""
    scene.broker.script.acks.append(code)
    name = scene.household.put(b"ON", kind, "home/lamp", 60.0)
    scene.until(lambda: bool(scene.answers()))
    [answer] = scene.answers()
    assert (answer.parcel, answer.final) == (name, final)
    assert f"({code})" in answer.reason
    assert scene.household.of(Delivered) == []


def test_an_action_that_is_acknowledged_is_delivered(scene: Any) -> None:
    """A home action goes to its own topic, as it is, and is delivered with the PUBACK."""
    name = scene.household.put(b"ON", "action", "zigbee2mqtt/lamp/set", 9.5)
    scene.until(lambda: scene.household.delivered == [name])
    [heard] = scene.broker.heard
    assert (heard.topic, heard.payload, heard.retain, heard.expires) == ("zigbee2mqtt/lamp/set", b"ON", False, 9)


def test_stop_ends_the_sending_in_the_middle(scene: Any) -> None:
    """After Stop not one more part reaches the broker, and the connection was reset, not closed politely."""
    scene.broker.script.hold_acks = True
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.broker.held))
    scene.household.stop()
    scene.household.put(b"OFF", "action", "home/lamp", 60.0)
    scene.broker.script.hold_acks = False
    scene.until(lambda: len(scene.broker.hellos) == 2, step=0.1)
    scene.until(lambda: bool(scene.household.delivered), step=0.1)
    topics = [heard.topic for heard in scene.broker.heard]
    assert len(topics) == 2
    assert topics[1] == "home/lamp"
    assert scene.broker.goodbyes == 0


def test_stop_is_seen_before_the_next_part(scene: Any) -> None:
    """A PUBACK and a Stop that wait at the same moment: the next part is not sent any more."""
    scene.broker.script.hold_acks = True
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.broker.held))
    scene.broker.release_acks()
    scene.household.stop()
    told: list[Any] = []
    publish = scene.loop._link.publish
    scene.loop._link.publish = lambda *part: (told.append(part), publish(*part))
    scene.settle(30.0)
    assert told == []


def test_stop_leaves_a_part_unfinished(scene: Any) -> None:
    """A part that is half-way out when Stop comes is never completed: the kernel throws away what it still holds."""
    scene.ready()
    scene.household.put(CLIP)
    scene.until(lambda: scene.broker.subscribed[-1].startswith("keepmum/receipts/"))
    for _ in range(10):
        scene.loop.turn()
    scene.household.stop()
    scene.loop.turn()
    scene.until(lambda: scene.broker.resets == 1)
    assert scene.broker.heard == []


def test_a_listener_that_hangs_up_ends_the_sending(scene: Any) -> None:
    """Without its listener the uplink leaves the broker at once."""
    scene.broker.script.hold_acks = True
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.broker.held))
    scene.household.line.close()
    scene.household.line = None
    scene.loop.turn()
    for _ in range(20):
        scene.broker.turn()
    assert not scene.broker.connected
    assert len(scene.broker.heard) == 1


def test_a_cut_connection_goes_on_where_it_was(scene: Any, keys: Any) -> None:
    """Connections that live for one part and a half still bring a clip over, without sending what arrived."""
    scene.broker.script.cut_after.extend([100_000] * 3)
    name = scene.household.put(CLIP)
    scene.until(lambda: len(scene.broker.heard) >= 4, step=0.05)
    scene.receipt(keys, name, CLIP)
    scene.until(lambda: scene.household.delivered == [name], step=0.05)
    assert [chunks.read(part.payload).part for part in scene.broker.heard] == [1, 2, 3, 4]


def test_a_poison_parcel_fails_after_five_attempts(scene: Any) -> None:
    """A broker that hangs up over every part gets five, then the parcel fails for good; there is no loop."""
    scene.broker.script.cut_after.extend([20_000] * 50)
    name = scene.household.put(CLIP)
    scene.until(lambda: bool(scene.household.dropped), step=0.05)
    assert scene.household.dropped[0][0] == name
    assert len(scene.broker.hellos) == 5
    scene.settle(600.0)
    assert len(scene.answers()) == 1


def test_a_broker_that_hangs_up_with_149_is_believed(scene: Any) -> None:
    """DISCONNECT 'packet too large' is final at the first attempt."""
    scene.broker.script.hang_up_on_publish = 149
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.household.dropped))
    assert len(scene.broker.hellos) == 1


def test_a_puback_with_149_ends_after_five_attempts(scene: Any) -> None:
    """MQTT has no such PUBACK, but mosquitto sends it over its message_size_limit: five attempts, then for good."""
    scene.broker.script.acks.extend([149] * 20)
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.household.dropped), step=0.05)
    assert len(scene.broker.heard) == 5
    assert "does not keep to MQTT 5" in scene.household.dropped[0][1]


@pytest.mark.parametrize("largest", [1, 100])
def test_a_tiny_limit_fails_for_good_and_says_so(scene: Any, largest: int) -> None:
    """Where nothing can get through, nothing is tried."""
    scene.broker.script.largest = largest
    name = scene.household.put(CLIP)
    scene.until(lambda: bool(scene.household.dropped))
    assert scene.household.dropped[0][0] == name
    assert f"accepts at most {largest} bytes" in scene.household.dropped[0][1]
    assert scene.broker.heard == []


def test_a_small_limit_makes_small_parts(scene: Any) -> None:
    """Parts stay below what the broker announced."""
    scene.broker.script.largest = 10_000
    scene.household.put(CLIP)
    scene.until(lambda: len(scene.broker.heard) == 21)
    assert max(len(part.payload) for part in scene.broker.heard) < 10_000


def test_without_a_collector_nothing_is_delivered(scene: Any) -> None:
    """The broker takes every part, nobody answers: after thirty seconds the clip is back in the outbox."""
    scene.household.put(b"small")
    scene.until(lambda: len(scene.broker.heard) == 1)
    scene.settle(29.0)
    assert scene.answers() == []
    scene.settle(2.0)
    assert [answer.final for answer in scene.answers()] == [False]
    assert scene.household.of(Delivered) == []
    assert len(scene.household.outbox) == 1


def test_a_forged_receipt_passes_through_and_is_rejected(scene: Any, keys: Any) -> None:
    """The uplink cannot tell a forgery; the listener does, and the clip is delivered by a genuine one later."""
    name = scene.household.put(b"small")
    scene.until(lambda: len(scene.broker.heard) == 1)
    scene.broker.say(f"keepmum/receipts/{name}", b'{"signature":"bm8="}')
    scene.until(lambda: scene.household.forged == 1)
    assert scene.household.delivered == []
    scene.until(lambda: len(scene.broker.heard) == 2, step=0.1)
    scene.receipt(keys, name, b"small")
    scene.until(lambda: scene.household.delivered == [name], step=0.01)


def test_a_wrong_password_is_told_once(scene: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal reaches the owner in plain words, once, while the attempts become rarer."""
    scene.broker.script.connack = 135
    scene.until(lambda: len(scene.broker.hellos) == 8, step=0.5)
    whys = [state.why for state in scene.household.of(BrokerState)]
    assert whys == ["connecting", "not authorised: check broker.username and broker.password_file"]
    assert len([record for record in caplog.records if "not authorised" in record.getMessage()]) == 1
    assert "secret" not in caplog.text


def test_at_most_six_fruitless_connections_a_minute(scene: Any) -> None:
    """A broker that accepts and hangs up at once is not hammered."""
    scene.broker.script.cut_after.extend([10] * 100)
    start = scene.clock.time
    scene.until(lambda: scene.clock.time > start + 60.0, step=0.05)
    seen = scene.broker
    assert seen.script.cut_after.maxlen is None
    assert 100 - len(seen.script.cut_after) <= 7


def test_a_silent_broker_is_left(scene: Any) -> None:
    """No PUBACK within twenty seconds: cut, connect again, send the same part again."""
    scene.broker.script.hold_acks = True
    scene.household.put(CLIP)
    scene.until(lambda: bool(scene.broker.held))
    scene.settle(21.0)
    scene.until(lambda: len(scene.broker.heard) == 2, step=0.1)
    assert [chunks.read(part.payload).part for part in scene.broker.heard] == [1, 1]


def test_requests_for_quiet_come_through(scene: Any) -> None:
    """A word on the tighten topic reaches the listener; a retained one and any other word do not."""
    scene.ready()
    scene.broker.say("keepmum/tighten", b"mute", retain=True)
    scene.broker.say("keepmum/tighten", b"unmute")
    scene.broker.say("keepmum/tighten", b"withdraw")
    scene.until(lambda: bool(scene.household.of(Tighten)))
    scene.settle(10.0)
    assert scene.household.of(Tighten) == [Tighten(want="withdraw")]


def test_the_weather_comes_through(scene: Any) -> None:
    """A retained sentence about the weather is relayed; an endless one is not."""
    scene.ready()
    scene.broker.say("house/weather", b"x" * 3_000, retain=True)
    scene.broker.say("house/weather", b"Rain later.", retain=True)
    scene.until(lambda: bool(scene.household.of(HomeFact)))
    assert scene.household.of(HomeFact) == [HomeFact(name="weather", value="Rain later.")]


def test_a_damaged_parcel_goes_back(scene: Any) -> None:
    """A memfd that is not sealed, or has other bytes than announced, is not sent."""
    scene.ready()
    parcel = Parcel(id="a" * 32, kind="action", topic="x", size=2, sha256="0" * 64)
    fd = os.memfd_create("open")
    os.write(fd, b"ON")
    scene.household.line.send(parcel, fd)
    os.close(fd)
    scene.until(lambda: bool(scene.answers()))
    assert scene.answers()[0].reason == "the parcel came damaged"
    assert scene.broker.heard == []


def test_a_listener_that_talks_nonsense_is_left(scene: Any) -> None:
    """The uplink hangs up, leaves the broker, and knocks again later."""
    scene.ready()
    scene.household.line._socket.send(b"nonsense")
    scene.loop.turn()
    scene.broker.turn()
    assert not scene.broker.connected
    scene.until(lambda: len(scene.household.of(UplinkHello)) == 2, step=0.1)
    assert len(scene.household.of(UplinkHello)) == 2
