"""Where clips wait for an answer: closed under keys that are in memory only, each with its own, gone with the clip."""

from __future__ import annotations

import os
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from keepmum.errors import SealError

KEY_BYTES = 32
_PACKED, _ALOUD = bytes(12), bytes(11) + b"\x01"
"""Two nonces: a key closes two texts in its life."""


class _Closed(NamedTuple):
    key: bytearray
    packed: bytes
    aloud: bytes


class Shelf:
    """Nobody who looks at memory later finds a clip in it; whoever can look now could listen anyway."""

    def __init__(self) -> None:
        self._closed: dict[str, _Closed] = {}

    def keep(self, parcel: str, packed: bytes, aloud: bytes) -> None:
        """Close what would leave, and what would be played of it."""
        key = bytearray(os.urandom(KEY_BYTES))
        lock = ChaCha20Poly1305(key)
        self._closed[parcel] = _Closed(key, lock.encrypt(_PACKED, packed, None), lock.encrypt(_ALOUD, aloud, None))

    def packed(self, parcel: str) -> bytes:
        """What would leave; raises SealError if it does not wait here."""
        closed = self._at(parcel)
        return ChaCha20Poly1305(closed.key).decrypt(_PACKED, closed.packed, None)

    def aloud(self, parcel: str) -> bytes:
        """What would be played; raises SealError if it does not wait here."""
        closed = self._at(parcel)
        return ChaCha20Poly1305(closed.key).decrypt(_ALOUD, closed.aloud, None)

    def forget(self, parcel: str) -> None:
        """Destroy the key, if it waits here."""
        closed = self._closed.pop(parcel, None)
        if closed is not None:
            closed.key[:] = bytes(len(closed.key))

    def _at(self, parcel: str) -> _Closed:
        if parcel not in self._closed:
            raise SealError(f"the clip {parcel} does not wait for an answer")
        return self._closed[parcel]
