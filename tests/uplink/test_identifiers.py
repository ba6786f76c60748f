"""I6: nothing of the machine stands in what leaves it, read from a recorded session of the real process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keepmum.clock import RealClock
from keepmum.consent import Mode
from keepmum.desk.collector import Collector
from keepmum.desk.store import Store
from keepmum.listener.announcement import Counts, Topics, discovery, status
from keepmum.uplink.access import Access
from keepmum.uplink.pace import Pace

sys.path.insert(0, str(Path(__file__).parents[1]))  # what all tests share stands above this folder

import machine_identifiers

wire = sys.modules["keepmum_tests_uplink_scripted_broker"]
SWIFT = Pace(first=0.05, longest=0.2, per_minute=1_000, answer=5.0)
CANARIES = {"HOSTNAME": "canary-host", "USER": "canary-user", "LOGNAME": "canary-login", "HOME": "/home/canary-home"}
WHOLE = 10**9
EXPIRY, LARGEST_PACKET = 0x02, 0x27
TOPICS = Topics("keepmum/home", "keepmum/status", "homeassistant")
ANNOUNCED = re.escape(TOPICS.discovery)
ALLOWED = re.compile(
    rf"keepmum/clips/[0-9a-f]{{32}}|keepmum/deletions/[0-9a-f]{{64}}|keepmum/home/lamp|keepmum/status|{ANNOUNCED}"
)


def renamed() -> list[str]:
    """The words before a command that let it run on a machine called `canary-host`, if the kernel allows that."""
    for before in (["unshare", "--uts"], ["unshare", "--user", "--map-root-user", "--uts"]):
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0:
            return [*before, "sh", "-c", 'hostname canary-host && exec "$@"', "sh"]
    return []


def leaks(session: bytes) -> list[bytes]:
    """Every name of this machine, and every canary, that stands in the session."""
    names = machine_identifiers.spellings(machine_identifiers.names())
    names |= {canary.encode() for canary in CANARIES.values()} | {b"canary"}
    return sorted(name for name in names if name in session)


def packets(said: bytearray) -> list[tuple[int, int, bytes]]:
    """The MQTT packets of one client."""
    rest, found = bytearray(said), []
    while (packet := wire.next_packet(rest)) is not None:
        found.append(packet)
    assert not rest, "the session ends within a packet"
    return found


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[int], Any]]:
    """Start the real uplink on a machine full of canaries, with a user name and Home Assistant."""
    started: list[subprocess.Popen[str]] = []

    def begin(port: int) -> Any:
        file = tmp_path / "owner.yaml"
        file.write_text(
            f"folders: {{run: {tmp_path / 'run'}}}\n"
            f"broker: {{host: 127.0.0.1, port: {port}, username: speaker}}\n"
            "home: {discovery: homeassistant, weather_topic: house/weather}\n"
        )
        words = [*renamed(), sys.executable, "-m", "keepmum.uplink", "--config", str(file)]
        env = {**os.environ, **CANARIES}
        started.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=env))
        return started[-1]

    yield begin
    for one in started:
        if one.poll() is None:
            one.kill()
        one.communicate()


@pytest.fixture
def session(
    mosquitto: Any, relay: Any, household: Any, process: Any, keys: Any, tmp_path: Path, wait_until: Any
) -> Iterator[Any]:
    """A clip, a light, an announcement, two statuses and a recall, each delivered, through a relay that remembers."""
    broker = mosquitto()
    link = relay(broker.port, WHOLE, WHOLE, 1)
    store = Store(tmp_path / "clips.db")
    desk = Collector(Access("127.0.0.1", broker.port), "keepmum", keys, store, RealClock(), pace=SWIFT)
    home = subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-t", "#"], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: desk.ready, lambda: desk.turn(0.01))
        clip = household.put_clip(3.0)
        household.put(b"ON", "action", "keepmum/home/lamp", 60.0)
        household.put(discovery(TOPICS).encode(), "status", TOPICS.discovery, 60.0)
        household.put(status(Mode.SHARE, False, Counts(1, 2)).encode(), "status", "keepmum/status", 60.0)
        household.put(status(Mode.LOCAL, True, Counts(1, 2)).encode(), "status", "keepmum/status", 60.0)
        uplink = process(link.port)
        turns = (link.turn, lambda: household.turn(0.002), lambda: desk.turn(0.0))
        wait_until(lambda: len(household.delivered) == 5, *turns)
        household.demand(clip)
        wait_until(lambda: len(household.deleted) == 1, *turns)
        uplink.send_signal(signal.SIGTERM)
        wait_until(lambda: uplink.poll() is not None, *turns)
        wait_until(lambda: not link.open, *turns)
        yield link
    finally:
        home.terminate()
        home.wait()
        desk.close()
        store.close()


def test_no_identifier_of_the_machine_is_on_the_wire(session: Any) -> None:
    """Host name, user, machine id, serial numbers, MAC addresses, SSID, environment: none, in either direction."""
    assert len(machine_identifiers.names()) >= 3
    for recorded in (*session.said, *session.answered):
        assert leaks(bytes(recorded)) == []


def test_every_connection_has_a_random_name_and_tells_its_packet_size_alone(session: Any) -> None:
    """CONNECT: 22 random hexadecimal digits that are used once, the owner's user name, and one property."""
    hellos = [wire.hello_in(packets(said)[0][2]) for said in session.said]
    assert len(hellos) == 3
    assert len({hello.client_id for hello in hellos}) == 3
    for hello in hellos:
        assert re.fullmatch(r"[0-9a-f]{22}", hello.client_id)
        assert (hello.username, hello.password, hello.clean_start) == ("speaker", None, True)
        assert (hello.properties[0], len(hello.properties)) == (LARGEST_PACKET, 5)
    assert [hello.will for hello in hellos] == [None, ("keepmum/status", b"{}", 1, False), None]


