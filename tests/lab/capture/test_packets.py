"""Captures are read strictly: sizes as on the wire, times as captured, and a file that is not whole is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

import captures

from keepmum.errors import LabError
from keepmum.lab.capture import outgoing, sizes
from keepmum.lab.capture.packets import packets

LINES = [(0.0, 100, True), (1.5, 200, False), (3.25, 1_400, True)]


def test_pcap_and_pcapng_say_the_same(tmp_path: Path) -> None:
    """Times, sizes and addresses of every packet."""
    plain = list(packets(captures.pcap(tmp_path / "a.pcap", LINES)))
    assert [(each.at - captures.BEGAN, each.size) for each in plain] == [(0.0, 154), (1.5, 254), (3.25, 1_454)]
    assert list(packets(captures.pcapng(tmp_path / "a.pcapng", LINES))) == plain
    assert str(plain[0].source) == captures.HERE
    assert plain[0].macs == (captures.DEVICE.hex(":"), captures.ROUTER.hex(":"))


def test_sizes_are_those_on_the_wire(tmp_path: Path) -> None:
    """A capture of headers alone tells as many bytes as a whole one."""
    short = captures.of_frames(tmp_path / "a.pcap", [(0.0, captures.frame(1_000))], snap=60)
    assert [each.size for each in packets(short)] == [1_054]


@pytest.mark.parametrize(("link", "before"), [(101, 0), (0, 4), (113, 16), (276, 20)])
def test_other_links_are_read(tmp_path: Path, link: int, before: int) -> None:
    """Raw IP, loopback, and both kinds of Linux's `any`."""
    at = {113: 14, 276: 0}.get(link)
    head = bytearray(before)
    if at is not None:
        head[at : at + 2] = b"\x08\x00"
    content = bytes(head) + captures.frame(50)[14:]
    (one,) = packets(captures.of_frames(tmp_path / "a.pcap", [(0.0, content)], link=link))
    assert (str(one.source), str(one.target)) == (captures.HERE, captures.THERE)


def test_a_tag_of_a_virtual_network_is_skipped(tmp_path: Path) -> None:
    """As access points write them."""
    plain = captures.frame(50)
    tagged = plain[:12] + b"\x81\x00\x00\x05" + plain[12:]
    (one,) = packets(captures.of_frames(tmp_path / "a.pcap", [(0.0, tagged)]))
    assert str(one.source) == captures.HERE


def test_what_is_no_ip_has_no_addresses(tmp_path: Path) -> None:
    """It counts as time that was captured."""
    arp = captures.frame(50)[:12] + b"\x08\x06" + bytes(28)
    (one,) = packets(captures.of_frames(tmp_path / "a.pcap", [(0.0, arp)]))
    assert (one.source, one.target) == (None, None)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda _: b"", "is empty"),
        (lambda _: b"nothing of the kind", "is no pcap or pcapng file"),
        (lambda whole: whole[:-10], "is cut: it ends within a packet"),
        (lambda whole: whole[:30], "is cut"),
        (lambda whole: whole[:20] + b"\x69" + whole[21:], "has link type 105"),
        (lambda whole: whole[:32] + b"\xff\xff\xff\x7f" + whole[36:], "has a packet of 2147483647 bytes"),
    ],
)
def test_a_pcap_that_is_not_whole_is_told(tmp_path: Path, spoil: object, told: str) -> None:
    """Empty, something else, cut, without IP, or damaged: one sentence with the file's name."""
    path = captures.pcap(tmp_path / "a.pcap", LINES)
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(LabError, match=told) as caught:
        list(packets(path))
    assert str(path) in caught.value.what


@pytest.mark.parametrize("cut", [1, 9, 40, 100])
def test_a_pcapng_that_is_cut_is_told(tmp_path: Path, cut: int) -> None:
    """Wherever it ends within a block."""
    path = captures.pcapng(tmp_path / "a.pcapng", LINES)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(LabError, match=r"is cut|lengths differ"):
        list(packets(path))


def test_the_device_is_who_is_local_and_talks_to_others(tmp_path: Path) -> None:
    """Its packets out are counted, not those to everybody, and nobody has to name it."""
    frames = [(0.0, captures.frame(100)), (1.0, captures.frame(300, outward=False))]
    frames += [(2.0, captures.frame(500, there=captures.EVERYBODY))]
    found = outgoing.trace(captures.of_frames(tmp_path / "a.pcap", frames))
    assert [(each.at, each.size) for each in found.sent] == [(0.0, 154)]
    assert (found.received, found.seconds) == (354, 2.0)


def test_between_two_local_machines_the_device_is_who_calls(tmp_path: Path) -> None:
    """A broker at home answers; whoever began the connection is the speaker."""
    frames = [(0.0, captures.frame(0, False, "10.0.0.9", 0x12)), (0.1, captures.frame(0, True, "10.0.0.9", 0x02))]
    frames += [(1.0, captures.frame(700, True, "10.0.0.9"))]
    found = outgoing.trace(captures.of_frames(tmp_path / "a.pcap", frames))
    assert [each.size for each in found.sent] == [54, 754]


@pytest.mark.parametrize("name", [captures.ROUTER.hex(":"), captures.THERE])
def test_the_device_can_be_named(tmp_path: Path, name: str) -> None:
    """By its MAC or its IP address."""
    found = outgoing.trace(captures.pcap(tmp_path / "a.pcap", LINES), name)
    assert [each.size for each in found.sent] == [254]


def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Nothing is measured of a silence that means another machine."""
    with pytest.raises(LabError, match=r"10\.9\.9\.9 says nothing in it"):
        outgoing.trace(captures.pcap(tmp_path / "a.pcap", LINES), "10.9.9.9")


def test_sizes_are_read_with_and_without_a_first_line(tmp_path: Path) -> None:
    """As the tap and as VCFingerprinting write them."""
    rows = "5.0,100,1.0\n5.5,200,-1.0\n7.25,300,1.0\n"
    for text in (rows, f"time,size,direction\n{rows}"):
        (tmp_path / "a.csv").write_text(text)
        found = sizes.trace(tmp_path / "a.csv")
        assert [tuple(each) for each in found.sent] == [(0.0, 100), (2.25, 300)]
        assert (found.seconds, found.received) == (2.25, 200)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("time,size,direction\n", "is empty"),
        ("1,2,1\n1,2\nx,2,1\n1,2,0\n", "line 2, 3, 4: not time,size,direction"),
        ("1,2,1\n" + "nan,1,1\n" * 9, "line 2, 3, 4 …"),
        ("\0\xff", "not time,size,direction|codec"),
    ],
)
def test_sizes_that_are_none_are_told_by_line(tmp_path: Path, text: str, told: str) -> None:
    """Each line, up to three of them."""
    (tmp_path / "a.csv").write_text(text, "latin-1")
    with pytest.raises(LabError, match=told):
        sizes.trace(tmp_path / "a.csv")
