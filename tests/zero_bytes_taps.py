"""Taps between two processes: everything that passes is passed on and remembered, with its time and direction."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from keepmum.lab.experiments.wire_tap import Published, Tap, number_at, published, said_by, text_at, wire_tap

_IN_CREATE, _IN_MOVED_TO, _IN_CLOSE_WRITE = 0x100, 0x80, 0x8


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


class Greeting(NamedTuple):
    """What an MQTT 5 CONNECT tells the broker."""

    client: str
    will: tuple[str, bytes] | None
    """Topic and payload of what the broker is to say when this client is gone."""


def greetings(tap: Tap) -> list[Greeting]:
    """What each connection began with."""
    return [_greeting(said_by(visit)) for visit in list(tap.visits) if said_by(visit)]


def carried(tap: Tap) -> bytes:
    """Every byte that went by, in either direction."""
    return b"".join(said.content for visit in list(tap.visits) for said in list(visit))


def _greeting(stream: bytes) -> Greeting:
    _, start = number_at(stream, 1)
    flags = stream[start + 7]  # behind the protocol's name and level
    properties, at = number_at(stream, start + 10)
    client, at = text_at(stream, at + properties)
    will = None
    if flags & 4:
        properties, at = number_at(stream, at)
        topic, at = text_at(stream, at + properties)
        payload, at = text_at(stream, at)
        will = (topic.decode(), payload)
    return Greeting(client.decode(), will)


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


__all__ = ["Eye", "Greeting", "Published", "Tap", "carried", "greetings", "published", "unix_tap", "wire_tap"]
