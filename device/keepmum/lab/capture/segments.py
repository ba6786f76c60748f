"""What a tap saw, written as the packets that could have carried it, so that every program for captures reads it.

A relay sees bytes and no packets. The headers here are made up, but right: lengths, numbers and checksums fit. Their
addresses are of the range for documentation (RFC 5737), so that a capture names no machine.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address

DEVICE, BROKER = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
"""The two ends of every connection."""
LARGEST = 1_448
"""Bytes of content in a packet: what Ethernet's 1,500 leave to TCP with time stamps."""
HEADERS = 14 + 20 + 20
"""Bytes of Ethernet, IPv4 and TCP before it."""
_ETHERNET = {DEVICE: bytes.fromhex("020000000001"), BROKER: bytes.fromhex("020000000002")}
_FIN, _SYN, _RST, _PSH, _ACK = 1, 2, 4, 8, 16
_FIRST_PORT, _PORTS = 49_152, 16_384
_WINDOW = 65_535
_NUMBERS = 1 << 32


class Conversation:
    """One TCP connection. Each method gives the Ethernet frames of one thing that happens on it."""

    def __init__(self, number: int, port: int) -> None:
        """`number` counts the connections from 0, `port` is the broker's."""
        self._ports = {DEVICE: _FIRST_PORT + number % _PORTS, BROKER: port}
        self._next = {DEVICE: 0, BROKER: 0}
        self._frames = number * 2

    def opened(self) -> Iterator[bytes]:
        """The device calls, the broker answers."""
        yield self._frame(DEVICE, _SYN)
        self._next[DEVICE] += 1
        yield self._frame(BROKER, _SYN | _ACK)
        self._next[BROKER] += 1
        yield self._frame(DEVICE, _ACK)

    def said(self, outward: bool, content: bytes) -> Iterator[bytes]:
        """Content from the device (`outward`) or to it, in packets of LARGEST at most."""
        speaker = DEVICE if outward else BROKER
        for first in range(0, len(content), LARGEST):
            part = content[first : first + LARGEST]
            yield self._frame(speaker, _ACK | (_PSH if first + LARGEST >= len(content) else 0), part)
            self._next[speaker] = (self._next[speaker] + len(part)) % _NUMBERS

    def acknowledged(self, outward: bool) -> bytes:
        """The other end has it."""
        return self._frame(BROKER if outward else DEVICE, _ACK)

    def ended(self, outward: bool) -> Iterator[bytes]:
        """One end says no more."""
        yield self._frame(DEVICE if outward else BROKER, _FIN | _ACK)
        self._next[DEVICE if outward else BROKER] += 1
        yield self.acknowledged(outward)

    def refused(self) -> bytes:
        """The broker could not be reached, or one end broke off."""
        return self._frame(BROKER, _RST | _ACK)

    def _frame(self, source: IPv4Address, flags: int, content: bytes = b"") -> bytes:
        target = BROKER if source == DEVICE else DEVICE
        self._frames = (self._frames + 1) % 65_536
        heard = self._next[target] if flags & _ACK else 0
        segment = self._segment(source, target, (self._next[source], heard), flags, content)
        return _ETHERNET[target] + _ETHERNET[source] + b"\x08\x00" + self._packet(source, target, segment)

    def _segment(
        self, source: IPv4Address, target: IPv4Address, numbers: tuple[int, int], flags: int, content: bytes
    ) -> bytes:
        ports = self._ports[source], self._ports[target]
        header = struct.pack(">HHIIBBHHH", *ports, *(each % _NUMBERS for each in numbers), 5 << 4, flags, _WINDOW, 0, 0)
        pseudo = source.packed + target.packed + struct.pack(">BBH", 0, 6, len(header) + len(content))
        return header[:16] + _checksum(pseudo + header + content) + header[18:] + content

    def _packet(self, source: IPv4Address, target: IPv4Address, segment: bytes) -> bytes:
        fields = (0x45, 0, 20 + len(segment), self._frames, 0x4000, 64, 6, 0)  # 0x4000: it may not be cut on its way
        header = struct.pack(">BBHHHBBH", *fields) + source.packed + target.packed
        return header[:10] + _checksum(header) + header[12:] + segment


def _checksum(content: bytes) -> bytes:
    """The internet's (RFC 1071)."""
    padded = content + b"\0" * (len(content) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", ~total & 0xFFFF)
