"""What each state of a graph can still say: the table by which Vosk composes a graph with a grammar while it listens.

Words are numbered so that those within reach of a state are few intervals of numbers; the table then is small, and a
look into it quick. This is OpenFst's `olabel_lookahead` form.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from keepmum.forge.graph.fst import CONNECTED, CYCLIC, Arc, Fst, by_word, const, header, properties

Interval = tuple[int, int]
"""From its first number to before its second."""
Reach = tuple[Interval, ...]
"""In order, none touching the next."""

_ADD_ON = 446_681_434
"""What stands between the outer header and the graph that has the table added."""


def renumbered(fst: Fst) -> tuple[Fst, dict[int, int]]:
    """The same graph with its words numbered from 1 as a walk into its depth meets them; and old numbers to new."""
    new: dict[int, int] = {}
    for state in _walk(fst):
        for arc in fst.arcs[state]:
            if arc.word:
                new.setdefault(arc.word, len(new) + 1)
    arcs = [[arc._replace(word=new.get(arc.word, 0)) for arc in leaving] for leaving in fst.arcs]
    return Fst(fst.start, arcs, dict(fst.finals)), new


def olabel_lookahead(fst: Fst) -> bytes:
    """The content of HCLr.fst. The graph must go in circles and be connected, as every graph of words is."""
    end = max((arc.word for leaving in fst.arcs for arc in leaving), default=0) + 1
    known = properties(fst, by_word) | CYCLIC | CONNECTED
    table = b"".join(map(_packed, reach(fst, end)))
    return (
        header("olabel_lookahead", 1, known, start=-1, states=0, arcs=0)
        + struct.pack("<i", _ADD_ON)
        + const(fst, by_word, CYCLIC | CONNECTED)
        # There is an add-on: none for what is heard, one for words. It keeps no old numbers; `end` stands for the end.
        + struct.pack("<???", True, False, True)
        + struct.pack("<??iq", False, False, end, len(fst.arcs))
        + table
    )


def reach(fst: Fst, end: int) -> list[Reach]:
    """For each state, the words that can come next, and `end` if nothing may come any more."""
    found: list[Reach] = [()] * len(fst.arcs)
    for circle in _circles(fst.arcs):
        within: set[Interval] = set()
        for state in circle:
            within |= {(arc.word, arc.word + 1) for arc in fst.arcs[state] if arc.word}
            within |= {span for arc in fst.arcs[state] if not arc.word for span in found[arc.target]}
            if state in fst.finals:
                within.add((end, end + 1))
        merged = _merged(sorted(within))
        for state in circle:
            found[state] = merged
    return found


def _merged(spans: Sequence[Interval]) -> Reach:
    merged: list[Interval] = []
    for first, after in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(after, merged[-1][1])
        else:
            merged.append((first, after))
    return tuple(merged)


def _packed(spans: Reach) -> bytes:
    count = sum(after - first for first, after in spans)
    packed = b"".join(struct.pack("<ii", *span) for span in spans)
    return struct.pack("<q", len(spans)) + packed + struct.pack("<i", count)


def _walk(fst: Fst) -> Iterator[int]:
    """Every state that can be reached, into the depth first."""
    seen: set[int] = set()
    waiting = [fst.start]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        yield state
        waiting += [arc.target for arc in reversed(fst.arcs[state]) if arc.target not in seen]


def _circles(arcs: Sequence[Sequence[Arc]]) -> Iterator[list[int]]:
    """Groups of states that reach each other without a word, each after all that it reaches (Tarjan's algorithm)."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    for root in range(len(arcs)):
        if root in order:
            continue
        calls = [(root, iter(arcs[root]))]
        while calls:
            state, left = calls[-1]
            if state not in order:
                order[state] = lowest[state] = len(order)
                path.append(state)
                on_path.add(state)
            below = next((arc.target for arc in left if not arc.word and arc.target not in order), None)
            if below is not None:
                calls.append((below, iter(arcs[below])))
                continue
            calls.pop()
            for arc in arcs[state]:
                if not arc.word and arc.target in on_path:
                    lowest[state] = min(lowest[state], lowest[arc.target])
            if lowest[state] == order[state]:
                circle = [path.pop()]
                while circle[-1] != state:
                    circle.append(path.pop())
                on_path.difference_update(circle)
                yield circle
