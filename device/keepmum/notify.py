"""Tells systemd how a process is: that it is ready, that it is well, and in words what it does.

The socket is made before the process locks itself, and never connected: the listener's unit forbids that. Without
systemd there is nobody to tell, and nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

_UNWATCHED = 60.0
"""Seconds between two looks at nothing, where nobody watches."""


class Notify:
    """One line at a time to the socket that $NOTIFY_SOCKET names. `alive` keeps the watchdog quiet."""

    patience: float
    """Seconds after which `alive` should have been called again, however little happens."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = _unconnected() if address else None
        self._every = _interval(environ)
        self.patience = self._every / 2 or _UNWATCHED
        self._next = 0.0
        self._status = ""
        self._ready = False
        self._unwell: str | None = None

    def ready(self) -> None:
        """The process does its work from now on; said once."""
        if not self._ready:
            self._ready = True
            self._send("READY=1")

    def status(self, words: str) -> None:
        """What it does, for `systemctl status`; sent when it changes."""
        if words != self._status:
            self._status = words
            self._send(f"STATUS={words}")

    def alive(self, now: float, unwell: str | None = None) -> None:
        """At `now` (seconds, forward only) it is well, which is sent twice in the time that the watchdog allows.

        Or it is not, for this reason: then nothing is sent, and the log says why, once. Never a heard word.
        """
        if unwell != self._unwell:
            self._unwell = unwell
            log.error("not well: %s", unwell) if unwell else log.info("well again")
        if self._every and unwell is None and now >= self._next:
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
            self._socket.sendto(line.encode(), self._address)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            log.warning("systemd cannot be reached at %s: %s", self._address.replace("\0", "@"), error.strerror)
            self._socket.close()
            self._socket = None
        except OSError as error:
            log.warning("systemd cannot be told %s: %s", line.partition("=")[0], error.strerror)


def _unconnected() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)


def _interval(environ: Mapping[str, str]) -> float:
    """Half of what the watchdog allows, in seconds; 0 if there is none, or it watches another process."""
    untrusted_allowed, untrusted_pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(os.getpid()))
    if not untrusted_allowed.isdecimal() or untrusted_pid != str(os.getpid()):
        return 0.0
    return int(untrusted_allowed) / 2_000_000
