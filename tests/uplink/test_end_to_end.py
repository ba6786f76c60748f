"""Listener's door, uplink, the real mosquitto and the collector, with an independent count."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keepmum.clock import RealClock
from keepmum.desk.collector import Collector
from keepmum.desk.store import Store
from keepmum.messages import BrokerState, Delivered, Failed, HomeFact, Next, Tighten
from keepmum.settings import BrokerSettings
from keepmum.uplink import access
from keepmum.uplink.access import Access
from keepmum.uplink.pace import Pace

SWIFT = Pace(first=0.05, longest=0.2, per_minute=1_000, answer=5.0)


@pytest.fixture
def collector(tmp_path: Path, keys: Any) -> Iterator[Callable[[int], Any]]:
    """Make a collector at a port; its store is `collector.store`."""
    made: list[Any] = []

    def make(port: int) -> Any:
        store = Store(tmp_path / "clips.db")
        one: Any = Collector(Access("127.0.0.1", port), "keepmum", keys, store, RealClock(), pace=SWIFT)
        one.store = store
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()
        one.store.close()


def turns(*parts: Any) -> list[Callable[[], None]]:
    """Each part's `turn`, waiting a little in the first only."""
    return [
        lambda part=part: part.turn(0.002) if hasattr(part, "close") and _waits(part) else part.turn() for part in parts
    ]


def _waits(part: Any) -> bool:
    return type(part).__name__ in {"Loop", "Collector"}


def said(port: int, topic: str, payload: str, *more: str) -> None:
    subprocess.run(
        ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-t", topic, "-m", payload, *more], check=True, timeout=10
    )


def test_clips_arrive_once_and_the_independent_count_agrees(
    mosquitto: Any, counter: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """Three clips: delivered by genuine receipts, stored once each; mosquitto_sub saw exactly their parts."""
    broker = mosquitto()
    count = counter(broker.port)
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    names = [household.put_clip(seconds) for seconds in (0.5, 3.0, 6.0)]
    sizes = {waiting.parcel.id: waiting.parcel.size for waiting in household.outbox}
    loop = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: household.delivered == names, *turns(loop, household, desk))
    assert [row.id for row in desk.store.clips()] == names
    assert {row.id: row.size for row in desk.store.clips()} == sizes
    rows = count.drain("test/end", lambda topic: said(broker.port, topic, "x"))
    parts = [(topic, size) for topic, size in rows if topic.startswith("keepmum/clips/")]
    receipts = [topic for topic, _ in rows if topic.startswith("keepmum/receipts/")]
    assert sorted(receipts) == sorted(f"keepmum/receipts/{name}" for name in names)
    for name in names:
        mine = [size for topic, size in parts if topic == f"keepmum/clips/{name}"]
        assert max(mine) <= 65_536
        assert sum(size - 60 for size in mine) == sizes[name]
    assert len(rows) == len(parts) + len(receipts)


