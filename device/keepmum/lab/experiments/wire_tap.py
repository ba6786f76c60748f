"""A tap on a line: everything that passes is passed on and remembered, with its time and direction.

Between an uplink and its broker it also takes the bytes apart into what was published, without any MQTT library.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

_MOST = 1 << 20
_PUBLISH, _PUBACK = 3, 4
_HEAD = 200
"""Bytes in which the head of any packet of ours is whole: its topic is shorter."""


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
    most: int = _MOST
    """Bytes that are taken at a time; a packet of another process is never taken in pieces."""
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

    def _weather(self, source: socket.socket, size: int) -> None:
        """Nothing delays or breaks this line; others are worse. Raises OSError if it breaks here."""

    def _run(self, what: Callable[..., None], *words: object) -> None:
        self._threads.append(threading.Thread(target=what, args=words, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self.door.accept()
                try:
                    target = self.beyond()
                except OSError:
                    visitor.close()  # there is nobody behind this door now
                    continue
                self._open += [visitor, target]
                self.visits.append([])
                self._run(self._pass_on, visitor, target, self.near, self.visits[-1])
                self._run(self._pass_on, target, visitor, self.far, self.visits[-1])

    def _pass_on(
        self, source: socket.socket, target: socket.socket, book: list[tuple[bytes, list[bytes]]], visit: list[Said]
    ) -> None:
        with suppress(OSError):
            while True:
                said, fds, _, _ = socket.recv_fds(source, self.most, 4)
                if not said:
                    break
                book.append((said, [os.pread(fd, _MOST * 8, 0) for fd in fds]))
                visit.append(Said(time.monotonic(), book is self.near, said))
                # It has left its sender, whatever becomes of it from here on.
                self._weather(source, len(said))
                if fds:
                    socket.send_fds(target, [said], fds)
                else:
                    target.sendall(said)
                for fd in fds:
                    os.close(fd)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def to_port(port: int) -> socket.socket:
    """A connection to a port of this machine that hangs up on nobody, however long they are silent."""
    line = socket.create_connection(("127.0.0.1", port), 10)
    line.settimeout(None)
    return line


def wire_tap(port: int) -> Tap:
    """In front of the broker."""
    return Tap(socket.create_server(("127.0.0.1", 0)), lambda: to_port(port)).start()


class BadLine(Tap):
    """A tap in a line that can be slow, break, or not be there. `some` chooses after how many bytes it breaks."""

    def __init__(self, port: int, some: Random) -> None:
        super().__init__(socket.create_server(("127.0.0.1", 0)), self._reach)
        self._some, self._to = some, port
        self._left: dict[socket.socket, int] = {}
        self.rate: float | None = None
        """Bytes a second that it lets through; None for all of them at once."""
        self.breaks: tuple[int, int] | None = None
        """The least and the most bytes after which a connection breaks in that direction."""
        self.tries: list[tuple[float, int]] = []
        """When somebody wanted to be let through (seconds, forward only), and which visit that became if anybody
        answered."""

    def fruitless(self) -> list[float]:
        """The moments of those tries over which the other end acknowledged nothing."""
        tries = list(self.tries)
        # Two tries with one number: the first of them came to no visit at all.
        visits = [number for _, number in tries[1:]] + [len(self.visits)]
        return [
            at for (at, mine), after in zip(tries, visits, strict=True) if mine == after or not acks(self.visits[mine])
        ]

    def _reach(self) -> socket.socket:
        self.tries.append((time.monotonic(), len(self.visits)))
        return to_port(self._to)

    def cut(self) -> None:
        """Break every connection."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _weather(self, source: socket.socket, size: int) -> None:
        if self.rate is not None:
            time.sleep(size / self.rate)
        if self.breaks is not None:
            left = self._left.setdefault(source, self._some.randint(*self.breaks)) - size
            self._left[source] = left
            if left < 0:
                del self._left[source]
                raise ConnectionResetError("the line broke")


class Published(NamedTuple):
    """One MQTT 5 PUBLISH of a client."""

    topic: str
    payload: bytes
    at: float
    """When its first byte went by, in seconds, forward only."""


def published(tap: Tap) -> list[Published]:
    """Everything that went out through the tap to be passed on, in its order, taken apart without any library."""
    found = [one for visit in list(tap.visits) for one in _publishes(visit)]
    return sorted(found, key=lambda one: one.at)


def said_by(visit: list[Said]) -> bytes:
    """What the visitor of one connection said."""
    return b"".join(said.content for said in list(visit) if said.outward)


def acks(visit: list[Said]) -> int:
    """How many publications the broker has acknowledged on one connection."""
    told, at, count = b"".join(said.content for said in list(visit) if not said.outward), 0, 0
    while _whole(told[at:]):
        length, start = number_at(told, at + 1)
        count += told[at] >> 4 == _PUBACK
        at = start + length
    return count


def _publishes(visit: list[Said]) -> Iterator[Published]:
    stream, at = said_by(visit), 0
    # What a broken connection cut off in its head was no publication yet.
    while at + _HEAD <= len(stream) or _whole(stream[at:]):
        kind, (length, start) = stream[at], number_at(stream, at + 1)
        if kind >> 4 == _PUBLISH:
            topic, body = text_at(stream, start)
            body += 2 if kind & 6 else 0
            properties, body = number_at(stream, body)
            yield Published(topic.decode(), stream[body + properties : start + length], _when(visit, at))
        at = start + length


def _whole(rest: bytes) -> bool:
    """Whether a packet of this length is all there."""
    try:
        length, start = number_at(rest, 1)
    except IndexError:
        return False
    return start + length <= len(rest)


def _when(visit: list[Said], at: int) -> float:
    """When byte number `at` of what was said went by."""
    for said in visit:
        if said.outward:
            at -= len(said.content)
            if at < 0:
                return said.at
    raise AssertionError("there is no such byte")


def text_at(stream: bytes, at: int) -> tuple[bytes, int]:
    """Bytes with their length before them, and where they end."""
    (length,) = struct.unpack_from(">H", stream, at)
    return stream[at + 2 : at + 2 + length], at + 2 + length


def number_at(stream: bytes, at: int) -> tuple[int, int]:
    """A number of one to four bytes, and where it ends."""
    value, shift = 0, 0
    while True:
        value |= (stream[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not stream[at - 1] & 0x80:
            return value, at
