"""How messages travel between two processes: one packet each over a Unix socket whose path is the peer's role.

The listener owns the doors and accepts; every other process connects. A parcel's bytes cross beside its message
as a sealed memfd, so nothing is shared on disk. A descriptor that nobody asked for is closed before anything else
is looked at.
"""

from __future__ import annotations

import array
import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import socket
import stat
import struct
from pathlib import Path
from typing import NamedTuple

from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import LARGEST, TABLE, Message, Parcel, decode, encode, type_of

log = logging.getLogger(__name__)

_MODE = 0o660
_WAITING = 8
"""Connections that may queue before `accept`."""
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_INT = array.array("i").itemsize
_DOOR = "it must be a listening AF_UNIX SOCK_SEQPACKET socket, and its path end with the role"


class Peer(NamedTuple):
    """Who is at the other end, as the kernel says; the process itself cannot lie about it."""

    pid: int
    uid: int
    gid: int


class Line:
    """One connection, seen from one end: `receives` and `sends` are the message types that may pass."""

    def __init__(
        self, connection: socket.socket, receives: tuple[type[Message], ...], sends: tuple[type[Message], ...]
    ) -> None:
        self._socket = connection
        self.receives = receives
        self.sends = sends
        self.peer = _peer_of(connection)
        # Without room the kernel installs no descriptor at all: the listener cannot even be handed one.
        self._room = socket.CMSG_SPACE(_INT) if Parcel in receives else 0

    def fileno(self) -> int:
        """For a selector; -1 once closed."""
        return self._socket.fileno()

    def send(self, message: Message, fd: int | None = None) -> None:
        """Send one message, a Parcel with the descriptor of its bytes, which stays the caller's to close.

        Raises BadMessage for a message that this end may not send or that is too large, and PeerGone when
        the other end hung up or does not read (never waits for it, unless the line has a timeout).
        """
        if type(message) not in self.sends:
            raise BadMessage(f"a {type_of(type(message))!r} message may not be sent here", "see TABLE in messages.py")
        if isinstance(message, Parcel) is (fd is None):
            raise BadMessage("a parcel and its descriptor go together", "pass the fd that sealed() returned")
        packet, fds = encode(message), [] if fd is None else [fd]
        try:
            socket.send_fds(self._socket, [packet], fds)
        except (BlockingIOError, TimeoutError):
            raise PeerGone("the other end does not read its messages", "close the line; it may connect again") from None
        except OSError as error:
            raise PeerGone(f"the other end hung up: {error.strerror}") from error

    def receive(self) -> tuple[Message, int | None] | None:
        """One message, with the descriptor that came beside it (now the caller's), or None if nothing is there.

        A line with a timeout waits that long first. Raises PeerGone at hang-up and BadMessage for anything
        that `receives` does not allow; whatever descriptors came with it are closed.
        """
        try:
            packet, ancillary, flags, _ = self._socket.recvmsg(LARGEST, self._room, socket.MSG_CMSG_CLOEXEC)
        except (BlockingIOError, TimeoutError):
            return None
        except OSError as error:
            raise PeerGone(f"the other end hung up: {error.strerror}") from error
        fds = _descriptors(ancillary)
        try:
            message = self._checked(packet, flags, fds)
        except PeerError:
            _close(fds)
            raise
        return message, fds[0] if fds else None

    def close(self) -> None:
        """Hang up. Closing twice is allowed."""
        self._socket.close()

    def _checked(self, untrusted_packet: bytes, flags: int, fds: list[int]) -> Message:
        if flags & socket.MSG_TRUNC:
            raise BadMessage(f"a packet of more than {LARGEST} bytes", "only keepmum's own processes should connect")
        if flags & socket.MSG_CTRUNC or len(fds) > 1:
            raise BadMessage("a packet with descriptors that nobody asked for", "only a parcel carries one")
        if not untrusted_packet:
            raise PeerGone("the other end hung up")
        message = decode(untrusted_packet, self.receives)
        if isinstance(message, Parcel) is not bool(fds):
            raise BadMessage(f"a {type_of(type(message))!r} message with {len(fds)} descriptors", "a parcel has one")
        return message