def test_a_home_action_reaches_the_house(
    mosquitto: Any, counter: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """A command is heard by whoever subscribed to its topic, once, and delivered."""
    broker = mosquitto()
    count = counter(broker.port, "zigbee2mqtt/#")
    name = household.put(b"ON", "action", "zigbee2mqtt/lamp/set", 10.0)
    wait_until(lambda: household.delivered == [name], *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert count.until(1) == [("zigbee2mqtt/lamp/set", 2)]


def test_a_home_action_that_nobody_hears_has_failed(
    mosquitto: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """The broker's 16 is a failure with a reason, and for good: the moment is over."""
    broker = mosquitto()
    household.put(b"ON", "action", "zigbee2mqtt/lamp/set", 10.0)
    wait_until(lambda: bool(household.dropped), *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert household.dropped[0][1] == "nobody listens there (16)"


def test_nobody_collects_nothing_is_delivered(mosquitto: Any, household: Any, uplink: Any, wait_until: Any) -> None:
    """Without a collector the clip stays in the outbox, whatever the broker accepted."""
    broker = mosquitto()
    household.put_clip(1.0)
    wait_until(lambda: len(household.of(Failed)) == 3, *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert household.of(Delivered) == []
    assert len(household.outbox) == 1
    assert {(answer.reason, answer.final) for answer in household.of(Failed)} == {("nobody listens there (16)", False)}


def test_a_reader_that_is_no_collector_delivers_nothing(
    mosquitto: Any, counter: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """PUBACK 0 is not delivery: somebody subscribed, nobody stored, so no receipt and no Delivered."""
    broker = mosquitto()
    counter(broker.port)
    household.put_clip(1.0)
    wait_until(lambda: bool(household.of(Failed)), *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert "no receipt from the collector" in household.of(Failed)[0].reason
    assert household.of(Delivered) == []


def test_a_broker_killed_in_the_middle_loses_nothing(
    mosquitto: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """kill -9 of the broker in the middle of a transfer, three times: the clip arrives, and is stored once."""
    broker = mosquitto()
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    loop = uplink(Access("127.0.0.1", broker.port))
    names = [household.put_clip(6.0) for _ in range(3)]
    everything = turns(loop, household, desk)
    for done in range(3):
        wait_until(lambda done=done: len(household.delivered) >= done and _half_way(loop), *everything)
        broker.kill()
        wait_until(lambda: not household.of(BrokerState)[-1].online, *everything)
        broker.start()
        wait_until(lambda done=done: len(household.delivered) > done, *everything)
    assert household.delivered == names
    assert [row.id for row in desk.store.clips()] == names
    assert desk.store.alarms() == []


def _half_way(loop: Any) -> bool:
    load = loop._courier.load
    return load is not None and 0 < load.sent < len(load.parts)


def test_a_poor_link_brings_everything_over_once(
    mosquitto: Any, household: Any, uplink: Any, collector: Any, relay: Any, wait_until: Any
) -> None:
    """Connections that break after 70 to 300 KB: every clip arrives, and is stored once."""
    broker = mosquitto()
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    link = relay(broker.port, 70_000, 300_000, 5)
    names = [household.put_clip(6.0) for _ in range(8)]
    loop = uplink(Access("127.0.0.1", link.port))
    wait_until(lambda: len(household.delivered) == 8, *turns(link, loop, household, desk))
    assert household.delivered == names
    assert [row.id for row in desk.store.clips()] == names
    assert link.cuts >= 5


def test_a_lost_receipt_is_repeated_and_nothing_is_stored_twice(
    mosquitto: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """The uplink dies before the receipt came: a new one carries the clip again, and the desk has it once."""
    broker = mosquitto()
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    name = household.put_clip(3.0)
    first = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: _all_sent(first), *turns(first, household))
    first.close()
    wait_until(lambda: bool(desk.store.clips()), *turns(desk))
    assert household.delivered == []
    second = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: household.delivered == [name], *turns(second, household, desk))
    assert [row.id for row in desk.store.clips()] == [name]


def _all_sent(loop: Any) -> bool:
    load = loop._courier.load
    return load is not None and bool(load.parts) and load.all_sent


def test_a_collector_that_was_away_finds_the_clip(
    mosquitto: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """Its session waits at the broker: a clip sent while it was away is stored and answered when it is back."""
    broker = mosquitto()
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    desk.close()
    name = household.put_clip(1.0)
    loop = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: bool(household.of(Failed)), *turns(loop, household))
    wait_until(lambda: household.delivered == [name], *turns(loop, household, desk))
    assert [row.id for row in desk.store.clips()] == [name]


def test_a_wrong_password_is_told_and_nothing_is_sent(
    mosquitto: Any, household: Any, uplink: Any, tmp_path: Path, wait_until: Any
) -> None:
    """mosquitto refuses: the listener hears 'not authorised', and is never asked for a parcel."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "speaker", "right"], check=True)
    passwords.chmod(0o644)
    broker = mosquitto(f"allow_anonymous false\npassword_file {passwords}")
    household.put_clip(1.0)
    wrong = uplink(Access("127.0.0.1", broker.port, "speaker", "wrong"))
    wait_until(
        lambda: "not authorised" in (household.of(BrokerState) or [BrokerState(online=False)])[-1].why,
        *turns(wrong, household),
    )
    assert household.of(Next) == []
    wrong.close()
    right = uplink(Access("127.0.0.1", broker.port, "speaker", "right"))
    wait_until(lambda: bool(household.of(Next)), *turns(right, household))


def test_an_acl_that_forbids_publishing_is_a_failure(
    mosquitto: Any, household: Any, uplink: Any, tmp_path: Path, wait_until: Any
) -> None:
    """Reason 135 on a part is Failed, never Delivered."""
    acl = tmp_path / "acl"
    acl.write_text("topic read keepmum/receipts/#\n")
    broker = mosquitto(f"allow_anonymous true\nacl_file {acl}")
    household.put_clip(1.0)
    wait_until(lambda: bool(household.of(Failed)), *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert household.of(Failed)[0].reason == "not authorised (135)"
    assert household.of(Delivered) == []


@pytest.mark.parametrize("line", ["max_packet_size 60", "max_packet_size 120"])
def test_a_tiny_packet_limit_is_final(mosquitto: Any, household: Any, uplink: Any, wait_until: Any, line: str) -> None:
    """mosquitto announces a limit that lets nothing through: the clip fails once and for good."""
    broker = mosquitto(f"allow_anonymous true\n{line}")
    household.put_clip(5.0)
    wait_until(lambda: bool(household.dropped), *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert f"the broker accepts at most {line.split()[1]} bytes" in household.dropped[0][1]


def test_a_clip_larger_than_the_packet_limit_goes_in_smaller_parts(
    mosquitto: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """A clip of 320 KB passes a broker that takes 20 KB."""
    broker = mosquitto("allow_anonymous true\nmax_packet_size 20000")
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    name = household.put_clip(10.0)
    loop = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: household.delivered == [name], *turns(loop, household, desk))


def test_a_poison_limit_that_is_not_announced_ends(
    mosquitto: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """message_size_limit is not in CONNACK: after five attempts the clip fails for good, and there is no loop."""
    broker = mosquitto("allow_anonymous true\nmessage_size_limit 10000")
    household.put_clip(5.0)
    wait_until(lambda: bool(household.dropped), *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert household.dropped[0][1].startswith("5 attempts: ")
    assert len(household.of(Failed)) == 1


def test_the_house_tightens_and_tells_the_weather(mosquitto: Any, household: Any, uplink: Any, wait_until: Any) -> None:
    """Words from mosquitto_pub reach the listener; a retained request for quiet does not."""
    broker = mosquitto()
    said(broker.port, "house/weather", "Rain later.", "-r")
    said(broker.port, "keepmum/tighten", "forget", "-r")
    loop = uplink(Access("127.0.0.1", broker.port), weather="house/weather")
    wait_until(lambda: bool(household.of(HomeFact)), *turns(loop, household))
    said(broker.port, "keepmum/tighten", "unmute")
    said(broker.port, "keepmum/tighten", "mute")
    wait_until(lambda: bool(household.of(Tighten)), *turns(loop, household))
    assert household.of(HomeFact) == [HomeFact(name="weather", value="Rain later.")]
    assert household.of(Tighten) == [Tighten(want="mute")]


def _certificates(folder: Path, name: str) -> None:
    """A self-signed certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / f"{name}.pem").write_bytes(signed.public_bytes(pem))
    for file in (f"{name}.key", f"{name}.pem"):
        (folder / file).chmod(0o644)


def test_tls_with_the_right_authority_only(
    mosquitto: Any, household: Any, uplink: Any, tmp_path: Path, wait_until: Any
) -> None:
    """With the broker's authority a first part goes out; with another one nothing does, and the owner hears why."""
    for name in ("house", "stranger"):
        _certificates(tmp_path, name)
    files = f"cafile {tmp_path}/house.pem\ncertfile {tmp_path}/house.pem\nkeyfile {tmp_path}/house.key"
    broker = mosquitto(f"{files}\nallow_anonymous true")

    def found(name: str) -> Access | None:
        return access.read(
            BrokerSettings(host="127.0.0.1", port=broker.port, tls=True, ca_file=tmp_path / f"{name}.pem")
        )

    stranger = uplink(found("stranger"))
    wait_until(lambda: len(household.of(BrokerState)) == 2, *turns(stranger, household))
    assert household.of(BrokerState)[-1].why.startswith("certificate of 127.0.0.1:")
    assert household.of(Next) == []
    stranger.close()
    household.put_clip(5.0)
    wait_until(lambda: bool(household.of(Failed)), *turns(uplink(found("house")), household))
    assert household.of(Failed)[0].reason == "nobody listens there (16)"


def test_a_clip_is_destroyed_on_demand_and_the_desk_says_so_signed(
    mosquitto: Any, counter: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """The secret goes out once, the desk destroys the clip, its answer convinces the listener; nothing is retained."""
    broker = mosquitto()
    count = counter(broker.port, "keepmum/deletions/#")
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    clip = household.put_clip(3.0)
    loop = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: household.delivered == [clip], *turns(loop, household, desk))
    assert [row.id for row in desk.store.clips()] == [clip]
    name = household.demand(clip)
    wait_until(lambda: household.deleted == [name], *turns(loop, household, desk))
    assert desk.store.clips() == []
    deletion = hashlib.sha256(household.secrets[clip]).hexdigest()
    assert count.until(1) == [(f"keepmum/deletions/{deletion}", 32)]
    words = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-W", "1", "--retained-only"]
    assert subprocess.run(words, capture_output=True, timeout=10, check=False).stdout == b""


def test_a_demand_without_a_desk_fails_and_is_not_lost(
    mosquitto: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """Nobody listens: Failed with the broker's reason, not for good; the listener asks again later."""
    broker = mosquitto()
    name = household.demand()
    wait_until(lambda: bool(household.of(Failed)), *turns(uplink(Access("127.0.0.1", broker.port)), household))
    assert household.of(Failed)[0] == Failed(parcel=name, reason="nobody listens there (16)", final=False)


def test_sixty_clips_are_recalled_one_connection_each(
    mosquitto: Any, household: Any, uplink: Any, collector: Any, wait_until: Any
) -> None:
    """Whoever withdraws has all of them demanded without the limit for fruitless connections in the way."""
    broker = mosquitto("allow_anonymous true\nlog_type notice")
    desk = collector(broker.port)
    wait_until(lambda: desk.ready, *turns(desk))
    names = [household.demand() for _ in range(60)]
    loop = uplink(Access("127.0.0.1", broker.port))
    wait_until(lambda: household.deleted == names, *turns(loop, household, desk))
    assert household.of(Failed) == []
