"""An MQTT 5 broker that does what a test tells it to: any reason code, any limit, silence, and cuts.

It runs in the test's own thread: nothing happens between two calls of `turn`.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from dataclasses import dataclass, field

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 10, 11, 12, 13, 14


@dataclass
class Hello:
    """What a client said in CONNECT."""

    client_id: str
    clean_start: bool
    keepalive: int
    username: str | None
    password: str | None
    properties: bytes = b""
    will: tuple[str, bytes, int, bool] | None = None
    """Topic, payload, QoS, retained."""


@dataclass
class Heard:
    """A message that a client published."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    expires: int | None
    properties: bytes = b""
    who: str = ""
    """The client's own name."""


@dataclass
class Script:
    """What the broker does. Left alone it is a good one."""

    connack: int = 0
    largest: int | None = None
    raw_connack: deque[bytes] = field(default_factory=deque)
    """Bytes to answer the next CONNECTs with, whatever they are; an ordinary CONNACK when empty."""
    suback: int = 1
    acks: deque[int] = field(default_factory=deque)
    """Reason codes of the next PUBACKs; 0 when empty."""
    hold_acks: bool = False
    cut_after: deque[int] = field(default_factory=deque)
    """Bytes after which the next connections are cut; never when empty."""
    hang_up_on_connect: int | None = None
    """A DISCONNECT with this reason after an ordinary CONNACK."""
    hang_up_on_publish: int | None = None
    """A DISCONNECT with this reason instead of a PUBACK."""
    hang_up_after_ack: bool = False
    """A PUBACK, and then nothing more."""


@dataclass
class Visit:
    """One connection."""

    socket: socket.socket
    budget: int | None
    hello: Hello | None = None
    topics: list[str] = field(default_factory=list)
    bytes: bytearray = field(default_factory=bytearray)
    goodbye: int | None = None
    """The reason of its DISCONNECT."""


