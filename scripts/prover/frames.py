"""Takes a captured wire apart, with nothing but the file's own format: who sent how many bytes, and what they were.

The file is tcpdump's: pcap as draft-ietf-opsawg-pcap describes it, Ethernet frames. Sizes are whole frames as they
cross the wire, without preamble and checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from keepmum.errors import KeepmumError

_MICROSECONDS, _NANOSECONDS, _ETHERNET = 0xA1B2C3D4, 0xA1B23C4D, 1
_IPV4, _TCP, _UDP = 0x0800, 6, 17
_KINDS = {0x0806: "ARP", 0x86DD: "IPv6"}


class CaptureError(KeepmumError, ValueError):
    """A capture that cannot be read, or that missed something."""


@dataclass(frozen=True)
class Frame:
    """One frame."""

    at: float
    """Unix time, in seconds."""
    sender: bytes
    """Its six bytes of hardware address."""
    size: int
    """Bytes on the wire."""
    kind: str
    """TCP, UDP, ARP, IPv6, or the number of what else it is."""
    to: str = ""
    """The IPv4 address that it is for."""
    ports: tuple[int, int] = (0, 0)
    """From and to."""
    sequence: int = 0
    """Of TCP: the number of the first byte of the payload."""
    payload: bytes = b""


def read(path: Path) -> list[Frame]:
    """All frames of a capture, in order; raises CaptureError if it is no capture of whole Ethernet frames."""
    untrusted = path.read_bytes()
    if len(untrusted) < 24:
        raise CaptureError(f"{path} has no pcap header", "see what tcpdump said")
    order = "<" if untrusted[:4] in {struct.pack("<I", _MICROSECONDS), struct.pack("<I", _NANOSECONDS)} else ">"
    magic, link = struct.unpack_from(f"{order}I16xI", untrusted)
    if magic not in {_MICROSECONDS, _NANOSECONDS} or link != _ETHERNET:
        raise CaptureError(f"{path} is no pcap file of Ethernet frames", "capture with tcpdump on a veth or a card")
    return list(_frames(untrusted, order, 1e-9 if magic == _NANOSECONDS else 1e-6))


def _frames(untrusted: bytes, order: str, unit: float) -> Iterator[Frame]:
    at = 24
    while at < len(untrusted):
        if at + 16 > len(untrusted):
            raise CaptureError("the capture ends in the middle of a frame", "let tcpdump end by itself")
        seconds, part, kept, size = struct.unpack_from(f"{order}IIII", untrusted, at)
        content = untrusted[at + 16 : at + 16 + kept]
        if kept != size or len(content) != size or size < 14:
            raise CaptureError("the capture holds a frame that is not whole", "capture with -s 0")
        yield _frame(seconds + part * unit, content)
        at += 16 + kept


def _frame(at: float, content: bytes) -> Frame:
    sender, (kind,) = content[6:12], struct.unpack_from(">H", content, 12)
    if kind != _IPV4:
        return Frame(at, sender, len(content), _KINDS.get(kind, f"0x{kind:04x}"))
    header, protocol = (content[14] & 15) * 4, content[23]
    (length,) = struct.unpack_from(">H", content, 16)
    to, body = ".".join(map(str, content[30:34])), content[14 + header : 14 + length]
    if protocol == _TCP:
        source, target, sequence = struct.unpack_from(">HHI", body)
        return Frame(at, sender, len(content), "TCP", to, (source, target), sequence, body[(body[12] >> 4) * 4 :])
    if protocol == _UDP:
        source, target = struct.unpack_from(">HH", body)
        return Frame(at, sender, len(content), "UDP", to, (source, target), 0, body[8:])
    return Frame(at, sender, len(content), f"IP {protocol}", to)


def streams(frames: Iterable[Frame]) -> list[list[tuple[float, bytes]]]:
    """What was said on each TCP connection, in order and once, however often it was sent; connections in order."""
    found: dict[tuple[int, int], list[tuple[float, bytes]]] = {}
    reached: dict[tuple[int, int], int] = {}
    for frame in frames:
        if frame.kind != "TCP" or not frame.payload:
            continue
        new = frame.ports not in reached
        # Numbers of sequence wrap around; what was sent before is a little below what was reached.
        known = 0 if new else (reached[frame.ports] - frame.sequence) % (1 << 32)
        known = 0 if known >= 1 << 31 else known
        if fresh := frame.payload[known:]:
            found.setdefault(frame.ports, []).append((frame.at, fresh))
            reached[frame.ports] = (frame.sequence + len(frame.payload)) % (1 << 32)
    return list(found.values())
