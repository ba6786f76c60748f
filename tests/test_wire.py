"""The sockets between the processes, with a peer that talks nonsense at the other end."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import random
import resource
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import LARGEST, Next, Parcel, Refused, Seen, Status, Stop, UplinkHello, Watch, encode
from keepmum.wire import Door, Line, connect, sealed, unseal

BODY = random.Random(7).randbytes(300_000)
SHA = hashlib.sha256(BODY).hexdigest()
ALL_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def parcel(body: bytes = BODY) -> Parcel:
    return Parcel(id="0" * 32, kind="clip", topic="clip", size=len(body), sha256=hashlib.sha256(body).hexdigest())


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The uplink's door, open."""
    door = Door(tmp_path / "run", "uplink")
    yield door
    door.close()


@pytest.fixture
def ends(door: Door) -> Iterator[tuple[Line, Line]]:
    """(the listener's end, the uplink's end) of one line."""
    assert door.path
    peer = connect(door.path.parent, "uplink", 5.0)
    line = door.accept()
    assert line
    yield line, peer
    line.close()
    peer.close()


@pytest.fixture
def raw(door: Door) -> Iterator[tuple[Line, socket.socket]]:
    """(the listener's end, a bare socket that can send anything)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as bare:
        bare.settimeout(5.0)
        bare.connect(str(door.path))
        line = door.accept()
        assert line
        yield line, bare
        line.close()


@pytest.fixture
def towards_uplink(door: Door) -> Iterator[tuple[socket.socket, Line]]:
    """(a bare socket that can send anything, the uplink's end): a listener gone mad."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line = Line(theirs, (Parcel, Stop, Refused), (UplinkHello, Next))
    theirs.settimeout(5.0)
    yield ours, line
    ours.close()
    line.close()


# ---- the door


def test_the_path_is_the_role_and_only_owner_and_group_may_connect(door: Door) -> None:
    """The socket stands at <folder>/<role>.sock with mode 0660 in a folder that others may look into."""
    assert door.path
    assert (door.path.name, stat.S_IMODE(door.path.stat().st_mode)) == ("uplink.sock", 0o660)
    assert stat.S_IMODE(door.path.parent.stat().st_mode) == 0o755


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_mode_does_not_depend_on_who_starts_the_listener(tmp_path: Path, umask: int) -> None:
    """An owner's careless or careful umask changes nothing."""
    before = os.umask(umask)
    try:
        door = Door(tmp_path, "panel")
    finally:
        os.umask(before)
    assert door.path
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o660
    door.close()


def test_a_door_where_nobody_knocks_does_not_wait(door: Door) -> None:
    """accept() answers None at once."""
    assert door.accept() is None


def test_the_kernel_says_who_is_at_the_other_end(ends: tuple[Line, Line]) -> None:
    """A line knows process, user and group of its peer."""
    assert ends[0].peer == (os.getpid(), os.getuid(), os.getgid())


def test_what_a_crash_left_behind_does_not_keep_the_door_shut(tmp_path: Path) -> None:
    """A socket file with nobody behind it is replaced."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(tmp_path / "uplink.sock"))
    door = Door(tmp_path, "uplink")
    connect(tmp_path, "uplink", 5.0).close()
    door.close()
    assert not (tmp_path / "uplink.sock").exists()


def test_a_second_listener_does_not_take_the_door_of_the_first(door: Door) -> None:
    """Whoever starts the speaker twice is told so, and the first one goes on."""
    assert door.path
    with pytest.raises(PeerError, match="another listener already answers"):
        Door(door.path.parent, "uplink")
    peer = connect(door.path.parent, "uplink", 5.0)
    lines = [door.accept(), door.accept(), door.accept()]
    assert [line is not None for line in lines] == [True, True, False], "the second listener's look, then the peer"
    for line in (*lines[:2], peer):
        assert line
        line.close()


def test_a_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    """Only a socket is ever replaced."""
    (tmp_path / "uplink.sock").write_text("precious")
    with pytest.raises(PeerError, match="in the way"):
        Door(tmp_path, "uplink")
    assert (tmp_path / "uplink.sock").read_text() == "precious"


def test_a_folder_that_cannot_hold_a_socket_is_one_clear_error(tmp_path: Path) -> None:
    """A path that is too long for the kernel names itself and the setting to change, and leaves nothing open."""
    before = open_files()
    with pytest.raises(PeerError, match="cannot be made") as refused:
        Door(tmp_path / ("x" * 120), "uplink")
    assert "folders.run" in refused.value.hint
    assert open_files() == before


@pytest.mark.parametrize("open_it", [Door, lambda folder, role: connect(folder, role, 1.0)], ids=["door", "connect"])
def test_there_is_no_door_for_an_unknown_role(tmp_path: Path, open_it: Callable[[Path, str], object]) -> None:
    """A role that is not in the table is an error that lists those that are."""
    with pytest.raises(PeerError, match="no role 'cloud'") as refused:
        open_it(tmp_path, "cloud")
    assert "uplink, skills, panel" in refused.value.hint


def test_a_door_that_systemd_opened_is_used_and_left_standing(tmp_path: Path) -> None:
    """The listener takes a listening socket as it is; its file belongs to whoever made it."""
    path = tmp_path / "handed.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as made:
        made.bind(str(path))
        made.listen()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        door = Door.from_fd(os.dup(made.fileno()), "panel")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
        peer.connect(str(path))
        line = door.accept()
        assert line
        peer.send(encode(Status()))
        assert line.receive() == (Status(), None)
        line.close()
    door.close()
    assert path.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET),
    ],
    ids=["internet", "stream", "not listening"],
)
def test_another_kind_of_socket_is_no_door(wrong: Callable[[], socket.socket]) -> None:
    """A unit that hands over the wrong socket stops the listener instead of opening the house."""
    before = open_files()
    with pytest.raises(PeerError, match="no door for panel"):
        Door.from_fd(wrong().detach(), "panel")
    assert open_files() == before


def test_closing_twice_is_allowed(door: Door, ends: tuple[Line, Line]) -> None:
    """Whoever tidies up need not remember."""
    for thing in (*ends, door):
        thing.close()
        thing.close()
        assert thing.fileno() == -1


def test_running_out_of_descriptors_is_one_clear_error(door: Door) -> None:
    """A crowd at the door does not end the listener with a traceback from the socket module."""
    assert door.path
    peer = connect(door.path.parent, "uplink", 5.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (peer.fileno(), hard))
    try:
        with pytest.raises(PeerError, match="nobody else can connect as uplink"):
            door.accept()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    line = door.accept()
    assert line
    line.close()
    peer.close()


# ---- connecting


def test_a_listener_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """The peer says where it looked and what to start."""
    before = open_files()
    with pytest.raises(PeerError, match=r"uplink\.sock: No such file") as refused:
        connect(tmp_path, "uplink", 1.0)
    assert "keepmum run listener" in refused.value.hint
    assert open_files() == before


# ---- messages


def test_messages_cross_both_ways_and_an_empty_line_says_none(ends: tuple[Line, Line]) -> None:
    """Each end gets what the other sent, and None where nothing is waiting."""
    line, peer = ends
    peer.send(UplinkHello())
    peer.send(Next())
    assert [line.receive(), line.receive(), line.receive()] == [(UplinkHello(), None), (Next(), None), None]
    line.send(Stop(why="withdrawn"))
    assert peer.receive() == (Stop(why="withdrawn"), None)


def test_a_line_with_a_timeout_says_none_when_it_is_over(door: Door) -> None:
    """A peer can do something else between two messages."""
    assert door.path
    peer = connect(door.path.parent, "uplink", 0.001)
    assert peer.receive() is None
    peer.close()


def test_an_end_cannot_send_what_it_may_not(ends: tuple[Line, Line]) -> None:
    """A mistake of ours stops at the sender: the uplink has no Say, the listener no Next."""
    line, peer = ends
    for end, message in ((line, Next()), (peer, Status()), (peer, Refused(why="no"))):
        with pytest.raises(BadMessage, match="may not be sent here"):
            end.send(message)
    assert line.receive() is None


def test_an_end_does_not_take_what_the_other_may_not_send(raw: tuple[Line, socket.socket]) -> None:
    """The panel's words are refused from the uplink, and the line stays usable."""
    line, bare = raw
    bare.send(encode(Watch()))
    bare.send(encode(Next()))
    with pytest.raises(BadMessage, match="'watch', which this peer may not send"):
        line.receive()
    assert line.receive() == (Next(), None)


def test_what_was_sent_before_a_hang_up_still_arrives(ends: tuple[Line, Line]) -> None:
    """A peer's last word counts, then PeerGone."""
    line, peer = ends
    peer.send(Next())
    peer.close()
    assert line.receive() == (Next(), None)
    for _ in range(2):
        with pytest.raises(PeerGone):
            line.receive()
    with pytest.raises(PeerGone):
        line.send(Stop(why="x"))


def test_a_peer_that_hung_up_with_unread_mail_is_gone_too(ends: tuple[Line, Line]) -> None:
    """The kernel reports that as a reset; it is the same to us."""
    line, peer = ends
    line.send(Stop(why="x"))
    peer.close()
    with pytest.raises(PeerGone):
        line.receive()


def test_a_peer_that_does_not_read_never_makes_the_listener_wait(tmp_path: Path) -> None:
    """A full line raises PeerGone at once instead of blocking the ear; nothing is lost in the middle."""
    door = Door(tmp_path, "panel")
    sloth = connect(tmp_path, "panel", 5.0)
    line = door.accept()
    assert line
    sent = []
    with pytest.raises(PeerGone, match="does not read"):  # noqa: PT012
        while len(sent) < 100_000:
            line.send(Seen(at=len(sent), kind="ring", facts={"text": "x" * 1_000}))
            sent.append((Seen(at=len(sent), kind="ring", facts={"text": "x" * 1_000}), None))
    line.close()
    assert sent
    assert [sloth.receive() for _ in sent] == sent
    with pytest.raises(PeerGone):
        sloth.receive()
    sloth.close()
    door.close()


# ---- nonsense


def test_ten_thousand_malformed_packets_are_each_one_refusal(raw: tuple[Line, socket.socket]) -> None:
    """Random bytes, cut and bent messages: each is a BadMessage, the next good one is understood, nothing leaks."""
    line, bare = raw
    dice, good = random.Random(2), encode(UplinkHello())
    before, refused = open_files(), 0
    for turn in range(10_000):
        packet = bytearray(good if turn % 2 else dice.randbytes(dice.randrange(1, 200)))
        packet[dice.randrange(len(packet))] ^= 0x80
        bare.send(bytes(packet))
        with pytest.raises(BadMessage):
            line.receive()
        refused += 1
    bare.send(good)
    assert line.receive() == (UplinkHello(), None)
    assert (refused, open_files()) == (10_000, before)


def test_a_packet_larger_than_any_message_is_refused_whole(raw: tuple[Line, socket.socket]) -> None:
    """What does not fit is not read by halves: even if its beginning is a good message."""
    line, bare = raw
    bare.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
    bare.send(encode(Next()) + b" " * LARGEST)
    bare.send(encode(Next()))
    with pytest.raises(BadMessage, match=f"more than {LARGEST} bytes"):
        line.receive()
    assert line.receive() == (Next(), None)


def test_an_empty_packet_counts_as_hanging_up(raw: tuple[Line, socket.socket]) -> None:
    """The kernel shows both alike; ours never send one."""
    line, bare = raw
    bare.send(b"")
    with pytest.raises(PeerGone):
        line.receive()


@pytest.mark.parametrize("packet", [encode(Next()), b"nonsense", b"", encode(parcel())], ids=range(4))
@pytest.mark.parametrize("count", [1, 2, 3, 60, 253])
def test_the_listener_cannot_be_handed_a_descriptor(raw: tuple[Line, socket.socket], packet: bytes, count: int) -> None:
    """However many descriptors hang on whatever packet, the packet is refused and not one is installed."""
    line, bare = raw
    before = open_files()
    with open("/dev/null", "rb") as given:
        for _ in range(5):
            socket.send_fds(bare, [packet], [given.fileno()] * count)
            with pytest.raises(PeerError):
                line.receive()
    assert open_files() == before


@pytest.mark.parametrize(
    "packet",
    [encode(Stop(why="x")), b"nonsense", b"", encode(Next()), encode(parcel()) + b" " * LARGEST],
    ids=["another message", "nonsense", "empty", "not for this end", "too large"],
)
@pytest.mark.parametrize("count", [1, 2, 3, 60, 253])
def test_a_descriptor_that_nobody_asked_for_is_closed(
    towards_uplink: tuple[socket.socket, Line], packet: bytes, count: int
) -> None:
    """The uplink does take descriptors, but keeps only the one that a good parcel brought."""
    mad, line = towards_uplink
    mad.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
    before = open_files()
    with open("/dev/null", "rb") as given:
        for _ in range(5):
            socket.send_fds(mad, [packet], [given.fileno()] * count)
            with pytest.raises(PeerError):
                line.receive()
    assert open_files() == before


@pytest.mark.parametrize("count", [0, 2, 3, 60])
def test_a_parcel_brings_exactly_one_descriptor(towards_uplink: tuple[socket.socket, Line], count: int) -> None:
    """None or several make it a bad message, and all of them are closed."""
    mad, line = towards_uplink
    before = open_files()
    with open("/dev/null", "rb") as given:
        socket.send_fds(mad, [encode(parcel())], [given.fileno()] * count)
        with pytest.raises(BadMessage, match="descriptors"):
            line.receive()
    assert open_files() == before


def test_a_sender_cannot_forget_a_parcels_descriptor_or_add_one_to_something_else(ends: tuple[Line, Line]) -> None:
    """Both are mistakes of ours, found before anything is sent."""
    line, peer = ends
    with pytest.raises(BadMessage, match="go together"):
        line.send(parcel())
    with pytest.raises(BadMessage, match="go together"):
        line.send(Stop(why="x"), 0)
    line.close()
    with pytest.raises(PeerGone):
        peer.receive()


# ---- parcels


def test_a_parcel_arrives_byte_for_byte_and_leaves_nothing_open(ends: tuple[Line, Line]) -> None:
    """Two hundred clips cross, each in a memfd that does not survive a program's start."""
    line, peer = ends
    before = open_files()
    for _ in range(200):
        fd = sealed(BODY)
        line.send(parcel(), fd)
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
def test_nobody_can_change_a_sealed_parcel(ends: tuple[Line, Line], change: str) -> None:
    """The receiver tries every way to alter it, and what its maker holds stays the same."""
    line, peer = ends
    kept = sealed(BODY)
    line.send(parcel(), kept)
    received = peer.receive()
    assert received
    assert received[1] is not None
    with pytest.raises(OSError, match=r".*"):
        CHANGES[change](received[1])
    os.close(received[1])
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
