"""The socket on which visitors arrive: systemd's on a Pi, one of our own on a laptop that only this laptop reaches."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from keepmum.errors import PeerError
from keepmum.inherited_sockets import handed_over

PORT = 8321
NAME = "http"
"""FileDescriptorName= in the socket unit."""


def inherited(environ: Mapping[str, str] = os.environ) -> socket.socket | None:
    """The listening socket that systemd passed to this process, or None. Raises PeerError for something else."""
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    fds = [fd for fd, name in zip(handed_over(environ), names, strict=False) if name == NAME]
    if not fds:
        return None
    door = socket.socket(fileno=fds[0])
    if door.type != socket.SOCK_STREAM or not door.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise PeerError(f"descriptor {fds[0]} is no socket on which visitors arrive", "see keepmum-panel.socket")
    return door


def own(port: int = PORT) -> socket.socket:
    """A socket that only this machine reaches. Raises PeerError if somebody has the port already."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise PeerError(f"port {port} cannot be had: {error.strerror}", "does another panel run already?") from error


def machine() -> str:
    """This computer's own name."""
    return socket.gethostname()
