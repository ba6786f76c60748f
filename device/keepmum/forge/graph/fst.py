"""Weighted transducers, and OpenFst's binary form of them, which Vosk maps into memory.

Layout (OpenFst 1.7, `const` version 2): a header, one record per state, one per arc; little-endian, nothing aligned.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

MAGIC = 2_125_659_606
"""The first four bytes of every OpenFst file."""


class Arc(NamedTuple):
    """From its state to another one."""

    target: int
    heard: int
    """The input label: a transition id in HCLr, a word in G; 0 for nothing."""
    word: int
    """The output label: a word's number; 0 for nothing."""
    cost: float
    """A negative natural logarithm."""


@dataclass
class Fst:
    """States are numbered from 0; `start` is one of them."""

    start: int = 0
    arcs: list[list[Arc]] = field(default_factory=list)
    """Those that leave each state."""
    finals: dict[int, float] = field(default_factory=dict)
    """The states where a path may end, and what that costs."""

    def state(self) -> int:
        """A new state's number."""
        self.arcs.append([])
        return len(self.arcs) - 1

    def arc(self, source: int, target: int, heard: int, word: int = 0, cost: float = 0.0) -> None:
        """Add one arc."""
        self.arcs[source].append(Arc(target, heard, word, cost))


Order = Callable[[Arc], tuple[int, int]]


def by_word(arc: Arc) -> tuple[int, int]:
    """The order of a graph that is searched by what it says."""
    return arc.word, arc.heard


def by_heard(arc: Arc) -> tuple[int, int]:
    """The order of a graph that is searched by what it hears."""
    return arc.heard, arc.word


def const(fst: Fst, order: Order, also: int = 0) -> bytes:
    """OpenFst's `const` form. `also` are properties of the whole that the caller knows and no look at an arc tells."""
    states, arcs, place = bytearray(), bytearray(), 0
    for number, leaving in enumerate(fst.arcs):
        silent = sum(not arc.heard for arc in leaving), sum(not arc.word for arc in leaving)
        states += struct.pack("<fIIII", fst.finals.get(number, math.inf), place, len(leaving), *silent)
        for arc in sorted(leaving, key=order):
            arcs += struct.pack("<iifi", arc.heard, arc.word, arc.cost, arc.target)
        place += len(leaving)
    head = header("const", 2, properties(fst, order) | also, start=fst.start, states=len(fst.arcs), arcs=place)
    return head + bytes(states) + bytes(arcs)


def header(kind: str, version: int, known: int, *, start: int, states: int, arcs: int) -> bytes:
    """What every OpenFst file of the tropical semiring begins with."""
    text = b"".join(struct.pack("<i", len(each)) + each for each in (kind.encode(), b"standard"))
    return struct.pack("<i", MAGIC) + text + struct.pack("<iiQqqq", version, 0, known, start, states, arcs)


EXPANDED = 0x1
_ACCEPTOR, _HEARD_ONCE, _WORD_ONCE = 0x1_0000, 0x4_0000, 0x10_0000
_BOTH_SILENT, _HEARD_SILENT, _WORD_SILENT = 0x40_0000, 0x100_0000, 0x400_0000
_HEARD_SORTED, _WORD_SORTED, _WEIGHTED = 0x1000_0000, 0x4000_0000, 0x1_0000_0000
CYCLIC = 0x4_0000_0000 | 0x10_0000_0000 | 0x80_0000_0000 | 0x4000_0000_0000 | 0x2000_0000_0000
"""It goes in circles, from its start too, with costs on them; so it is neither sorted by topology nor a string."""
CONNECTED = 0x100_0000_0000 | 0x400_0000_0000
"""Every state lies on a way from the start to an end."""


def properties(fst: Fst, order: Order) -> int:
    """OpenFst's property bits that single states tell; each is one bit for yes, and the next higher one for no."""
    sorted_arcs = [sorted(leaving, key=order) for leaving in fst.arcs]
    every = [arc for leaving in fst.arcs for arc in leaving]
    heard = [[arc.heard for arc in leaving] for leaving in sorted_arcs]
    words = [[arc.word for arc in leaving] for leaving in sorted_arcs]
    told = {
        _ACCEPTOR: all(arc.heard == arc.word for arc in every),
        _HEARD_ONCE: all(len(set(each)) == len(each) for each in heard),
        _WORD_ONCE: all(len(set(each)) == len(each) for each in words),
        _BOTH_SILENT: any(not arc.heard and not arc.word for arc in every),
        _HEARD_SILENT: any(not arc.heard for arc in every),
        _WORD_SILENT: any(not arc.word for arc in every),
        _HEARD_SORTED: all(each == sorted(each) for each in heard),
        _WORD_SORTED: all(each == sorted(each) for each in words),
        _WEIGHTED: any(arc.cost for arc in every) or any(fst.finals.values()),
    }
    return EXPANDED | sum(bit if holds else bit << 1 for bit, holds in told.items())