class ScriptedBroker:
    """Listens on a free loopback port; `hellos` and `heard` say what came, from however many connections at once."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self.port: int = self._door.getsockname()[1]
        self.script = Script()
        self.hellos: list[Hello] = []
        self.heard: list[Heard] = []
        self.subscribed: list[str] = []
        self.held: list[tuple[Visit, int]] = []
        self.goodbyes = 0
        self.resets = 0
        self.visits: list[Visit] = []
        """All that there were."""
        self._open: list[Visit] = []

    @property
    def connected(self) -> bool:
        return bool(self._open)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def turn(self) -> None:
        """Take in what came and answer it."""
        self._accept()
        for visit in list(self._open):
            self._read(visit)

    def _read(self, visit: Visit) -> None:
        try:
            came = visit.socket.recv(65_536)
        except BlockingIOError:
            return
        except ConnectionResetError:
            self.resets += 1
            self._cut(visit)
            return
        if not came:
            self._cut(visit)
            return
        if visit.budget is not None:
            visit.budget -= len(came)
            if visit.budget < 0:
                self._cut(visit, abrupt=True)
                return
        visit.bytes += came
        while visit in self._open and (packet := next_packet(visit.bytes)) is not None:
            self._answer(visit, *packet)

    def cut(self, *, abrupt: bool = False) -> None:
        """Hang up on everybody."""
        for visit in list(self._open):
            self._cut(visit, abrupt=abrupt)

    def _send(self, visit: Visit, packet: bytes) -> None:
        """To a client that may have hung up already."""
        try:
            visit.socket.sendall(packet)
        except (BrokenPipeError, ConnectionResetError):
            self._cut(visit)

    def _cut(self, visit: Visit, *, abrupt: bool = False) -> None:
        if abrupt:
            visit.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visit.socket.close()
        if visit in self._open:
            self._open.remove(visit)

    def close(self) -> None:
        self.cut()
        self._door.close()

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 0 to whoever subscribed, or to the oldest client if nobody did."""
        packet = _packed(PUBLISH, _text(topic) + b"\0" + payload, flags=int(retain))
        for visit in [one for one in self._open if topic in one.topics] or self._open[:1]:
            self._send(visit, packet)

    def raw(self, packet: bytes) -> None:
        """Send any bytes at all to the oldest client."""
        self._open[0].socket.sendall(packet)

    def release_acks(self) -> None:
        """Send the PUBACKs that were held back."""
        for visit, mid in self.held:
            self._puback(visit, mid)
        self.held.clear()

    def _accept(self) -> None:
        try:
            client, _ = self._door.accept()
        except BlockingIOError:
            return
        client.setblocking(False)
        budget = self.script.cut_after.popleft() if self.script.cut_after else None
        self._open.append(Visit(client, budget))
        self.visits.append(self._open[-1])

    def _answer(self, visit: Visit, kind: int, flags: int, body: bytes) -> None:
        if kind == CONNECT:
            self._connect(visit, body)
        elif kind == SUBSCRIBE:
            mid, topics = _subscription(body)
            self.subscribed += topics
            visit.topics += topics
            self._send(visit, _packed(SUBACK, mid + b"\0" + bytes([self.script.suback] * len(topics))))
        elif kind == UNSUBSCRIBE:
            self._send(visit, _packed(UNSUBACK, body[:2] + b"\0\0"))
        elif kind == PUBLISH:
            self._publish(visit, flags, body)
        elif kind == PINGREQ:
            self._send(visit, _packed(PINGRESP, b""))
        elif kind == DISCONNECT:
            self.goodbyes += 1
            visit.goodbye = body[0] if body else 0
            self._cut(visit)

    def _connect(self, visit: Visit, body: bytes) -> None:
        visit.hello = hello_in(body)
        self.hellos.append(visit.hello)
        if self.script.raw_connack:
            self._send(visit, self.script.raw_connack.popleft())
            return
        told = b"" if self.script.largest is None else b"\x27" + struct.pack(">I", self.script.largest)
        self._send(visit, _packed(CONNACK, bytes([0, self.script.connack, len(told)]) + told))
        if self.script.hang_up_on_connect is not None:
            self._send(visit, _packed(DISCONNECT, bytes([self.script.hang_up_on_connect, 0])))
        if self.script.connack or self.script.hang_up_on_connect is not None:
            self._cut(visit)

    def _publish(self, visit: Visit, flags: int, body: bytes) -> None:
        length = int.from_bytes(body[:2], "big")
        topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
        mid, told, payload = int.from_bytes(rest[:2], "big"), rest[3 : 3 + rest[2]], rest[3 + rest[2] :]
        expires = int.from_bytes(told[1:5], "big") if told[:1] == b"\2" else None
        assert visit.hello is not None
        who = visit.hello.client_id
        self.heard.append(Heard(topic, payload, flags >> 1 & 3, bool(flags & 1), expires, told, who))
        if self.script.hang_up_on_publish is not None:
            self._send(visit, _packed(DISCONNECT, bytes([self.script.hang_up_on_publish, 0])))
            self._cut(visit)
        elif self.script.hold_acks:
            self.held.append((visit, mid))
        else:
            self._puback(visit, mid)
            if self.script.hang_up_after_ack:
                self._cut(visit)

    def _puback(self, visit: Visit, mid: int) -> None:
        code = self.script.acks.popleft() if self.script.acks else 0
        self._send(visit, _packed(PUBACK, struct.pack(">HBB", mid, code, 0)))


def next_packet(came: bytearray) -> tuple[int, int, bytes] | None:
    """The next whole packet, taken out of what came."""
    length = shift = 0
    position = 1
    while True:
        if position >= len(came):
            return None
        byte = came[position]
        position += 1
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    if len(came) < position + length:
        return None
    first, body = came[0], bytes(came[position : position + length])
    del came[: position + length]
    return first >> 4, first & 15, body


def hello_in(body: bytes) -> Hello:
    """What stands in a CONNECT."""
    assert body[:7] == b"\0\4MQTT\5", "not MQTT 5"
    flags, keepalive = body[7], int.from_bytes(body[8:10], "big")
    rest = body[11 + body[10] :]

    def field() -> bytes:
        nonlocal rest
        length = int.from_bytes(rest[:2], "big")
        taken, rest = rest[2 : 2 + length], rest[2 + length :]
        return taken

    name, will = field().decode(), None
    if flags & 4:
        rest = rest[1 + rest[0] :]
        will = (field().decode(), field(), flags >> 3 & 3, bool(flags & 0x20))
    username = field().decode() if flags & 0x80 else None
    password = field().decode() if flags & 0x40 else None
    return Hello(name, bool(flags & 2), keepalive, username, password, body[11 : 11 + body[10]], will)


def _subscription(body: bytes) -> tuple[bytes, list[str]]:
    rest, topics = body[3 + body[2] :], []
    while rest:
        length = int.from_bytes(rest[:2], "big")
        topics.append(rest[2 : 2 + length].decode())
        rest = rest[3 + length :]
    return body[:2], topics


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def _packed(kind: int, body: bytes, flags: int = 0) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (128 if length else 0))
        if not length:
            return bytes([kind << 4 | flags]) + bytes(digits) + body
