"""The sockets between the processes: doors, lines, and which message may pass in which direction."""

from __future__ import annotations

import os
import resource
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import Next, Refused, Seen, Status, Stop, UplinkHello, encode
from keepmum.wire import Door, Line, connect


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
    path = tmp_path / "panel.sock"
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


def test_a_file_is_no_door(tmp_path: Path) -> None:
    """A unit that hands over something that is no socket at all is told so, and it is closed."""
    before = open_files()
    with pytest.raises(PeerError, match=r"no door for panel: .*non-socket"):
        Door.from_fd(os.open(tmp_path, os.O_RDONLY), "panel")
    assert open_files() == before


def listening(address: str) -> socket.socket:
    one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.bind(address)
    one.listen()
    return one


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET),
        lambda: listening("\0keepmum/uplink.sock"),
    ],
    ids=["internet", "stream", "not listening", "another role's"],
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
