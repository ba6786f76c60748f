"""One connection to a broker: what it reports, and what it survives."""

from __future__ import annotations

import random
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from keepmum.uplink.access import Access
from keepmum.uplink.broker import Link, Session
from keepmum.uplink.events import BrokerEvent, Came, Down, Listening, Up


def event_of(link: Link, *turns: Callable[[], None]) -> BrokerEvent:
    end = time.monotonic() + 20
    while (event := link.next_event()) is None:
        assert time.monotonic() < end, "nothing happened"
        for turn in turns:
            turn()
        link.turn()
    return event


@pytest.fixture
def link(scripted: Any) -> Iterator[Link]:
    """A link to the scripted broker, not connected yet."""
    one = Link(Access("127.0.0.1", scripted.port))
    yield one
    one.leave(abrupt=True)


def test_it_reports_the_brokers_limits(link: Link, scripted: Any) -> None:
    """MaximumPacketSize is read from CONNACK; paho itself ignores it."""
    scripted.script.largest = 12_345
    link.connect()
    assert event_of(link, scripted.turn) == Up(12_345, 65_535)


def test_a_refused_connection_is_one_event(link: Link) -> None:
    """Nothing listens there: one Down in plain words, no exception."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    lost = Link(Access("127.0.0.1", port))
    lost.connect()
    assert event_of(lost) == Down(f"refused: nothing answers at 127.0.0.1:{port}")
    assert lost.next_event() is None
    assert lost.fileno() == -1


def test_a_name_that_nobody_knows_is_one_event() -> None:
    """Both an unknown name and one that cannot be a name are told as such."""
    for host, why in (("no-such-broker.invalid", "is not known"), ("x" * 70, "is no name of a broker")):
        lost = Link(Access(host, 1883))
        lost.connect()
        event = event_of(lost)
        assert isinstance(event, Down)
        assert why in event.why


def test_a_broker_without_tls_is_told_apart(scripted: Any) -> None:
    """TLS with a broker that hangs up over it fails in plain words."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        plain = Link(Access("localhost", door.getsockname()[1], tls=ssl.create_default_context()))
        door.settimeout(5)
        # The kernel takes the connection; what it reads back is no TLS.
        _answer_with(door, b"\x20\x03\0\x01\0")
        plain.connect()
    event = event_of(plain)
    assert isinstance(event, Down)
    assert event.why.startswith(("no TLS with", "localhost:"))


def _answer_with(door: socket.socket, answer: bytes) -> None:
    import threading

    def serve() -> None:
        client, _ = door.accept()
        with client:
            client.recv(1)
            client.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()


def test_only_the_first_reason_is_reported(link: Link, scripted: Any) -> None:
    """A refusal in CONNACK and the hang-up after it are one Down, with the broker's code."""
    scripted.script.connack = 134
    link.connect()
    assert event_of(link, scripted.turn) == Down("not authorised: wrong user name or password", False, 134)
    for _ in range(20):
        scripted.turn()
        link.turn()
    assert link.next_event() is None


def test_a_lasting_session_keeps_its_name(scripted: Any) -> None:
    """The collector's client has one name and does not start clean, from the first connection on."""
    link = Link(Access("127.0.0.1", scripted.port), Session("desk", 600))
    for _ in range(2):
        link.connect()
        assert isinstance(event_of(link, scripted.turn), Up)
    link.leave()
    assert [(hello.client_id, hello.clean_start) for hello in scripted.hellos] == [("desk", False)] * 2


def test_a_subscription_is_answered_by_topic(link: Link, scripted: Any) -> None:
    """Each subscription reports its own topic and code."""
    link.connect()
    event_of(link, scripted.turn)
    link.listen("a")
    assert event_of(link, scripted.turn) == Listening("a", 1)
    scripted.script.suback = 135
    link.listen("b")
    assert event_of(link, scripted.turn) == Listening("b", 135)


