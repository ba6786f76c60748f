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


@dataclass
class Heard:
    """A message that a client published."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    expires: int | None


@dataclass
class Script:
    """What the broker does. Left alone it is a good one."""

    connack: int = 0
    largest: int | None = None
    suback: int = 1
    acks: deque[int] = field(default_factory=deque)
    """Reason codes of the next PUBACKs; 0 when empty."""
    hold_acks: bool = False
    cut_after: deque[int] = field(default_factory=deque)
    """Bytes after which the next connections are cut; never when empty."""
    hang_up_on_publish: int | None = None
    """A DISCONNECT with this reason instead of a PUBACK."""


class ScriptedBroker:
    """Listens on a free loopback port; `hellos` and `heard` say what came."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self.port: int = self._door.getsockname()[1]
        self.script = Script()
        self.hellos: list[Hello] = []
        self.heard: list[Heard] = []
        self.subscribed: list[str] = []
        self.held: list[int] = []
        self.goodbyes = 0
        self.resets = 0
        self._client: socket.socket | None = None
        self._bytes = bytearray()
        self._budget: int | None = None

    @property
    def connected(self) -> bool:
        return self._client is not None

    def turn(self) -> None:
        """Take in what came and answer it."""
        self._accept()
        if self._client is None:
            return
        try:
            came = self._client.recv(65_536)
        except BlockingIOError:
            return
        except ConnectionResetError:
            self.resets += 1
            self.cut()
            return
        if not came:
            self.cut()
            return
        if self._budget is not None:
            self._budget -= len(came)
            if self._budget < 0:
                self.cut(abrupt=True)
                return
        self._bytes += came
        while self._client is not None and (packet := self._packet()) is not None:
            self._answer(*packet)

    def cut(self, *, abrupt: bool = False) -> None:
        """Hang up."""
        if self._client is not None:
            if abrupt:
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.close()
        self._client, self._bytes = None, bytearray()

    def close(self) -> None:
        self.cut()
        self._door.close()

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish to the client with QoS 0."""
        self.raw(_packed(PUBLISH, _text(topic) + b"\0" + payload, flags=int(retain)))

    def raw(self, packet: bytes) -> None:
        """Send any bytes at all."""
        assert self._client is not None
        self._client.sendall(packet)

    def release_acks(self) -> None:
        """Send the PUBACKs that were held back."""
        for mid in self.held:
            self._puback(mid)
        self.held.clear()

    def _accept(self) -> None:
        try:
            client, _ = self._door.accept()
        except BlockingIOError:
            return
        self.cut()
        client.setblocking(False)
        self._client = client
        self._budget = self.script.cut_after.popleft() if self.script.cut_after else None

    def _packet(self) -> tuple[int, int, bytes] | None:
        length = shift = 0
        position = 1
        while True:
            if position >= len(self._bytes):
                return None
            byte = self._bytes[position]
            position += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if len(self._bytes) < position + length:
            return None
        first, body = self._bytes[0], bytes(self._bytes[position : position + length])
        del self._bytes[: position + length]
        return first >> 4, first & 15, body

    def _answer(self, kind: int, flags: int, body: bytes) -> None:
        if kind == CONNECT:
            self._connect(body)
        elif kind == SUBSCRIBE:
            mid, topics = _subscription(body)
            self.subscribed += topics
            self.raw(_packed(SUBACK, mid + b"\0" + bytes([self.script.suback] * len(topics))))
        elif kind == UNSUBSCRIBE:
            self.raw(_packed(UNSUBACK, body[:2] + b"\0\0"))
        elif kind == PUBLISH:
            self._publish(flags, body)
        elif kind == PINGREQ:
            self.raw(_packed(PINGRESP, b""))
        elif kind == DISCONNECT:
            self.goodbyes += 1
            self.cut()

    def _connect(self, body: bytes) -> None:
        assert body[:7] == b"\0\4MQTT\5", "not MQTT 5"
        flags, keepalive = body[7], int.from_bytes(body[8:10], "big")
        rest = body[11 + body[10] :]
        texts = []
        while rest:
            length = int.from_bytes(rest[:2], "big")
            texts.append(rest[2 : 2 + length].decode())
            rest = rest[2 + length :]
        username = texts[1] if flags & 0x80 else None
        self.hellos.append(Hello(texts[0], bool(flags & 2), keepalive, username, texts[-1] if flags & 0x40 else None))
        told = b"" if self.script.largest is None else b"\x27" + struct.pack(">I", self.script.largest)
        self.raw(_packed(CONNACK, bytes([0, self.script.connack, len(told)]) + told))
        if self.script.connack:
            self.cut()

    def _publish(self, flags: int, body: bytes) -> None:
        length = int.from_bytes(body[:2], "big")
        topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
        mid, told, payload = int.from_bytes(rest[:2], "big"), rest[3 : 3 + rest[2]], rest[3 + rest[2] :]
        expires = int.from_bytes(told[1:5], "big") if told[:1] == b"\2" else None
        self.heard.append(Heard(topic, payload, flags >> 1 & 3, bool(flags & 1), expires))
        if self.script.hang_up_on_publish is not None:
            self.raw(_packed(DISCONNECT, bytes([self.script.hang_up_on_publish, 0])))
            self.cut()
        elif self.script.hold_acks:
            self.held.append(mid)
        else:
            self._puback(mid)

    def _puback(self, mid: int) -> None:
        code = self.script.acks.popleft() if self.script.acks else 0
        self.raw(_packed(PUBACK, struct.pack(">HBB", mid, code, 0)))


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
