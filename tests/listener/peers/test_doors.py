"""Whoever stands at a door, the listener stays polite, bounded and awake."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from selectors import DefaultSelector

import pytest

from keepmum import wire
from keepmum.errors import PeerError, PeerGone
from keepmum.listener.peers.doors import Doors, Reception, Visitor
from keepmum.messages import Done, Message, Refused, Status, encode

HEARD = "xylophone"


class Host:
    """Deals with the visitors of one role and remembers everything."""

    def __init__(self, most: int) -> None:
        self.came: list[Visitor] = []
        self.left: list[Visitor] = []
        self.said: list[tuple[Visitor, Message]] = []
        self.most = most

    def reception(self) -> Reception:
        return Reception(self.most, self.came.append, lambda *what: self.said.append(what), self.left.append)


class Building:
    """Some doors, a selector and the peers who knocked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.selector = DefaultSelector()
        self.doors = Doors(folder, self.selector)
        self.peers: list[wire.Line] = []

    def knock(self, role: str = "panel") -> wire.Line:
        self.peers.append(wire.connect(self.folder, role, 0.0))
        return self.peers[-1]

    def turn(self) -> None:
        for key, _ in self.selector.select(0):
            key.data()


@pytest.fixture
def building(tmp_path: Path) -> Iterator[Building]:
    """A building without doors yet."""
    one = Building(tmp_path / "run")
    yield one
    one.doors.close()
    one.selector.close()
    for peer in one.peers:
        peer.close()


def shout(line: wire.Line, packet: bytes) -> None:
    """Send bytes that `Line.send` would never send."""
    line._socket.send(packet)


def hung_up(line: wire.Line) -> bool:
    """Whether the listener closed this line; whatever it said before is skipped."""
    try:
        while line.receive() is not None:
            pass
    except PeerGone:
        return True
    return False


def test_visitors_are_told_apart_by_their_door(building: Building) -> None:
    """The path is the role: what comes through one door is never taken for another's."""
    panel, uplink = Host(2), Host(1)
    building.doors.open("panel", panel.reception())
    building.doors.open("uplink", uplink.reception())
    assert building.doors.roles() == []
    line = building.knock()
    line.send(Status())
    building.turn()
    building.turn()
    assert ([message for _, message in panel.said], uplink.came) == ([Status()], [])
    assert building.doors.roles() == ["panel"]
    line.close()
    building.turn()
    assert (panel.left, building.doors.roles()) == (panel.came, [])


