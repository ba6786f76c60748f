"""What comes over a line from a peer that talks nonsense: one refusal for each packet, and nothing left open."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

import pytest

from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import LARGEST, TABLE, Next, Parcel, Stop, UplinkHello, Watch, encode
from keepmum.wire import Line

PARCEL = Parcel(id="0" * 32, kind="clip", topic="clip", size=1, sha256="0" * 64)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def raw() -> Iterator[tuple[Line, socket.socket]]:
    """(the listener's end, a bare socket that can send anything)."""
    ours, bare = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    bare.settimeout(5.0)
    line = Line(ours, *TABLE["uplink"])
    yield line, bare
    line.close()
    bare.close()


@pytest.fixture
def towards_uplink() -> Iterator[tuple[socket.socket, Line]]:
    """(a bare socket that can send anything, the uplink's end): a listener gone mad."""
    mad, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.settimeout(5.0)
    line = Line(theirs, TABLE["uplink"].sends, TABLE["uplink"].receives)
    yield mad, line
    mad.close()
    line.close()


def test_an_end_does_not_take_what_the_other_may_not_send(raw: tuple[Line, socket.socket]) -> None:
    """The panel's words are refused from the uplink, and the line stays usable."""
    line, bare = raw
    bare.send(encode(Watch()))
    bare.send(encode(Next()))
    with pytest.raises(BadMessage, match="'watch', which this peer may not send"):
        line.receive()
    assert line.receive() == (Next(), None)


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


@pytest.mark.parametrize("packet", [encode(Next()), b"nonsense", b"", encode(PARCEL)], ids=range(4))
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
    [encode(Stop(why="x")), b"nonsense", b"", encode(Next()), encode(PARCEL) + b" " * LARGEST],
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
        socket.send_fds(mad, [encode(PARCEL)], [given.fileno()] * count)
        with pytest.raises(BadMessage, match="descriptors"):
            line.receive()
    assert open_files() == before
