"""Captures made for tests, with dpkt: an Ethernet with a device, its router, and a server somewhere."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from pathlib import Path

import dpkt

DEVICE, ROUTER = bytes.fromhex("f0d2f1000001"), bytes.fromhex("001122000002")
HERE, THERE, EVERYBODY = "192.168.1.20", "93.184.216.34", "239.255.255.250"
BEGAN = 1_500_000_000.0

Line = tuple[float, int, bool]
"""Seconds, bytes of content, whether it leaves."""


def frame(size: int, outward: bool = True, there: str = THERE, flags: int = 0x10) -> bytes:
    """One packet with so many bytes of content."""
    ends = (HERE, there) if outward else (there, HERE)
    segment = dpkt.tcp.TCP(sport=40_000, dport=443, flags=flags, data=bytes(size))
    packet = dpkt.ip.IP(src=socket.inet_aton(ends[0]), dst=socket.inet_aton(ends[1]), p=6, data=segment)
    packet.len = len(packet)
    macs = (DEVICE, ROUTER) if outward else (ROUTER, DEVICE)
    return bytes(dpkt.ethernet.Ethernet(src=macs[0], dst=macs[1], type=0x0800, data=packet))


def pcap(path: Path, lines: Iterable[Line], **how: int) -> Path:
    """A pcap of those packets; the first second of it is BEGAN."""
    return of_frames(path, [(at, frame(size, outward)) for at, size, outward in lines], **how)


def of_frames(path: Path, frames: Iterable[tuple[float, bytes]], link: int = 1, snap: int = 65_535) -> Path:
    """A pcap of any frames; with `snap` only so many bytes of each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link))
        for at, content in frames:
            seconds, part = divmod(round((BEGAN + at) * 1e6), 1_000_000)
            kept = content[:snap]
            file.write(struct.pack("<IIII", seconds, part, len(kept), len(content)) + kept)
    return path


def pcapng(path: Path, lines: Iterable[Line]) -> Path:
    """The same as pcapng, by dpkt's own writer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = dpkt.pcapng.Writer(file)
        for at, size, outward in lines:
            writer.writepkt(frame(size, outward), ts=BEGAN + at)
    return path


def beats(seconds: int, every: int = 10) -> list[Line]:
    """What a device sends when idle: 60 bytes now and then, and something comes back."""
    return [(float(at), 60, at % (2 * every) == 0) for at in range(0, seconds, every)]


def burst(at: float, seconds: int, rate: int = 4_000) -> list[Line]:
    """An upload: so many bytes a second, in four packets."""
    return [(at + second + part / 4, rate // 4, True) for second in range(seconds) for part in range(4)]
