"""Refuses to go on with a socket that was open before the lock and leads out of the machine: a lock cannot close it."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Collection, Mapping
from errno import EBADF

from keepmum.errors import LockdownError

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_FIRST = 3
"""systemd hands sockets over from this descriptor on (sd_listen_fds(3))."""


def handed_over(environ: Mapping[str, str] = os.environ) -> range:
    """The descriptors that systemd says it passed to this very process; none if it says nothing that can be read."""
    untrusted_pid, untrusted_count = environ.get("LISTEN_PID", ""), environ.get("LISTEN_FDS", "")
    if untrusted_pid != str(os.getpid()) or not untrusted_count.isdecimal() or len(untrusted_count) > len("999"):
        return range(0)
    return range(_FIRST, _FIRST + int(untrusted_count))


def refuse_foreign(listening: Collection[int] = ()) -> None:
    """Raise LockdownError for any socket that is not a Unix one.

    Those in `listening` may be TCP sockets on which others arrive; but nothing that is connected or could be.
    """
    try:
        names = os.listdir("/proc/self/fd")
    except OSError as error:
        raise LockdownError("the open files of this process cannot be listed", "mount /proc") from error
    for fd in map(int, names):
        family = _family(fd)
        if family in {None, socket.AF_UNIX} or (fd in listening and _listens(fd)):
            continue
        raise LockdownError(
            f"descriptor {fd} is a socket of another family ({family}), opened before the lock",
            "start the process without it; a lock cannot close it",
        )


def _family(fd: int) -> int | None:
    """The address family of a descriptor, -1 if it will not say, or None if it is no socket."""
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return None
        held = socket.socket(fileno=os.dup(fd))
    except OSError as error:
        # The descriptor of the listing itself is in the list and closed by now.
        return None if error.errno == EBADF else -1
    with held:
        return held.family


def _listens(fd: int) -> bool:
    """Whether it is a plain TCP socket that waits for others."""
    try:
        held = socket.socket(fileno=os.dup(fd))
    except OSError:
        return False
    with held:
        kind = (held.family in _INTERNET, held.type, held.proto)
        waits = held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    return kind == (True, socket.SOCK_STREAM, socket.IPPROTO_TCP) and waits == 1
