"""The last two and a half seconds of sound, kept in one place in memory so that they can be wiped there.

What is promised: the ring is one bytearray, made once, never resized and never written to a disk; `wipe` fills that
very memory with zeros. The block that a driver handed in and the piece that `last` hands out are objects of their own,
freed when their last user lets go of them, and overwritten by the C library then (`scrub.py`). So nobody may keep what
`last` gave for longer than the call that needed it. The process allows no core dump, and the ring is never swapped out;
whether the rest is depends on what the process may lock (`memory_lock.py`).
"""

from __future__ import annotations

from keepmum import memory_lock
from keepmum.sound import RATE, SAMPLE_BYTES

SECONDS = 2.5
"""Enough for the second wake-word engine (2.24 s) and for the slowest "alexa" with a breath before it."""

_LENGTH = int(SECONDS * RATE) * SAMPLE_BYTES


class PreRoll:
    """A ring of sound in the format of `keepmum.sound`."""

    def __init__(self) -> None:
        self._ring = bytearray(_LENGTH)
        memory_lock.hold(self._ring)
        self._next = 0
        self._filled = 0

    @property
    def seconds(self) -> float:
        """How much sound is in the ring now."""
        return self._filled / (RATE * SAMPLE_BYTES)

    def push(self, block: bytes) -> None:
        """Put a block behind the others; the oldest sound is overwritten."""
        block = block[-_LENGTH:]
        until_edge = min(len(block), _LENGTH - self._next)
        self._ring[self._next : self._next + until_edge] = block[:until_edge]
        self._ring[: len(block) - until_edge] = block[until_edge:]
        self._next = (self._next + len(block)) % _LENGTH
        self._filled = min(_LENGTH, self._filled + len(block))

    def last(self, seconds: float) -> bytes:
        """The newest `seconds` of sound, or all there is if that is less. Drop it as soon as it has been used."""
        wanted = min(round(seconds * RATE) * SAMPLE_BYTES, self._filled)
        start = (self._next - wanted) % _LENGTH
        if start + wanted <= _LENGTH:
            return bytes(memoryview(self._ring)[start : start + wanted])
        return b"".join((memoryview(self._ring)[start:], memoryview(self._ring)[: self._next]))

    def wipe(self) -> None:
        """Overwrite every byte with zero, where it stands."""
        self._ring[:] = bytes(_LENGTH)
        self._next = 0
        self._filled = 0

    def is_clean(self) -> bool:
        """Whether every byte is zero."""
        return self._filled == 0 and self._ring.count(0) == _LENGTH
