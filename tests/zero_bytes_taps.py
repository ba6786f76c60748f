"""Taps between two processes: everything that passes is passed on and remembered, with its time and direction."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_MOST = 1 << 20
_IN_CREATE, _IN_MOVED_TO, _IN_CLOSE_WRITE = 0x100, 0x80, 0x8
_PUBLISH = 3


class Said(NamedTuple):
    """Some bytes on one connection."""

    at: float
    """Seconds, forward only."""
    outward: bool
    """Whether the visitor said it; otherwise it was told."""
    content: bytes


@dataclass
class Tap:
    """One door in front of another; `near` holds what its visitors said, `far` what they were told.

    A packet with descriptors is remembered with the bytes behind each of them. `visits` is the same connection by
    connection.
    """

    door: socket.socket
    beyond: Callable[[], socket.socket]
    near: list[tuple[bytes, list[bytes]]] = field(default_factory=list)
    far: list[tuple[bytes, list[bytes]]] = field(default_factory=list)
    visits: list[list[Said]] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Tap:
        """Begin to accept visitors."""
        self._run(self._accept)
        return self

    @property
    def port(self) -> int:
        """Where a broker's door is."""
        return int(self.door.getsockname()[1])

    def close(self) -> None:
        """Hang up on everybody."""
        for one in (self.door, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in (self.door, *self._open):
            one.close()

    def _run(self, what: Callable[..., None], *words: object) -> None:
        self._threads.append(threading.Thread(target=what, args=words, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self.door.accept()
                target = self.beyond()
                self._open += [visitor, target]
                self.visits.append([])
                self._run(self._pass_on, visitor, target, self.near, self.visits[-1])
                self._run(self._pass_on, target, visitor, self.far, self.visits[-1])

    def _pass_on(
        self, source: socket.socket, target: socket.socket, book: list[tuple[bytes, list[bytes]]], visit: list[Said]
    ) -> None:
        with suppress(OSError):
            while True:
                said, fds, _, _ = socket.recv_fds(source, _MOST, 4)
                if not said:
                    break
                book.append((said, [os.pread(fd, _MOST * 8, 0) for fd in fds]))
                visit.append(Said(time.monotonic(), book is self.near, said))
                if fds:
                    socket.send_fds(target, [said], fds)
                else:
                    target.sendall(said)
                for fd in fds:
                    os.close(fd)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def unix_tap(path: Path, beyond: Path) -> Tap:
    """In front of one of the listener's doors."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.bind(str(path))
    door.listen()

    def connect() -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(str(beyond))
        return line

    return Tap(door, connect).start()


def wire_tap(port: int) -> Tap:
    """In front of the broker; it hangs up on nobody, however long they are silent."""

    def connect() -> socket.socket:
        line = socket.create_connection(("127.0.0.1", port), 10)
        line.settimeout(None)
        return line

    return Tap(socket.create_server(("127.0.0.1", 0)), connect).start()


class Published(NamedTuple):
    """One MQTT 5 PUBLISH of a client."""

    topic: str
    payload: bytes
    at: float
    """When its first byte went by, in seconds, forward only."""


class Greeting(NamedTuple):
    """What an MQTT 5 CONNECT tells the broker."""

    client: str
    will: tuple[str, bytes] | None
    """Topic and payload of what the broker is to say when this client is gone."""


def published(tap: Tap) -> list[Published]:
    """Everything that went out through the tap to be passed on, in its order, taken apart without any library."""
    found = [one for visit in list(tap.visits) for one in _publishes(visit)]
    return sorted(found, key=lambda one: one.at)


def greetings(tap: Tap) -> list[Greeting]:
    """What each connection began with."""
    return [_greeting(_stream(visit)) for visit in list(tap.visits) if _stream(visit)]


def carried(tap: Tap) -> bytes:
    """Every byte that went by, in either direction."""
    return b"".join(said.content for visit in list(tap.visits) for said in list(visit))


def _stream(visit: list[Said]) -> bytes:
    return b"".join(said.content for said in list(visit) if said.outward)


def _publishes(visit: list[Said]) -> Iterator[Published]:
    stream, at = _stream(visit), 0
    while at + 2 <= len(stream):
        kind, (length, start) = stream[at], _varying(stream, at + 1)
        if kind >> 4 == _PUBLISH:
            topic, body = _text(stream, start)
            body += 2 if kind & 6 else 0
            properties, body = _varying(stream, body)
            yield Published(topic.decode(), stream[body + properties : start + length], _when(visit, at))
        at = start + length


def _when(visit: list[Said], at: int) -> float:
    """When byte number `at` of what was said went by."""
    for said in visit:
        if said.outward:
            at -= len(said.content)
            if at < 0:
                return said.at
    raise AssertionError("there is no such byte")


def _greeting(stream: bytes) -> Greeting:
    _, start = _varying(stream, 1)
    flags = stream[start + 7]  # behind the protocol's name and level
    properties, at = _varying(stream, start + 10)
    client, at = _text(stream, at + properties)
    will = None
    if flags & 4:
        properties, at = _varying(stream, at)
        topic, at = _text(stream, at + properties)
        payload, at = _text(stream, at)
        will = (topic.decode(), payload)
    return Greeting(client.decode(), will)


def _text(stream: bytes, at: int) -> tuple[bytes, int]:
    """Bytes with their length before them, and where they end."""
    (length,) = struct.unpack_from(">H", stream, at)
    return stream[at + 2 : at + 2 + length], at + 2 + length


def _varying(stream: bytes, at: int) -> tuple[int, int]:
    """A number of one to four bytes, and where it ends."""
    value, shift = 0, 0
    while True:
        value |= (stream[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not stream[at - 1] & 0x80:
            return value, at


class Eye:
    """Sees every file that is made in some folders, however short it lives."""

    def __init__(self, folders: list[Path]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for folder in folders:
            mask = _IN_CREATE | _IN_MOVED_TO | _IN_CLOSE_WRITE
            assert self._libc.inotify_add_watch(self._fd, os.fsencode(folder), mask) > 0, folder

    def seen(self) -> int:
        """How many times something was made or written since the last call."""
        count = 0
        with suppress(BlockingIOError):
            while events := os.read(self._fd, 1 << 16):
                at = 0
                while at < len(events):
                    at += 16 + struct.unpack_from("I", events, at + 12)[0]
                    count += 1
        return count

    def close(self) -> None:
        """Look away."""
        os.close(self._fd)
