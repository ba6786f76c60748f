"""Taps for the zero-byte test: everything that passes between two processes is passed on and remembered."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_MOST = 1 << 20
_IN_CREATE, _IN_MOVED_TO, _IN_CLOSE_WRITE = 0x100, 0x80, 0x8
_PUBLISH = 3


@dataclass
class Tap:
    """One door in front of another; `near` holds what its visitors said, `far` what they were told.

    A packet with descriptors is remembered with the bytes behind each of them.
    """

    door: socket.socket
    beyond: Callable[[], socket.socket]
    near: list[tuple[bytes, list[bytes]]] = field(default_factory=list)
    far: list[tuple[bytes, list[bytes]]] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Tap:
        """Begin to accept visitors."""
        self._run(self._accept)
        return self

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
                self._run(self._pass_on, visitor, target, self.near)
                self._run(self._pass_on, target, visitor, self.far)

    def _pass_on(self, source: socket.socket, target: socket.socket, book: list[tuple[bytes, list[bytes]]]) -> None:
        with suppress(OSError):
            while True:
                said, fds, _, _ = socket.recv_fds(source, _MOST, 4)
                if not said:
                    break
                book.append((said, [os.pread(fd, _MOST * 8, 0) for fd in fds]))
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
    """In front of the broker."""
    return Tap(
        socket.create_server(("127.0.0.1", 0)), lambda: socket.create_connection(("127.0.0.1", port), 10)
    ).start()


def published(stream: bytes) -> list[tuple[str, int]]:
    """Topic and payload bytes of every MQTT 5 PUBLISH in what a client sent, taken apart without any library."""
    found, at = [], 0
    while at < len(stream):
        kind, (length, start) = stream[at], _varying(stream, at + 1)
        if kind >> 4 == _PUBLISH:
            (topic_bytes,) = struct.unpack_from(">H", stream, start)
            body = start + 2 + topic_bytes + (2 if kind & 6 else 0)
            properties, body = _varying(stream, body)
            topic = stream[start + 2 : start + 2 + topic_bytes].decode()
            found.append((topic, start + length - body - properties))
        at = start + length
    return found


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