def test_leaving_politely_says_goodbye(link: Link, scripted: Any) -> None:
    """With nothing under way the broker gets a DISCONNECT."""
    link.connect()
    event_of(link, scripted.turn)
    link.leave()
    for _ in range(20):
        scripted.turn()
    assert scripted.goodbyes == 1
    assert link.next_event() is None


def test_nothing_is_queued_while_there_is_no_connection(link: Link, scripted: Any) -> None:
    """What is published or subscribed offline is gone: paho's queue, which sends later unasked, stays empty."""
    link.publish("x", b"early", None)
    link.listen("x")
    link.connect()
    event_of(link, scripted.turn)
    for _ in range(20):
        scripted.turn()
        link.turn()
    assert scripted.heard == []
    assert scripted.subscribed == []


def test_paho_opens_no_listening_port(link: Link, scripted: Any) -> None:
    """paho's way to wake itself up is a pair of Unix sockets: the uplink may not listen."""
    first, second = mqtt._socketpair_compat()
    with first, second:
        assert first.family == socket.AF_UNIX


def test_nonsense_never_raises(link: Link, scripted: Any) -> None:
    """Hundreds of broken packets of every kind: each ends in a Down or in nothing."""
    chance = random.Random(4)
    kinds = [0x00, 0x10, 0x20, 0x30, 0x32, 0x34, 0x3E, 0x40, 0x50, 0x62, 0x90, 0xB0, 0xE0, 0xF0]
    downs = 0
    for number in range(600):
        if link.fileno() < 0:
            link.connect()
            assert isinstance(event_of(link, scripted.turn), Up)
            link.listen("t")
            scripted.script.hold_acks = True
            link.publish("t", b"x", None)
            for _ in range(3):
                scripted.turn()
                link.turn()
        body = chance.randbytes(chance.randrange(0, 24))
        if number % 2:
            body = b"\0\2" + body
        scripted.raw(bytes([chance.choice(kinds), len(body)]) + body)
        for _ in range(3):
            link.turn()
            scripted.turn()
        while (event := link.next_event()) is not None:
            downs += isinstance(event, Down)
    assert downs > 10


def test_a_topic_that_is_no_text_never_reaches_the_policy(link: Link, scripted: Any) -> None:
    """A PUBLISH whose topic is not UTF-8 ends the connection."""
    link.connect()
    event_of(link, scripted.turn)
    scripted.raw(b"\x30\x06\0\2\xff\xfe\0x")
    assert event_of(link) == Down("the broker does not keep to MQTT 5", True)


def test_messages_come_as_bytes_with_their_retained_flag(link: Link, scripted: Any) -> None:
    """What comes is passed on unread."""
    link.connect()
    event_of(link, scripted.turn)
    scripted.say("weather", b"\xff", retain=True)
    assert event_of(link) == Came("weather", b"\xff", True)


@pytest.mark.parametrize(
    "packet",
    [
        b"\x30\xff\xff\xff\x7f\0\1t\0" + bytes(100),
        b"\x30\x81\x80\x08\0\1t\0" + bytes(100),
        b"\x34\x07\0\1t\0\1\0x",
    ],
    ids=["a message of 256 MB", "one byte above what we take", "QoS 2"],
)
def test_what_we_do_not_take_ends_the_connection_before_it_fills_memory(
    link: Link, scripted: Any, packet: bytes
) -> None:
    """We said how large a packet may be, and subscribe with QoS 1: more is hung up on at its first bytes."""
    link.connect()
    event_of(link, scripted.turn)
    scripted.raw(packet)
    assert event_of(link) == Down("the broker does not keep to MQTT 5", True)
    assert link.fileno() == -1


def test_why_a_broker_hung_up_is_read_before_anything_is_sent(link: Link, scripted: Any) -> None:
    """A CONNACK and a DISCONNECT in one breath: the reason reaches the owner."""
    scripted.script.hang_up_on_connect = 151
    link.connect()
    first = event_of(link, scripted.turn)
    assert first == Up(None, 65_535)
    assert event_of(link) == Down("the broker is full: its quota is used up", True, 151)