def test_every_message_has_an_expiry_and_no_other_property(session: Any) -> None:
    """PUBLISH: topics of the table in the README, not retained, no user property, no answer topic, no content type."""
    published = [packet for said in session.said for packet in packets(said) if packet[0] == wire.PUBLISH]
    topics = []
    for _, flags, body in published:
        length = int.from_bytes(body[:2], "big")
        topics.append(body[2 : 2 + length].decode())
        properties = body[5 + length : 5 + length + body[4 + length]]
        assert (properties[0], len(properties), flags & 1) == (EXPIRY, 5, 0)
    assert all(ALLOWED.fullmatch(topic) for topic in topics)
    assert len([topic for topic in topics if not topic.startswith("keepmum/clips/")]) == 5


def test_the_demand_was_alone_on_its_connection(session: Any) -> None:
    """One subscription, one message, one answer: what the clip's connection said is nowhere in it."""
    kinds = [[kind for kind, _, _ in packets(said)] for said in session.said]
    assert kinds[-1] == [wire.CONNECT, wire.SUBSCRIBE, wire.PUBLISH, wire.PUBACK, wire.DISCONNECT]
    assert not any(b"deletions" in said or b"deleted" in said for said in session.said[:-1])
    assert b"clips" not in session.said[-1]
    assert b"tighten" not in session.said[-1]


def test_a_client_that_tells_its_machines_name_is_caught(mosquitto: Any, relay: Any, wait_until: Any) -> None:
    """The control: mosquitto_pub with the host's name, through the same relay, is found."""
    broker = mosquitto()
    link = relay(broker.port, WHOLE, WHOLE, 1)
    name = sorted(machine_identifiers.names())[0]
    words = ["mosquitto_pub", "-p", str(link.port), "-i", f"speaker-{name}", "-t", "keepmum/status", "-m", "{}"]
    client = subprocess.Popen(words)
    wait_until(lambda: client.poll() is not None, link.turn)
    assert name.encode() in leaks(bytes(link.said[0]))