class Door:
    """The listener's end of one role: a listening socket at `<folder>/<role>.sock` that never blocks."""

    def __init__(self, folder: Path, role: str) -> None:
        """Open the door, in place of what a crash left behind. Raises PeerError if that is not possible."""
        _known(role)
        self.path: Path | None = folder / f"{role}.sock"
        self.role = role
        self._socket = _bound(self.path)

    @classmethod
    def from_fd(cls, fd: int, role: str) -> Door:
        """A door that systemd opened and will remove; `fd` now belongs to it. Raises PeerError for another kind."""
        _known(role)
        door = cls.__new__(cls)
        door.path, door.role, door._socket = None, role, _listening(fd, role)
        return door

    def fileno(self) -> int:
        """For a selector; -1 once closed."""
        return self._socket.fileno()

    def accept(self) -> Line | None:
        """The next peer's line, which never blocks, or None if nobody knocked."""
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        except OSError as error:
            raise PeerError(f"nobody else can connect as {self.role}: {error.strerror}", "hang up on some") from error
        connection.setblocking(False)
        line = Line(connection, TABLE[self.role].receives, TABLE[self.role].sends)
        log.info("%s connected: process %d, user %d", self.role, line.peer.pid, line.peer.uid)
        return line

    def close(self) -> None:
        """Take the door away. Closing twice is allowed."""
        self._socket.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None


def connect(folder: Path, role: str, timeout: float | None = None) -> Line:
    """A peer's line to the listener; `receive` and `send` wait `timeout` seconds, or for ever.

    Raises PeerError if the listener is not there or does not want this user.
    """
    _known(role)
    path = folder / f"{role}.sock"
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(timeout)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        barred = isinstance(error, PermissionError)
        hint = "this user must be in the socket's group" if barred else "start `keepmum run listener` first"
        raise PeerError(f"the listener does not answer at {path}: {error.strerror or error}", hint) from error
    return Line(connection, TABLE[role].sends, TABLE[role].receives)


def sealed(body: bytes) -> int:
    """A memfd with these bytes which nobody can change any more, its maker included; the caller closes it."""
    fd = os.memfd_create("keepmum-parcel", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(body)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    except OSError:
        os.close(fd)
        raise
    return fd


def unseal(untrusted_fd: int, size: int, sha256: str) -> bytes:
    """The bytes of a sealed memfd; closes the descriptor whatever happens.

    Raises BadMessage if its holder could still change it, or if size (bytes) or SHA-256 (hexadecimal) differ.
    """
    try:
        if fcntl.fcntl(untrusted_fd, fcntl.F_GET_SEALS) & _SEALS != _SEALS:
            raise BadMessage("a parcel that is not sealed", "wire.sealed() makes the only kind that is taken")
        if os.fstat(untrusted_fd).st_size != size:
            raise BadMessage(f"a parcel that does not have the {size} bytes it should", "its sender is broken")
        body = os.pread(untrusted_fd, size, 0)
    except OSError as error:
        if isinstance(error, BadMessage):
            raise
        raise BadMessage("a parcel that is no memfd", "wire.sealed() makes the only kind that is taken") from error
    finally:
        os.close(untrusted_fd)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise BadMessage("a parcel with another SHA-256 than announced", "its sender is broken")
    return body


def _known(role: str) -> None:
    if role not in TABLE:
        raise PeerError(f"there is no role {role!r}", f"the roles are {', '.join(TABLE)}")


def _bound(path: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        _remove_stale(path)
        # The mode of an unbound socket is the widest that its file can get: no moment with more than _MODE.
        os.fchmod(door.fileno(), _MODE)
        door.bind(str(path))
        path.chmod(_MODE)
        door.listen(_WAITING)
    except OSError as error:
        door.close()
        if isinstance(error, PeerError):
            raise
        raise PeerError(
            f"the socket {path} cannot be made: {error.strerror or error}", "folders.run must be a short, writable path"
        ) from error
    return door


def _remove_stale(path: Path) -> None:
    """Remove the socket that a crash left; raises PeerError if somebody lives behind it, or if it is a file."""
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise PeerError(f"{path} is in the way and is no socket", "move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK) as probe:
        if probe.connect_ex(str(path)) != errno.ECONNREFUSED:
            raise PeerError(f"another listener already answers at {path}", "stop it first, or use another folders.run")
    path.unlink()


def _listening(fd: int, role: str) -> socket.socket:
    try:
        door = socket.socket(fileno=fd)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.close(fd)
        raise PeerError(f"descriptor {fd} is no door for {role}: {error.strerror}", _DOOR) from error
    if not _is_door(door, role):
        door.close()
        raise PeerError(f"descriptor {fd} is no door for {role}", _DOOR)
    door.setblocking(False)
    # A unit with PassCredentials=yes would fill the room that a line keeps for descriptors.
    door.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    return door


def _is_door(door: socket.socket, role: str) -> bool:
    """The path is the role: a door under another name would let its peers say what only this role may."""
    if (door.family, door.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
        return False
    untrusted_path = os.fsdecode(door.getsockname())
    return door.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1 and Path(untrusted_path).name == f"{role}.sock"


def _peer_of(connection: socket.socket) -> Peer:
    layout = struct.Struct("3i")
    return Peer(*layout.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, layout.size)))


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, body in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(body[: len(body) - len(body) % _INT])
    return list(fds)


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
