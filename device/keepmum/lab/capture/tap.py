"""A tap between a device and its broker that needs no root: the device is told to call the tap, and the tap the broker.

What is sent through TLS stays closed: the tap passes it on as it is, and sees sizes and times.
"""

from __future__ import annotations

import logging
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from keepmum.errors import LabError
from keepmum.lab.capture.record import Record
from keepmum.lab.capture.segments import Conversation

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_READ = 1 << 16
_MOST = 1 << 20
"""Bytes that wait for a slow end; until they are gone nothing more is read from the other."""


class Address(NamedTuple):
    """Where something listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def address(untrusted: str) -> Address:
    """HOST:PORT, [HOST]:PORT, or a port alone, which is one of this machine. Raises LabError."""
    host, _, port = untrusted.strip().rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise LabError(f"{untrusted!r} is no address", "write HOST:PORT, such as 127.0.0.1:1883")
    return Address(host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port))


@dataclass(eq=False)
class _Way:
    """One direction of a connection."""

    source: socket.socket
    target: socket.socket
    outward: bool
    waiting: bytearray = field(default_factory=bytearray)
    ended: bool = False
    """Whether the source says no more."""
    closed: bool = False
    """Whether the target was told so."""


@dataclass(eq=False)
class _Visit:
    """One connection: the device's to the tap, and the tap's to the broker."""

    conversation: Conversation
    out: _Way
    back: _Way
    reached: bool = False
    """Whether the broker answered."""

    @property
    def ways(self) -> tuple[_Way, _Way]:
        return self.out, self.back


class Tap:
    """Passes everything on, both ways, and writes it down before."""

    def __init__(self, listen: Address, to: Address, now: Callable[[], float]) -> None:
        """`now` gives Unix time. Raises LabError for a port that is taken or a name that nobody knows."""
        self._to, self._now = to, now
        self._family, self._target = _resolved(to)
        self._door = _opened(listen)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, selectors.EVENT_READ)
        self._bell, ear = socket.socketpair()
        self._ear = ear
        self._selector.register(ear, selectors.EVENT_READ)
        self._visits: list[_Visit] = []
        self.visits = 0
        """How many connections there were."""

    @property
    def address(self) -> Address:
        """Where it listens; with the port that was free, if it was told 0."""
        host, port = self._door.getsockname()[:2]
        return Address(str(host), int(port))

    def run(self, record: Record) -> None:
        """Until `stop`, or an exception such as KeyboardInterrupt. Raises LabError if the disk takes no more."""
        self._record = record
        try:
            while self._turn():
                pass
        finally:
            self.close()

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._bell.send(b"\0")

    def _turn(self) -> bool:
        for key, events in self._selector.select():
            if key.fileobj is self._ear:
                return False
            if key.fileobj is self._door:
                self._accept()
            else:
                self._served(key.data, key.fileobj, events)
        return True

    def _accept(self) -> None:
        near, _ = self._door.accept()
        far = socket.socket(self._family, socket.SOCK_STREAM)
        for each in (near, far):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(self.visits, self._to.port)
        visit = _Visit(conversation, _Way(near, far, outward=True), _Way(far, near, outward=False))
        self.visits += 1
        self._visits.append(visit)
        self._written(lambda: self._record.opened(self._now(), conversation))
        far.connect_ex(self._target)
        self._watch(visit)

    def _served(self, visit: _Visit, at: object, events: int) -> None:
        if visit not in self._visits:  # it ended earlier in the same turn
            return
        try:
            if not visit.reached:
                self._reached(visit)
            for way in visit.ways:
                if at is way.source and events & selectors.EVENT_READ:
                    self._read(visit, way)
                _flush(way)
        except OSError as error:
            self._broken(visit, error)
            return
        if all(way.closed for way in visit.ways):
            self._forget(visit)
        else:
            self._watch(visit)

    def _reached(self, visit: _Visit) -> None:
        error = visit.out.target.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, f"{self._to} cannot be reached")
        visit.reached = True

    def _read(self, visit: _Visit, way: _Way) -> None:
        content = way.source.recv(_READ)
        if content:
            self._written(lambda: self._record.said(self._now(), visit.conversation, way.outward, content))
            way.waiting += content
        else:
            self._written(lambda: self._record.ended(self._now(), visit.conversation, way.outward))
            way.ended = True

    def _written(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            hint = "what cannot be written down is not passed on: make room"
            raise LabError(f"the capture cannot be written: {error.strerror}", hint) from error

    def _watch(self, visit: _Visit) -> None:
        """Wait for what can come next: nothing is read that could not be passed on."""
        for reading, writing in ((visit.out, visit.back), (visit.back, visit.out)):
            wanted = 0
            if visit.reached and not reading.ended and len(reading.waiting) < _MOST:
                wanted |= selectors.EVENT_READ
            if writing.waiting or (not visit.reached and reading is visit.back):
                wanted |= selectors.EVENT_WRITE
            self._want(visit, reading.source, wanted)

    def _want(self, visit: _Visit, one: socket.socket, wanted: int) -> None:
        known = one in self._selector.get_map()
        if wanted and known:
            self._selector.modify(one, wanted, visit)
        elif wanted:
            self._selector.register(one, wanted, visit)
        elif known:
            self._selector.unregister(one)

    def _broken(self, visit: _Visit, error: OSError) -> None:
        log.warning("a connection broke off: %s", error.strerror or error)
        self._written(lambda: self._record.refused(self._now(), visit.conversation))
        self._forget(visit)

    def _forget(self, visit: _Visit) -> None:
        self._visits.remove(visit)
        for way in visit.ways:
            self._want(visit, way.source, 0)
            way.source.close()

    def close(self) -> None:
        """Hang up on everybody."""
        for visit in list(self._visits):
            self._forget(visit)
        self._selector.close()
        for each in (self._door, self._bell, self._ear):
            each.close()


def _flush(way: _Way) -> None:
    """Pass on what waits, as far as the target takes it."""
    while way.waiting:
        try:
            del way.waiting[: way.target.send(way.waiting)]
        except BlockingIOError:
            return
    if way.ended and not way.closed:
        way.closed = True
        way.target.shutdown(socket.SHUT_WR)


def _opened(listen: Address) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        door = socket.create_server((listen.host, listen.port), family=family)
    except OSError as error:
        what = f"nothing can listen at {listen}: {(error.strerror or str(error)).lower()}"
        raise LabError(what, "another program has this port; port 0 takes a free one: --listen 127.0.0.1:0") from error
    door.setblocking(False)
    return door


def _resolved(to: Address) -> tuple[int, Any]:
    try:
        family, _, _, _, target = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise LabError(
            f"there is no machine {to.host!r}: {error.strerror}", "name the broker: --to HOST:PORT"
        ) from error
    return family, target
