"""What is read out of a captured wire: every frame with its sender, what was said on it once, and MQTT's packets."""

from __future__ import annotations

import struct
from pathlib import Path

import capture
import frames
import mqtt
import pytest
from frames import CaptureError, Frame

SPEAKER, HOUSE = b"\x02\0\0\0\0\2", b"\x02\0\0\0\0\1"


def ethernet(kind: int, body: bytes, sender: bytes = SPEAKER) -> bytes:
    return HOUSE + sender + struct.pack(">H", kind) + body


def ipv4(protocol: int, body: bytes) -> bytes:
    header = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0, b"\x0a\x4d\0\2", b"\x0a\x4d\0\1"
    )
    return ethernet(0x0800, header + body)


def tcp(sequence: int, payload: bytes, source: int = 40_000) -> bytes:
    return ipv4(6, struct.pack(">HHIIBBHHH", source, 1883, sequence, 0, 5 << 4, 16, 0, 0, 0) + payload)


def pcap(path: Path, *contents: bytes, magic: int = 0xA1B2C3D4, link: int = 1, order: str = "<") -> Path:
    whole = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262_144, link)
    for number, content in enumerate(contents):
        whole += struct.pack(f"{order}IIII", 1000 + number, 500_000, len(content), len(content)) + content
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_frame_is_counted_with_its_sender_and_its_size(tmp_path: Path, order: str) -> None:
    """ARP, IPv6, UDP, TCP and what nobody knows; in a file of either byte order."""
    udp = ipv4(17, struct.pack(">HHHH", 5, 53, 12, 0) + b"name")
    arp, ipv6, other = ethernet(0x0806, bytes(28)), ethernet(0x86DD, bytes(40)), ethernet(0x88CC, b"?")
    contents = [arp, ipv6, udp, tcp(1, b"x"), ipv4(1, bytes(8)), other]
    found = frames.read(pcap(tmp_path / "wire", *contents, order=order))
    assert [one.kind for one in found] == ["ARP", "IPv6", "UDP", "TCP", "IP 1", "0x88cc"]
    assert [one.size for one in found] == [len(content) for content in contents]
    assert {one.sender for one in found} == {SPEAKER}
    assert (found[2].to, found[2].ports, found[2].payload) == ("10.77.0.1", (5, 53), b"name")
    assert found[3].at == 1003.5


def test_padding_behind_a_short_packet_is_no_payload(tmp_path: Path) -> None:
    """Ethernet fills short frames up; the length in the IP header decides."""
    (one,) = frames.read(pcap(tmp_path / "wire", tcp(1, b"ab") + bytes(9)))
    assert one.payload == b"ab"


@pytest.mark.parametrize(
    ("spoilt", "what"),
    [
        (lambda whole: whole[:10], "no pcap header"),
        (lambda whole: b"\0\0\0\0" + whole[4:], "no pcap file"),
        (lambda whole: whole[:-3], "not whole"),
        (lambda whole: whole + b"\0\0", "middle of a frame"),
    ],
)
def test_a_capture_that_is_not_whole_is_none(tmp_path: Path, spoilt: object, what: str) -> None:
    """Counting less than there was would be the worst mistake of all."""
    path = pcap(tmp_path / "wire", tcp(1, b"abc"))
    path.write_bytes(spoilt(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(CaptureError, match=what):
        frames.read(path)


def said(*parts: tuple[int, bytes]) -> list[Frame]:
    return [Frame(float(at), SPEAKER, 60, "TCP", "", (1, 2), at, part) for at, part in parts]


def test_what_tcp_sent_twice_was_said_once() -> None:
    """Whole repetitions, overlapping ones, and numbers that wrap around."""
    assert b"".join(part for _, part in frames.streams(said((1, b"abc"), (1, b"abc"), (3, b"cde")))[0]) == b"abcde"
    begin = (1 << 32) - 2
    assert (
        b"".join(part for _, part in frames.streams(said((begin, b"abc"), (begin + 3 - (1 << 32), b"de")))[0])
        == b"abcde"
    )


def test_two_connections_are_two_streams(tmp_path: Path) -> None:
    """Told apart by their ports."""
    found = frames.streams(frames.read(pcap(tmp_path / "w", tcp(1, b"a", 1), tcp(9, b"x", 2), tcp(2, b"b", 1))))
    assert [[part for _, part in stream] for stream in found] == [[b"a", b"b"], [b"x"]]


PUBLISH = b"\x32\x0f\0\3a/b\0\1\5\2\0\0\0\1hi"
"""Quality 1, so it has a number; one property (an expiry); two bytes of content."""
PING = b"\xc0\0"


def test_packets_of_mqtt_are_told_apart() -> None:
    """Kind, size, topic and what a PUBLISH carries, however they were cut into pieces."""
    whole = b"\x10\2xx" + PUBLISH + PING
    pieces = [(float(number), whole[number : number + 1]) for number in range(len(whole))]
    found = mqtt.packets(pieces)
    assert [(one.kind, one.size) for one in found] == [("CONNECT", 4), ("PUBLISH", len(PUBLISH)), ("PINGREQ", 2)]
    assert (found[1].topic, found[1].payload, found[1].at) == ("a/b", 2, 4.0)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", PUBLISH[:-1], b"\x30\xff\xff\xff\xff\x01", b"\x10"])
def test_what_is_no_mqtt_is_an_error(said: bytes) -> None:
    """Another protocol on the broker's port must not be counted as nothing."""
    with pytest.raises(CaptureError):
        mqtt.packets([(0.0, said)])


def test_the_kernels_counters_bound_what_may_have_crossed() -> None:
    """Exactly, if only our own datagrams of 71 bytes crossed around them; otherwise by what else they counted."""
    exact = capture.between([(10, 1_000), (11, 1_071), (18, 1_637), (19, 1_708)], 71)
    assert [exact.hold(one) for one in ((7, 566), (6, 566), (8, 632), (7, 565))] == [True, False, False, False]
    pinged = capture.between([(10, 1_000), (13, 1_203), (18, 1_637), (19, 1_708)], 71)
    assert [pinged.hold(one) for one in ((5, 434), (7, 566), (4, 368), (8, 632))] == [True, True, False, False]
    assert str(pinged) == "the kernel counted (5, 434) to (7, 566)"
