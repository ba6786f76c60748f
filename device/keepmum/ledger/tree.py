"""The tree over all rows (RFC 6962): one hash that stands for every row, and short proofs about it.

A leaf is a row's line without its end. Nothing here reads a file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf(line: bytes) -> bytes:
    """The hash of one row's line, its end not included."""
    return hashlib.sha256(b"\0" + line).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two trees side by side."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """All that has to be remembered of a tree so that it can grow: the roots of its full parts, largest first.

    `size` is the number of leaves; `parts` are 32 bytes each, one for every 1 in the binary form of `size`.
    """

    def __init__(self, size: int = 0, parts: Iterable[bytes] = ()) -> None:
        """Raises ValueError if there cannot be such a frontier."""
        self.size, self.parts = size, list(parts)
        if size < 0 or len(self.parts) != size.bit_count() or any(len(part) != 32 for part in self.parts):
            raise ValueError(f"{len(self.parts)} hashes are no frontier of {size} leaves")

    def push(self, hashed: bytes) -> None:
        """One leaf more, given as its hash."""
        full = self.size
        while full & 1:
            hashed = node(self.parts.pop(), hashed)
            full >>= 1
        self.parts.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """The hash over all leaves, 32 bytes."""
        if not self.parts:
            return EMPTY
        whole = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            whole = node(part, whole)
        return whole


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of leaves."""
    frontier = Frontier()
    for each in leaves:
        frontier.push(each)
    return frontier.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What proves that the leaf number `index`, from 0, is in the tree over all `leaves`. Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    left, right = _halves(leaves)
    if index < len(left):
        return [*inclusion(left, index), root(right)]
    return [*inclusion(right, index - len(left)), root(left)]


def consistency(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """What proves that the tree over the first `old` leaves became the one over all of them. Raises IndexError."""
    if not 0 <= old <= len(leaves):
        raise IndexError(f"a tree of {len(leaves)} leaves never had {old}")
    return [] if old in (0, len(leaves)) else _grown(leaves, old, True)


def _grown(leaves: Sequence[bytes], old: int, known: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if known else [root(leaves)]
    left, right = _halves(leaves)
    if old <= len(left):
        return [*_grown(left, old, known), root(right)]
    return [*_grown(right, old - len(left), False), root(left)]


def _halves(leaves: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The left one is the largest full tree that leaves something to the right."""
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return leaves[:middle], leaves[middle:]


def is_included(hashed: bytes, index: int, size: int, whole: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the leaf with this hash at `index` under the root `whole` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last = index, size - 1
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node(step, hashed)
            place, last = _up_to_a_left_sibling(place, last)
        else:
            hashed = node(hashed, step)
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == whole


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that nothing before leaf `old` was changed or removed (RFC 9162, 2.1.4.2)."""
    if old in (0, new):
        return not proof and old_root == (new_root if old else EMPTY)
    if not 0 < old < new or not proof:
        return False
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = becomes = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, becomes = node(step, was), node(step, becomes)
            place, last = _up_to_a_left_sibling(place, last)
        else:
            becomes = node(becomes, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (was, becomes) == (old_root, new_root)


def _up_to_a_left_sibling(place: int, last: int) -> tuple[int, int]:
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last
