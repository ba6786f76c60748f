"""Simulated uploads as a capture file that tcpdump and Wireshark open; addresses and payload are nobody's."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from keepmum.lab.export.uploads import OUT, Packet

_MAGIC, _RAW_IP, _LONGEST = 0xA1B2C3D4, 101, 65_535
SPEAKER, SERVER = bytes((192, 0, 2, 10)), bytes((198, 51, 100, 20))
"""Addresses that RFC 5737 keeps for examples."""
_PORTS = (50_000, 443)


def capture(packets: Iterable[Packet], begins: int) -> bytes:
    """A pcap file of TCP over IPv4 without link layer; `begins` are seconds since 1970, the payload is zeros."""
    head = struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _LONGEST, _RAW_IP)
    return head + b"".join(_records(packets, begins))


def _records(packets: Iterable[Packet], begins: int) -> Iterator[bytes]:
    sent = {1: 1, -1: 1}
    for packet in packets:
        seconds, micro = divmod(round((begins + packet.at) * 1_000_000), 1_000_000)
        whole = _ip(
            _tcp(packet, sent[packet.direction], sent[-packet.direction]) + bytes(packet.size), packet.direction
        )
        sent[packet.direction] += packet.size
        yield struct.pack("<IIII", seconds, micro, len(whole), len(whole)) + whole


def _tcp(packet: Packet, number: int, answered: int) -> bytes:
    source, target = _PORTS if packet.direction == OUT else _PORTS[::-1]
    # Acknowledge and push; the checksum is left out, as a sender's own capture leaves it to the card.
    return struct.pack(">HHIIBBHHH", source, target, number % 2**32, answered % 2**32, 5 << 4, 0x18, 0xFFFF, 0, 0)


def _ip(rest: bytes, direction: int) -> bytes:
    source, target = (SPEAKER, SERVER) if direction == OUT else (SERVER, SPEAKER)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(rest), 0, 0x4000, 64, 6, 0) + source + target
    return head[:10] + struct.pack(">H", _sum(head)) + head[12:] + rest


def _sum(head: bytes) -> int:
    total: int = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
