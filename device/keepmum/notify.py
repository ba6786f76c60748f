"""Tells systemd how a process is: that it is ready, that it is well, and in words what it does.

The socket is connected before the process locks itself. Without systemd there is nobody to tell, and nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notify:
    """One line at a time to the socket that $NOTIFY_SOCKET names. `alive` keeps the watchdog quiet."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._socket = _connected(environ.get("NOTIFY_SOCKET", ""))
        self._every = _interval(environ)
        self._next = 0.0
        self._status = ""

    def ready(self) -> None:
        """The process does its work from now on."""
        self._send("READY=1")

    def status(self, words: str) -> None:
        """What it does, for `systemctl status`; sent when it changes."""
        if words != self._status:
            self._status = words
            self._send(f"STATUS={words}")

    def alive(self, now: float) -> None:
        """It is well at `now` (seconds, forward only); sent twice in the time that the watchdog allows."""
        if self._every and now >= self._next:
            self._next = now + self._every
            self._send("WATCHDOG=1")

    def close(self) -> None:
        """It is about to end."""
        self._send("STOPPING=1")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, line: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.send(line.encode())
        except OSError as error:
            log.warning("systemd cannot be told %s: %s", line.partition("=")[0], error.strerror)


def _connected(address: str) -> socket.socket | None:
    if not address:
        return None
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
    except OSError as error:
        log.warning("systemd cannot be reached at %s: %s", address, error.strerror)
        line.close()
        return None
    return line


def _interval(environ: Mapping[str, str]) -> float:
    """Half of what the watchdog allows, in seconds; 0 if there is none, or it watches another process."""
    untrusted_allowed, untrusted_pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(os.getpid()))
    if not untrusted_allowed.isdecimal() or untrusted_pid != str(os.getpid()):
        return 0.0
    return int(untrusted_allowed) / 2_000_000
