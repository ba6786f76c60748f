"""How many pairs of clips can be told to come from one household, and how far other recordings could move that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log2

import numpy as np

from keepmum.lab.evaluate.resampling import Groups, Resampling, Vector
from keepmum.lab.event import DAY, Event
from keepmum.lab.policy import Identifier, Party

HOMES = 1_000_000
"""Assumed: among how many a home hides. One that shows 20 bits is found among a million."""


def linked(
    identifiers: Iterable[Identifier],
    events: Sequence[Event],
    party: Party | None,
    groups: Groups,
    resampling: Resampling,
) -> tuple[float | None, tuple[float, float] | None]:
    """The part of all pairs that share an identifier which `party` sees (None: anybody), with its interval.

    No value where there are no two clips. What never changes, or changes each time, is as the policy says it: its
    interval is the value itself.
    """
    if len(events) < 2:
        return None, None
    seen = [each for each in identifiers if party is None or party in each.seen_by]
    if any(each.scope == "persistent" for each in seen):
        return 1.0, (1.0, 1.0)
    lasting = max((each.days.value for each in seen if each.days is not None), default=0.0)
    if not lasting:
        return 0.0, (0.0, 0.0)
    if not all(event.group for event in events):
        # What is sent by the day belongs to no recording, so no other recordings could have moved it.
        pairs = sum(
            count * (count - 1) for count in Counter(int(event.at / DAY // lasting) for event in events).values()
        )
        return pairs / (len(events) * (len(events) - 1)), None
    counts = _counts(events, lasting, groups)
    # Two different groups are drawn together more rarely than one alone.
    apart = groups.count / max(groups.count - 1, 1)
    value = float(_shares(counts, np.ones((1, groups.count)))[0])
    return value, resampling.interval(_shares(counts, resampling.weights, apart))


def bits(identifiers: Sequence[Identifier], party: Party, homes: int = HOMES) -> float:
    """How much the identifiers that a party sees say about which home it is."""
    seen = {each.name for each in identifiers if party in each.seen_by and each.scope != "single-use"}
    return len(seen) * log2(homes)


def _counts(events: Sequence[Event], days: float, groups: Groups) -> Vector:
    """How many clips each group has under each name."""
    names = {int(event.at / DAY // days) for event in events}
    column = {name: place for place, name in enumerate(sorted(names))}
    counts = np.zeros((groups.count, len(column)))
    found = Counter((groups.place(event.group), column[int(event.at / DAY // days)]) for event in events)
    for place, count in found.items():
        counts[place] = count
    return counts


def _shares(counts: Vector, weights: Vector, apart: float = 1.0) -> Vector:
    """One share for each row of weights, exact as all of them are whole numbers.

    A group drawn twice makes no pair with itself: pairs are counted within groups, and between different ones.
    """

    def pairs(of: Vector) -> Vector:
        between = ((weights @ of) ** 2 - weights**2 @ of**2) * apart
        found: Vector = (between + weights @ (of * (of - 1))).sum(axis=1)
        return found

    every = pairs(counts.sum(axis=1, keepdims=True))
    return np.divide(pairs(counts), every, out=np.full_like(every, np.nan), where=every > 0)
