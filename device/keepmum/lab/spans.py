"""Stretches of time and how they overlap: what every question about a recording comes down to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar


class Span(Protocol):
    """Anything that begins and ends, in seconds."""

    @property
    def begins(self) -> float:
        """Seconds."""

    @property
    def ends(self) -> float:
        """Seconds, not before it begins."""


S = TypeVar("S", bound=Span)


class Track(Generic[S]):
    """Spans of one recording, found by time without looking at all of them."""

    def __init__(self, spans: Iterable[S] = ()) -> None:
        self.spans = sorted(spans, key=lambda span: (span.begins, span.ends))
        self._begins = [span.begins for span in self.spans]
        self._longest = max((span.ends - span.begins for span in self.spans), default=0.0)

    def within(self, begins: float, ends: float) -> list[S]:
        """All that touch this stretch, by their beginnings."""
        first = bisect_left(self._begins, begins - self._longest)
        last = bisect_left(self._begins, ends)
        touching = [span for span in self.spans[first:last] if span.ends > begins]
        # A moment, which begins where it ends, is within a stretch that begins with it.
        moments = [span for span in self.spans[first:last] if span.begins == span.ends == begins]
        return moments + touching if moments else touching

    def near(self, begins: float, ends: float, reach: float) -> list[S]:
        """All that begin within `reach` seconds of this stretch."""
        first = bisect_left(self._begins, begins - reach)
        last = bisect_left(self._begins, ends + reach)
        while last < len(self._begins) and self._begins[last] <= ends + reach:
            last += 1
        return self.spans[first:last]


def covered(spans: Iterable[Span], begins: float, ends: float) -> float:
    """Seconds of a stretch that lie in any of the spans; where several overlap it counts once."""
    reached, total = begins, 0.0
    for span in sorted(spans, key=lambda span: span.begins):
        start, end = max(span.begins, reached), min(span.ends, ends)
        if end > start:
            total += end - start
            reached = end
    return total


def run_on(spans: Iterable[Span], begins: float, pause: float, longest: float) -> float:
    """Where what is going on at `begins` pauses for the first time, `longest` seconds later at the latest.

    With nothing going on it is `begins` itself.
    """
    reached = begins
    for span in sorted(spans, key=lambda span: span.begins):
        if span.begins > reached + pause or reached >= begins + longest:
            break
        reached = max(reached, span.ends)
    return min(reached, begins + longest)
