"""Tries to reach a port through io_uring alone, past all rules about socket() and connect(): `uring.py LOCK PORT`

Prints one JSON object, {step: "open" or the name of the error}. Written with raw system calls (io_uring_setup(2),
io_uring_enter(2)), so that nothing stands between the attempt and the kernel. LOCK is one of LOCKS.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import socket
import struct
import sys
from collections.abc import Callable

from keepmum import lockdown

SETUP, ENTER = 425, 426
"""The same numbers on every machine."""
_SOCKET, _CONNECT = 45, 16
"""IORING_OP_SOCKET and IORING_OP_CONNECT, Linux 5.19 and 5.5."""
_AT_ENTRIES, _GET_EVENTS = 0x10000000, 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _names_only() -> None:
    """What a list of forbidden names forgets: sockets are closed, the ring is not."""
    rules = tuple(rule for rule in lockdown.LISTENER if not rule.call.startswith("io_uring"))
    lockdown.install(lockdown.this_machine(), rules)


LOCKS: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "sockets": _names_only,
    "listener": lockdown.lock_listener,
    "uplink": lockdown.lock_uplink,
    "skills": lockdown.lock_skills,
    "panel": lockdown.lock_panel,
}


class Ring:
    """One ring, for one request at a time. Raises OSError if the kernel refuses it."""

    def __init__(self) -> None:
        told = ctypes.create_string_buffer(120)
        self._fd = _call(SETUP, 4, told)
        sizes = struct.unpack_from("10I", told.raw)  # struct io_uring_params up to resv
        heads, tails = struct.unpack_from("10I", told.raw, 40), struct.unpack_from("10I", told.raw, 80)
        length = max(heads[6] + 4 * sizes[0], tails[5] + 16 * sizes[1])
        self._rings = mmap.mmap(self._fd, length)
        self._entries = mmap.mmap(self._fd, 64 * sizes[0], offset=_AT_ENTRIES)
        self._tail, self._array, self._results, self._mask = heads[1], heads[6], tails[5], tails[2]
        self._reached = 0

    def ask(self, operation: int, fd: int, offset: int, address: int, length: int) -> int:
        """What the kernel answers to one request; raises OSError for an error."""
        struct.pack_into("BBHiQQI", self._entries, 0, operation, 0, 0, fd, offset, address, length)
        struct.pack_into("I", self._rings, self._array + 4 * (self._reached & 3), 0)
        struct.pack_into("I", self._rings, self._tail, self._reached + 1)
        _call(ENTER, self._fd, 1, 1, _GET_EVENTS, None, 0)
        (mask,) = struct.unpack_from("I", self._rings, self._mask)
        (answer,) = struct.unpack_from("i", self._rings, self._results + 16 * (self._reached & mask) + 8)
        self._reached += 1
        if answer < 0:
            raise OSError(-answer, os.strerror(-answer))
        return int(answer)


def _call(number: int, *arguments: object) -> int:
    answer = int(_LIBC.syscall(number, *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def attempt(port: int) -> dict[str, str]:
    """Set a ring up, make a socket with it, connect it; each step until one is refused."""
    ring, made = [], []
    address = ctypes.create_string_buffer(
        struct.pack("<H", socket.AF_INET) + struct.pack(">H4s8x", port, b"\x7f\0\0\1")
    )
    steps: dict[str, Callable[[], object]] = {
        "socket()": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
        "io_uring_setup": lambda: ring.append(Ring()),
        "IORING_OP_SOCKET": lambda: made.append(ring[0].ask(_SOCKET, socket.AF_INET, socket.SOCK_STREAM, 0, 0)),
        "IORING_OP_CONNECT": lambda: ring[0].ask(_CONNECT, made[0], 16, ctypes.addressof(address), 0),
    }
    found: dict[str, str] = {}
    for name, step in steps.items():
        try:
            step()
        except OSError as error:
            found[name] = errno.errorcode.get(error.errno or 0, str(error))
            if name != "socket()":
                break
        else:
            found[name] = "open"
    return found


if __name__ == "__main__":
    LOCKS[sys.argv[1]]()
    print(json.dumps(attempt(int(sys.argv[2]))))
