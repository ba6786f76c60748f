"""Looks through an OpenFst graph before Vosk maps it: a number that points outside would end the process later.

Vosk follows targets, labels and intervals without asking. So all of them are looked at, in a file that brings no sum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_MAGIC = 2_125_659_606
_ADD_ON = 446_681_434
_SIZES = "<iiQqqq"
_STATE = np.dtype([("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("heard", "<u4"), ("words", "<u4")])
_ARC = np.dtype([("heard", "<i4"), ("word", "<i4"), ("cost", "<f4"), ("target", "<i4")])
_LARGEST = 2**31 - 1


class Broken(Exception):
    """What is wrong with a graph, in a few words."""


@dataclass(frozen=True)
class Graph:
    """The numbers that must fit the rest of the model."""

    heard: int
    """The largest input label."""
    word: int
    """The largest output label."""


@dataclass(frozen=True)
class _Header:
    kind: str
    start: int
    states: int
    arcs: int
    end: int


def read(untrusted_bytes: bytes) -> Graph | None:
    """A graph's largest labels; None for a kind of graph that is not looked into. Raises Broken."""
    try:
        head = _header(untrusted_bytes, 0)
        is_ahead = head.kind.endswith("_lookahead")
        if is_ahead:
            (mark,) = struct.unpack_from("<i", untrusted_bytes, head.end)
            if mark != _ADD_ON:
                raise Broken("is not an OpenFst graph")
            head = _header(untrusted_bytes, head.end + 4)
        if head.kind != "const":
            return None
        arcs, end = _arcs(untrusted_bytes, head)
        if is_ahead:
            _look_ahead(untrusted_bytes, end, head.states, int(arcs["word"].max(initial=0)))
    except (struct.error, UnicodeDecodeError) as error:
        raise Broken("is cut short" if untrusted_bytes.startswith(struct.pack("<i", _MAGIC)) else _NONE) from error
    return Graph(int(arcs["heard"].max(initial=0)), int(arcs["word"].max(initial=0)))


_NONE = "is not an OpenFst graph"


def _header(untrusted_bytes: bytes, at: int) -> _Header:
    (magic,) = struct.unpack_from("<i", untrusted_bytes, at)
    if magic != _MAGIC:
        raise Broken(_NONE)
    at += 4
    names = []
    for _ in range(2):
        (length,) = struct.unpack_from("<i", untrusted_bytes, at)
        if not 0 < length < 64:
            raise Broken(_NONE)
        names.append(struct.unpack_from(f"{length}s", untrusted_bytes, at + 4)[0].decode())
        at += 4 + length
    version, flags, _properties, start, states, arcs = struct.unpack_from(_SIZES, untrusted_bytes, at)
    if names[1] != "standard" or version not in (1, 2) or flags:
        raise Broken("is another kind of graph than Vosk reads")
    return _Header(names[0], start, states, arcs, at + struct.calcsize(_SIZES))


def _arcs(untrusted_bytes: bytes, head: _Header) -> tuple[npt.NDArray[np.void], int]:
    """All arcs, and where they end. Raises Broken where a state or an arc points outside."""
    if not (0 < head.states <= _LARGEST and 0 <= head.arcs <= _LARGEST and 0 <= head.start < head.states):
        raise Broken("has a header that cannot be")
    middle = head.end + head.states * _STATE.itemsize
    end = middle + head.arcs * _ARC.itemsize
    if len(untrusted_bytes) < end:
        raise Broken("is cut short")
    states = np.frombuffer(untrusted_bytes, _STATE, head.states, head.end)
    arcs = np.frombuffer(untrusted_bytes, _ARC, head.arcs, middle)
    counts = states["arcs"].astype(np.int64)
    firsts = np.cumsum(counts) - counts
    if counts.sum() != head.arcs or (states["first"] != firsts).any():
        raise Broken("has states with other arcs than it has")
    if (states["heard"] > counts).any() or (states["words"] > counts).any() or np.isnan(states["final"]).any():
        raise Broken("has a state that cannot be")
    outside = (arcs["target"] < 0) | (arcs["target"] >= head.states) | (arcs["heard"] < 0) | (arcs["word"] < 0)
    if outside.any() or np.isnan(arcs["cost"]).any():
        raise Broken("has an arc that leads nowhere")
    return arcs, end


def _look_ahead(untrusted_bytes: bytes, at: int, states: int, word: int) -> None:
    """The intervals within reach of each state, in order and below the number that stands for the end."""
    present = struct.unpack_from("<?", untrusted_bytes, at)[0]
    at += 1
    for _ in range(2 if present else 0):
        has = struct.unpack_from("<?", untrusted_bytes, at)[0]
        at += 1
        if has:
            at = _reach(untrusted_bytes, at, states, word)


def _reach(untrusted_bytes: bytes, at: int, states: int, word: int) -> int:
    _of_input, keeps = struct.unpack_from("<??", untrusted_bytes, at)
    at += 2
    if keeps:
        (pairs,) = struct.unpack_from("<q", untrusted_bytes, at)
        if not 0 <= pairs <= len(untrusted_bytes) // 8:
            raise Broken("has a look-ahead that cannot be")
        at += 8 + 8 * pairs
    end, sets = struct.unpack_from("<iq", untrusted_bytes, at)
    at += 12
    if sets != states:
        raise Broken("has a look-ahead for other states than it has")
    for _ in range(sets):
        (count,) = struct.unpack_from("<q", untrusted_bytes, at)
        if not 0 <= count <= len(untrusted_bytes) // 8:
            raise Broken("has a look-ahead that cannot be")
        bounds = struct.unpack_from(f"<{2 * count}i", untrusted_bytes, at + 8)
        rising = all(before < after for before, after in pairwise(bounds))
        if not rising or (bounds and not 0 < bounds[0] < bounds[-1] <= max(end, word) + 1):
            raise Broken("has a look-ahead that cannot be")
        at += 8 + 8 * count + 4
    if at > len(untrusted_bytes):
        raise Broken("is cut short")
    return at
