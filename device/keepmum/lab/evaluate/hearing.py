"""What a run says about the speaker itself, before any policy: how often it woke, rightly or not, what it missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keepmum.lab.evaluate.row import OF_THE_RUN, Row
from keepmum.lab.event import Event, Kind, Timeline
from keepmum.lab.events import Heard
from keepmum.lab.intervals import garwood, quantile, wilson
from keepmum.lab.marks import MarkKind, Truth, TruthKind
from keepmum.lab.wakes import Deeds, Strictness, Truths, wakes

LONG = (6.0, 10.0)
"""Seconds, as Dubois et al. tell them."""


def heard(run: Heard, timeline: Timeline, kind: str = "measured", strictness: Strictness | None = None) -> list[Row]:
    """The run's own figures. `kind` is `simulated` where nobody listened."""
    return list(_Hearing(run, timeline, kind, strictness).rows())


def said(run: Heard) -> Iterator[Truth]:
    """The commands that could be heard: while the microphone was closed nobody can be blamed for deafness."""
    deeds: Deeds = Deeds(run.marks)
    for truth in run.truth:
        closed = deeds.of(truth.recording, MarkKind.MUTE) if truth.kind is TruthKind.COMMAND else None
        if closed is not None and not closed.within(truth.begins, truth.ends):
            yield truth


class _Hearing:
    def __init__(self, run: Heard, timeline: Timeline, kind: str, strictness: Strictness | None) -> None:
        self._run, self._kind, self._strictness = run, kind, strictness
        self._hours = sum(recording.seconds for recording in run.recordings) / 3600
        self._words = sum(recording.words for recording in run.recordings)
        self._false = [event for event in timeline.events if event.is_false]
        self._woken = [event for event in timeline.events if event.kind is Kind.WAKE]

    def rows(self) -> Iterator[Row]:
        yield self._row("hours", self._hours, None, len(self._run.recordings), "h")
        yield self._row("commands_said", float(self._said), None, self._said, "commands")
        yield from self._recall("first_look_recall", self._met())
        yield from self._recall("wake_recall", self._met(confirmed=True))
        yield from self._rates("first_look_false", self._false)
        yield from self._rates("false_wakes", [event for event in self._false if event.confirmed])
        yield from self._lengths(sorted(event.seconds for event in self._false))

    @property
    def _said(self) -> int:
        return sum(1 for _ in said(self._run))

    def _met(self, confirmed: bool = False) -> int:
        """How many commands were answered; one that two wakes met is one."""
        found = wakes(self._run.recordings, Deeds(self._run.marks), Truths(self._run.truth), 1.0, self._strictness)
        met = {(wake.recording, wake.meant) for wake in found if wake.meant and (wake.confirmed or not confirmed)}
        return sum((truth.recording, truth) in met for truth in said(self._run))

    def _recall(self, name: str, count: int) -> Iterator[Row]:
        of = self._said
        yield self._row(name, count / of if of else None, wilson(count, of) if of else None, of, "share")

    def _rates(self, name: str, events: Sequence[Event]) -> Iterator[Row]:
        low, high = garwood(len(events))
        for per, by, unit in (("h", self._hours, "1/h"), ("10k_words", self._words / 10_000, "1/10k words")):
            value = len(events) / by if by else None
            yield self._row(f"{name}_per_{per}", value, (low / by, high / by) if by else None, len(events), unit)

    def _lengths(self, seconds: Sequence[float]) -> Iterator[Row]:
        count = len(seconds)
        middle = quantile(seconds, 0.5) if seconds else None
        span = (middle.low, middle.high) if middle and middle.low is not None and middle.high is not None else None
        yield self._row("false_clip_s_median", middle.value if middle else None, span, count, "s")
        yield self._row("false_clip_s_longest", max(seconds, default=None), None, count, "s")
        for limit in LONG:
            longer = sum(each >= limit for each in seconds)
            share, interval = (longer / count, wilson(longer, count)) if count else (None, None)
            yield self._row(f"false_clip_share_{limit:g}s", share, interval, count, "share")

    def _row(self, metric: str, value: float | None, span: tuple[float, float] | None, n: int, unit: str) -> Row:
        low, high = span or (None, None)
        return Row(OF_THE_RUN, metric, value, low, high, n, unit, self._kind)
