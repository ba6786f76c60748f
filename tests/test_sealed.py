"""A parcel's bytes cross as a memfd that nobody can change any more, and only as one."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keepmum.errors import BadMessage, PeerGone
from keepmum.messages import TABLE, Parcel, Stop
from keepmum.wire import Line, sealed, unseal

BODY = random.Random(7).randbytes(300_000)
SHA = hashlib.sha256(BODY).hexdigest()
ALL_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


PARCEL = Parcel(id="0" * 32, kind="clip", topic="clip", size=len(BODY), sha256=SHA)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def ends() -> Iterator[tuple[Line, Line]]:
    """(the listener's end, the uplink's end) of one line."""
    role = TABLE["uplink"]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line, peer = Line(ours, role.receives, role.sends), Line(theirs, role.sends, role.receives)
    yield line, peer
    line.close()
    peer.close()


def test_a_sender_cannot_forget_a_parcels_descriptor_or_add_one_to_something_else(ends: tuple[Line, Line]) -> None:
    """Both are mistakes of ours, found before anything is sent."""
    line, peer = ends
    with pytest.raises(BadMessage, match="go together"):
        line.send(PARCEL)
    with pytest.raises(BadMessage, match="go together"):
        line.send(Stop(why="x"), 0)
    line.close()
    with pytest.raises(PeerGone):
        peer.receive()


def test_a_parcel_arrives_byte_for_byte_and_leaves_nothing_open(ends: tuple[Line, Line]) -> None:
    """Two hundred clips cross, each in a memfd that does not survive a program's start."""
    line, peer = ends
    before = open_files()
    for _ in range(200):
        fd = sealed(BODY)
        line.send(PARCEL, fd)
        os.close(fd)
        received = peer.receive()
        assert received
        message, given = received
        assert isinstance(message, Parcel)
        assert given is not None
        assert not os.get_inheritable(given)
        assert unseal(given, message.size, message.sha256) == BODY
    assert open_files() == before


@pytest.mark.parametrize("body", [b"", b"x", BODY])
def test_what_was_sealed_is_what_is_read(body: bytes) -> None:
    """Any number of bytes, none included."""
    assert unseal(sealed(body), len(body), hashlib.sha256(body).hexdigest()) == body


def _map(fd: int) -> None:
    mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_WRITE).close()


def _write_again(fd: int) -> None:
    again = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
    try:
        os.write(again, b"x")
    finally:
        os.close(again)


CHANGES: dict[str, Callable[[int], object]] = {
    "write": lambda fd: os.pwrite(fd, b"x", 0),
    "append": lambda fd: os.pwrite(fd, b"x", len(BODY)),
    "truncate": lambda fd: os.ftruncate(fd, 1),
    "extend": lambda fd: os.ftruncate(fd, 1_000_000),
    "punch": lambda fd: os.posix_fallocate(fd, 0, 2_000_000),
    "map": _map,
    "open again": _write_again,
    "seal less": lambda fd: fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 0x10),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_can_change_a_sealed_parcel(change: str) -> None:
    """Whoever was handed the descriptor tries every way to alter it, and what its maker holds stays the same."""
    kept = sealed(BODY)
    handed = os.dup(kept)
    with pytest.raises(OSError, match=r".*"):
        CHANGES[change](handed)
    os.close(handed)
    assert unseal(kept, len(BODY), SHA) == BODY


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_changes_work_without_seals(change: str) -> None:
    """The positive control: it is the seals that refuse."""
    fd = os.memfd_create("open", os.MFD_ALLOW_SEALING)
    os.write(fd, BODY)
    CHANGES[change](fd)
    os.close(fd)


@pytest.mark.parametrize("missing", [fcntl.F_SEAL_SHRINK, fcntl.F_SEAL_GROW, fcntl.F_SEAL_WRITE, fcntl.F_SEAL_SEAL])
def test_a_parcel_with_one_seal_missing_is_refused(missing: int) -> None:
    """What its sender could still change is not read."""
    before, fd = open_files(), os.memfd_create("loose", os.MFD_ALLOW_SEALING)
    os.write(fd, BODY)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, ALL_SEALS & ~missing)
    with pytest.raises(BadMessage, match="not sealed"):
        unseal(fd, len(BODY), SHA)
    assert open_files() == before


@pytest.mark.parametrize(
    ("size", "sha256", "why"),
    [(len(BODY) - 1, SHA, "bytes"), (len(BODY) + 1, SHA, "bytes"), (len(BODY), "0" * 64, "SHA-256")],
)
def test_a_parcel_that_is_not_what_was_announced_is_refused(size: int, sha256: str, why: str) -> None:
    """Another size or another hash, and the descriptor is closed."""
    before = open_files()
    with pytest.raises(BadMessage, match=why):
        unseal(sealed(BODY), size, sha256)
    assert open_files() == before


def test_a_descriptor_that_is_no_memfd_is_refused(tmp_path: Path) -> None:
    """A file, a pipe and a device are not parcels."""
    (tmp_path / "file").write_bytes(BODY)
    before = open_files()
    reading, writing = os.pipe()
    for fd in (os.open(tmp_path / "file", os.O_RDONLY), os.open("/dev/null", os.O_RDONLY), reading, writing):
        with pytest.raises(BadMessage, match="no memfd"):
            unseal(fd, len(BODY), SHA)
    assert open_files() == before
