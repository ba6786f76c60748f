"""Reads captures (pcap, pcapng) strictly: a file that is cut, or is none, is told and never half read.

Only who sent how many bytes to whom and when is taken; what was sent is not looked at. Sizes are those of the packets
on the wire, also where only their beginnings were captured.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import BinaryIO, NamedTuple

from keepmum.errors import LabError

LINKS = {0: 4, 1: 14, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
"""Bytes before the IP packet for each kind of link: loopback, Ethernet, raw IP, Linux `any`."""
_ETHERNET = 1
_TYPE_AT = {1: 12, 113: 14, 276: 0}
_MAGIC = {0xA1B2C3D4: 1_000_000, 0xA1B23C4D: 1_000_000_000}
_NG, _NG_ORDER = b"\x0a\x0d\x0d\x0a", 0x1A2B3C4D
_LARGEST = 1 << 20
_VLANS = {0x8100, 0x88A8}

Ip = IPv4Address | IPv6Address


class Packet(NamedTuple):
    """One IP packet, or a frame of something else, which has no addresses of IP."""

    at: float
    """Unix time."""
    size: int
    """Bytes on the wire."""
    source: Ip | None = None
    target: Ip | None = None
    macs: tuple[str, str] | None = None
    """Of source and target, where the link has such."""
    calls: bool = False
    """Whether its sender begins a TCP connection with it."""


def packets(path: Path) -> Iterator[Packet]:
    """Every packet of a file. Raises LabError for one that is empty, no capture, cut, or of a link without IP."""
    try:
        with path.open("rb") as file:
            yield from (_packet(*frame) for frame in _frames(file))
    except OSError as error:
        raise LabError(f"{path}: {error.strerror}", "make it readable") from error
    except (ValueError, struct.error) as error:
        raise LabError(f"{path}: {error}", "capture it again, or leave it out") from error


Frame = tuple[int, float, int, bytes]
"""Link, time, size on the wire, and what was captured of it."""


def _frames(file: BinaryIO) -> Iterator[Frame]:
    begin = file.read(4)
    if not begin:
        raise ValueError("is empty")
    if begin == _NG:
        return _of_pcapng(file)
    for order in "<", ">":
        parts = _MAGIC.get(struct.unpack(f"{order}I", begin.ljust(4, b"\0"))[0])
        if parts:
            return _of_pcap(file, order, parts)
    raise ValueError("is no pcap or pcapng file")


def _of_pcap(file: BinaryIO, order: str, parts: int) -> Iterator[Frame]:
    link = struct.unpack(f"{order}HHiIII", _read(file, 20))[5] & 0xFFFF
    _refuse_without_ip(link)
    while header := file.read(16):
        seconds, part, captured, size = struct.unpack(f"{order}IIII", header + _read(file, 16 - len(header)))
        yield link, seconds + part / parts, size, _read(file, captured)


def _of_pcapng(file: BinaryIO) -> Iterator[Frame]:
    """The blocks that hold packets; others are skipped. Each section says its own byte order, and its own links."""
    order, links = "<", list[tuple[int, float]]()
    kind = _NG
    while kind:
        head = _read(file, 4)
        if kind == _NG:
            order = "<" if struct.unpack("<I", (magic := _read(file, 4)))[0] == _NG_ORDER else ">"
            links = []
            body = magic + _body(file, order, head, 16)
        else:
            body = _body(file, order, head, 12)
        number = struct.unpack(f"{order}I", kind)[0]
        if number == 1:
            links.append((struct.unpack_from(f"{order}H", body)[0], _resolution(body, order)))
        elif number == 6:
            yield _of_block(body, order, links)
        elif number == 3:
            raise ValueError("has packets without a time")
        kind = file.read(4)


def _body(file: BinaryIO, order: str, head: bytes, least: int) -> bytes:
    length = struct.unpack(f"{order}I", head)[0]
    if length < least or length > _LARGEST or length % 4:
        raise ValueError(f"has a block of {length} bytes, which cannot be")
    body = _read(file, length - least)
    if _read(file, 4) != head:
        raise ValueError("has a block whose two lengths differ")
    return body


def _of_block(body: bytes, order: str, links: list[tuple[int, float]]) -> Frame:
    interface, high, low, captured, size = struct.unpack_from(f"{order}IIIII", body)
    if interface >= len(links) or captured > len(body) - 20:
        raise ValueError("has a packet that does not fit its block")
    link, resolution = links[interface]
    _refuse_without_ip(link)
    return link, (high << 32 | low) * resolution, size, body[20 : 20 + captured]


def _resolution(body: bytes, order: str) -> float:
    """Seconds of one tick of an interface's clock, from its option 9; a millionth if it says none."""
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(f"{order}HH", body, at)
        if code == 9 and length == 1:
            said = body[at + 4]
            return float(2.0 ** -(said & 0x7F)) if said & 0x80 else float(10.0**-said)
        at += 4 + (length + 3) // 4 * 4
    return 1e-6


def _read(file: BinaryIO, size: int) -> bytes:
    if size > _LARGEST:
        raise ValueError(f"has a packet of {size} bytes, which cannot be")
    content = file.read(size)
    if len(content) < size:
        raise ValueError("is cut: it ends within a packet")
    return content


def _refuse_without_ip(link: int) -> None:
    if link not in LINKS:
        raise ValueError(f"has link type {link}, on which no IP can be told; capture on Ethernet, or with `-i any`")


def _packet(link: int, at: float, size: int, frame: bytes) -> Packet:
    start, macs = LINKS[link], None
    if link == _ETHERNET and len(frame) >= 14:
        macs = frame[6:12].hex(":"), frame[:6].hex(":")
    if link in _TYPE_AT:
        place = _TYPE_AT[link]
        while link == _ETHERNET and _word(frame, place) in _VLANS:
            place, start = place + 4, start + 4
        if _word(frame, place) not in {0x0800, 0x86DD}:
            return Packet(at, size, macs=macs)
    return _addressed(Packet(at, size, macs=macs), frame[start:])


def _addressed(packet: Packet, untrusted_ip: bytes) -> Packet:
    version = untrusted_ip[0] >> 4 if untrusted_ip else 0
    if version == 4 and len(untrusted_ip) >= 20:
        after, protocol = (untrusted_ip[0] & 15) * 4, untrusted_ip[9]
        ends: tuple[Ip, Ip] = IPv4Address(untrusted_ip[12:16]), IPv4Address(untrusted_ip[16:20])
    elif version == 6 and len(untrusted_ip) >= 40:
        after, protocol = 40, untrusted_ip[6]
        ends = IPv6Address(untrusted_ip[8:24]), IPv6Address(untrusted_ip[24:40])
    else:
        return packet
    flags = untrusted_ip[after + 13] if protocol == 6 and len(untrusted_ip) > after + 13 else 0
    return packet._replace(source=ends[0], target=ends[1], calls=flags & 0x12 == 0x02)


def _word(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big")
