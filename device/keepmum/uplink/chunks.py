"""A parcel in parts of at most 64 KB, so that a poor link gets on by one part at a time; the desk puts them together.

Each part begins with a fixed header: a format word, the parcel's random id, the SHA-256 of the whole, its size, and
which part of how many this is. Nothing in it says what the parcel is or whose.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from keepmum.errors import BrokerError

PART = 65_536
"""Bytes of a part, header included."""
PARTS = 2_000
"""A parcel that would need more is refused: such a broker lets nothing through in a sensible time."""
LARGEST = 2_000_000
"""Bytes of a parcel."""
_MAGIC = b"KMP1"
_HEADER = struct.Struct(">4s16s32sIHH")
OVERHEAD = _HEADER.size
"""Bytes of header that every part carries."""
_PACKET = 32
"""The most that MQTT itself needs around topic and payload: fixed header, lengths, packet id, expiry."""


class Chunk(NamedTuple):
    """One part; `part` counts from 1."""

    parcel: str
    sha256: str
    size: int
    part: int
    parts: int
    body: bytes


def room(topic: str, largest_packet: int | None) -> int:
    """Bytes of payload that fit into one packet to this topic."""
    if largest_packet is None:
        return PART
    return min(PART, largest_packet - _PACKET - len(topic.encode()))


def fits(topic: str, largest_packet: int | None) -> bool:
    """Whether a subscription to this topic does: a packet above the limit ends the connection."""
    return largest_packet is None or _PACKET + len(topic.encode()) <= largest_packet


def cut(parcel: str, sha256: str, content: bytes, payload: int) -> tuple[bytes, ...]:
    """The parts of a parcel, each at most `payload` bytes; raises BrokerError if that is too little."""
    step = min(PART, payload) - _HEADER.size
    if step < 1 or step * PARTS < len(content):
        raise BrokerError(
            f"{len(content)} bytes do not go through in parts of {max(0, payload)}",
            "raise the broker's max_packet_size",
        )
    starts = range(0, max(1, len(content)), step)
    names = bytes.fromhex(parcel), bytes.fromhex(sha256)
    return tuple(
        _HEADER.pack(_MAGIC, *names, len(content), number, len(starts)) + content[start : start + step]
        for number, start in enumerate(starts, 1)
    )


def read(untrusted_payload: bytes) -> Chunk:
    """The part in a payload; raises BrokerError for anything that `cut` would not have made."""
    if not _HEADER.size <= len(untrusted_payload) <= PART:
        raise BrokerError(f"a part of {len(untrusted_payload)} bytes", f"parts have {_HEADER.size} to {PART}")
    magic, parcel, sha256, size, part, parts = _HEADER.unpack_from(untrusted_payload)
    body = untrusted_payload[_HEADER.size :]
    if magic != _MAGIC:
        raise BrokerError("a part of another format", "something else publishes on this topic")
    if not (1 <= part <= parts <= PARTS and len(body) <= size <= LARGEST):
        raise BrokerError(f"part {part} of {parts}, {len(body)} of {size} bytes", "no keepmum sends such a part")
    return Chunk(parcel.hex(), sha256.hex(), size, part, parts, body)


class _Key(NamedTuple):
    parcel: str
    sha256: str
    size: int
    parts: int


@dataclass
class _Heap:
    """The parts of one parcel so far."""

    touched: float
    bodies: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(len(body) for body in self.bodies.values())


class Assembly:
    """Parcels that are not whole yet: bounded in count, bytes and age, the least recently fed dropped first."""

    def __init__(self, count: int = 16, size: int = 16_000_000, age: float = 3_600.0) -> None:
        self._count = count
        self._size = size
        self._age = age
        self._heaps: dict[_Key, _Heap] = {}

    def __len__(self) -> int:
        return len(self._heaps)

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return sum(heap.size for heap in self._heaps.values())

    def add(self, chunk: Chunk, now: float) -> bytes | None:
        """The whole parcel if this was its last missing part; raises BrokerError if the whole is not what was named.

        A part that came before changes nothing: the first one stands.
        """
        key = _Key(chunk.parcel, chunk.sha256, chunk.size, chunk.parts)
        heap = self._heaps.pop(key, None) or _Heap(now)
        heap.touched = now
        self._heaps[key] = heap
        heap.bodies.setdefault(chunk.part, chunk.body)
        self._drop(now)
        if len(heap.bodies) < chunk.parts:
            return None
        self._heaps.pop(key, None)
        whole = b"".join(heap.bodies[number] for number in range(1, chunk.parts + 1))
        if len(whole) != chunk.size or hashlib.sha256(whole).hexdigest() != chunk.sha256:
            raise BrokerError(f"the parts of {chunk.parcel} do not make the whole that they name", "it comes again")
        return whole

    def _drop(self, now: float) -> None:
        """Insertion order is the order of the latest part, because `add` puts a heap back at the end."""
        held = self.held
        for key, heap in list(self._heaps.items()):
            if len(self._heaps) <= self._count and held <= self._size and now - heap.touched < self._age:
                return
            held -= heap.size
            del self._heaps[key]