def test_too_many_visitors_are_turned_away_until_one_leaves(building: Building) -> None:
    """The third of two is told why and hung up on; the others notice nothing, and a free place is free."""
    host = Host(2)
    building.doors.open("panel", host.reception())
    first, second, third = (building.knock() for _ in range(3))
    for _ in range(3):
        building.turn()
    assert third.receive() == (Refused(why="2 panel is connected already"), None)
    assert [hung_up(line) for line in (first, second, third)] == [False, False, True]
    assert (len(host.came), host.left) == (2, [])
    first.close()
    building.turn()
    fourth = building.knock()
    building.turn()
    assert (len(host.came), hung_up(fourth)) == (3, False)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00\xff",
        b"{}",
        b"[" * 1_000,
        b'{"type":"unmute"}',
        b'{"type":"status","mode":"share"}',
        encode(Done(text="what only the listener says")),
        b'{"type":"say","text":"' + HEARD.encode() + b'","loudly":true}',
    ],
)
def test_ten_times_nonsense_and_the_line_is_closed(
    building: Building, nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is answered and logged by its type alone; after the tenth the listener hangs up."""
    host = Host(1)
    building.doors.open("panel", host.reception())
    line = building.knock()
    building.turn()
    for n in range(9):
        shout(line, nonsense)
        building.turn()
        received = line.receive()
        assert received is not None, n
        assert isinstance(received[0], Refused)
    assert (host.said, host.left) == ([], [])
    shout(line, nonsense)
    building.turn()
    assert hung_up(line)
    assert host.left == host.came
    assert HEARD not in caplog.text


def test_a_good_message_among_nonsense_is_heard(building: Building) -> None:
    """Nine times nonsense is not held against what comes between."""
    host = Host(1)
    building.doors.open("panel", host.reception())
    line = building.knock()
    building.turn()
    for _ in range(4):
        shout(line, b"nonsense")
        line.send(Status())
    building.turn()
    assert [message for _, message in host.said] == [Status()] * 4


def test_descriptors_that_nobody_asked_for_are_closed(building: Building) -> None:
    """A panel cannot make the listener hold a file; trying counts as nonsense."""
    host = Host(1)
    building.doors.open("panel", host.reception())
    line = building.knock()
    building.turn()
    before = os.listdir("/proc/self/fd")
    reader, writer = os.pipe()
    for _ in range(10):
        socket.send_fds(line._socket, [encode(Status())], [reader])
        building.turn()
    os.close(reader)
    os.close(writer)
    assert len(os.listdir("/proc/self/fd")) <= len(before)
    assert (host.said, hung_up(line)) == ([], True)


def test_a_flood_does_not_keep_the_others_waiting(building: Building) -> None:
    """Sixteen messages of one line are taken in a turn; the rest waits, and so does nobody else."""
    host = Host(2)
    building.doors.open("panel", host.reception())
    flood, calm = building.knock(), building.knock()
    building.turn()
    building.turn()
    sent = 0
    while sent < 200:
        try:
            flood.send(Status())
        except PeerGone:
            break
        sent += 1
    calm.send(Status())
    building.turn()
    taken = [visitor for visitor, _ in host.said]
    assert sent > 16
    assert [taken.count(visitor) for visitor in host.came] == [16, 1]
    for _ in range(sent // 16 + 1):
        building.turn()
    assert len(host.said) == sent + 1


def test_a_visitor_that_vanishes_in_the_middle_of_its_message(building: Building) -> None:
    """It hangs up while it is being answered: the answer goes nowhere, and it leaves once."""
    sent, left = [], []
    lines: list[wire.Line] = []

    def said(visitor: Visitor, _message: Message) -> None:
        lines[0].close()
        sent.append(visitor.send(Done()))

    building.doors.open("panel", Reception(1, lambda _: None, said, left.append))
    lines.append(building.knock())
    building.turn()
    lines[0].send(Status())
    lines[0].send(Status())
    building.turn()
    building.turn()
    assert set(sent) == {False}
    assert (len(left), building.doors.roles()) == (1, [])
    building.knock()
    building.turn()
    assert building.doors.roles() == ["panel"]


def test_closing_the_doors_in_the_middle_of_a_message(building: Building) -> None:
    """A visitor whose line was closed meanwhile is not read any more."""
    host = Host(1)
    said = []

    def stop(_visitor: Visitor, message: Message) -> None:
        said.append(message)
        building.doors.close()

    building.doors.open("panel", Reception(1, host.came.append, stop, host.left.append))
    line = building.knock()
    building.turn()
    line.send(Status())
    line.send(Status())
    building.turn()
    assert (said, host.left) == ([Status()], [])


def test_closed_doors_leave_nothing_behind(building: Building) -> None:
    """Everybody is hung up on, the sockets are gone from the folder and from the selector."""
    host = Host(2)
    building.doors.open("panel", host.reception())
    line = building.knock()
    building.turn()
    building.doors.close()
    assert hung_up(line)
    assert list(building.folder.iterdir()) == []
    assert len(building.selector.get_map()) == 0
    with pytest.raises(PeerError, match="does not answer"):
        building.knock()


@contextmanager
def no_more_files() -> Iterator[None]:
    """Meanwhile this process may open no file."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, before[1]))
    spare = []
    try:
        while True:
            spare.append(os.dup(0))
    except OSError:
        pass
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for file in spare:
            os.close(file)


def test_a_listener_without_free_files_keeps_going(building: Building, caplog: pytest.LogCaptureFixture) -> None:
    """Who cannot be let in now waits at the door; the listener says so and looks after the others."""
    host = Host(2)
    building.doors.open("panel", host.reception())
    inside = building.knock()
    building.turn()
    building.knock()
    inside.send(Status())
    with no_more_files():
        building.turn()
    assert "nobody else can connect as panel" in caplog.text
    assert [message for _, message in host.said] == [Status()]
    building.turn()
    assert len(host.came) == 2
