"""The figures of one policy, out of its sums: each with the interval that its kind of counting allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from keepmum.lab.evaluate.linking import bits, linked
from keepmum.lab.evaluate.measures import MEASURES, YEARLY, Measure
from keepmum.lab.evaluate.replays import Replay, replayed
from keepmum.lab.evaluate.resampling import Groups, Resampling, Vector
from keepmum.lab.evaluate.row import Row
from keepmum.lab.evaluate.tally import Tally, quantities, tally
from keepmum.lab.event import Event, Timeline
from keepmum.lab.events import Home
from keepmum.lab.intervals import garwood, wilson
from keepmum.lab.metrics import MONTHS, YEAR
from keepmum.lab.policy import Party

PARTIES: tuple[Party, ...] = ("service", "reviewer")
CLIPS_A_SHIFT, SHIFT_HOURS = 1_000, 9.0
"""Bloomberg, 10 April 2019: as many as a thousand clips in a shift of nine hours, which makes 32.4 s a clip."""

_OF_CLIPS = {"clips", "false clips", "false seconds", "before", "after"}
"""What a stream has none of: nothing in it says where a recording begins."""
_OF_SOUND = {"speech", "others", "media", "private words"}
"""What a stream has a day at a time, which says nothing about other recordings."""

Interval = tuple[float, float] | None


@dataclass(frozen=True)
class Setting:
    """What is the same for all policies of one evaluation."""

    timeline: Timeline
    home: Home
    groups: Groups
    resampling: Resampling
    horizon: float
    """Days for which what is kept for ever counts."""
    is_synthetic: bool = False
    """Whether nobody listened: then nothing is measured, keepmum's own neither."""


class Figures:
    """Everything that can be said about one policy over one run."""

    def __init__(self, replay: Replay, setting: Setting) -> None:
        self.replay = replay
        self.policy = replay.policy
        self.kind = "simulated" if setting.is_synthetic and replay.policy.kind == "measured" else replay.policy.kind
        self._setting = setting
        self._redrawn: dict[str, Vector] = {}
        self._tally: Tally = tally(replay, setting.groups, setting.horizon)

    def rows(self) -> list[Row]:
        """All figures, in the order of the tables."""
        return [*(self.row(measure) for measure in MEASURES), *self._linked(), *self._reviewed()]

    def row(self, measure: Measure, times: float = 1.0) -> Row:
        """One figure, taken `times`."""
        top, bottom = self._sum(measure.top), self._sum(measure.bottom)
        if bottom == 0 or (self.replay.is_stream and measure.top in _OF_CLIPS):
            return self._row(measure.name, None, None, 0, measure.unit)
        interval = self._interval(measure, top, bottom)
        scaled = (interval[0] * times, interval[1] * times) if interval else None
        return self._row(measure.name, top / bottom * times, scaled, self._n(measure), measure.unit)

    def redrawn(self, measure: Measure, resampling: Resampling | None = None) -> Vector:
        """The figure in each of the other corpora; not a number where it cannot be said."""
        if resampling is not None:
            return self._redraw(measure, resampling)
        if measure.name not in self._redrawn:
            self._redrawn[measure.name] = self._redraw(measure, self._setting.resampling)
        return self._redrawn[measure.name]

    def _redraw(self, measure: Measure, resampling: Resampling) -> Vector:
        top = resampling.sums(self._vector(measure.top))
        bottom = resampling.sums(self._vector(measure.bottom))
        return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)

    def _row(self, metric: str, value: float | None, interval: Interval, n: int, unit: str) -> Row:
        low, high = interval or (None, None)
        return Row(self.policy.id, metric, value, low, high, n, unit, self.kind)

    def _vector(self, name: str) -> Vector:
        return self._tally.sums.get(name, np.zeros(self._setting.groups.count))

    def _sum(self, name: str) -> float:
        return float(self._vector(name).sum())

    def _n(self, measure: Measure) -> int:
        return self._tally.counts.get(measure.bottom if measure.chance == "share" else measure.top, 0)

    def _interval(self, measure: Measure, top: float, bottom: float) -> Interval:
        if self.replay.is_stream and measure.top in _OF_SOUND:
            return None
        if measure.chance == "events":
            if top == 0 and not self._would(measure):
                return 0.0, 0.0
            low, high = garwood(round(top))
            return low / bottom, high / bottom
        if measure.chance == "share" and top in (0.0, bottom):
            # Drawing from what is all alike says nothing; how many were counted does.
            return (0.0, 0.0) if top == 0 and self._cannot(measure) else wilson(round(top), round(bottom))
        if top == 0:
            return self._unseen(measure, bottom)
        return self._setting.resampling.interval(self.redrawn(measure))

    def _cannot(self, measure: Measure) -> bool:
        """Whether the policy itself says that it never happens."""
        if measure.top == "false clips":
            return not self._would(measure)
        return not set(self.policy.upload.when) & {"wake", "confirmed", "approved", "always"}

    def _unseen(self, measure: Measure, bottom: float) -> Interval:
        """What chance may have hidden of something that was not seen once."""
        would = self._would(measure)
        return (0.0, garwood(0)[1] * sum(would) / len(would) / bottom) if would else (0.0, 0.0)

    def _would(self, measure: Measure) -> Sequence[float]:
        """What each false wake would add, had it got past the second look. None of them means: never."""
        amounts = (amounts.get(measure.top, 0.0) for amounts in self._slipped)
        return [amount for amount in amounts if amount]

    @cached_property
    def _slipped(self) -> list[dict[str, float]]:
        false = tuple(
            replace(event, confirmed=True, understood=True) for event in self._setting.timeline.events if event.is_false
        )
        replay = replayed(Timeline(self._setting.timeline.days, false), self.policy, limits=False)
        return [quantities(decision, replay, self._setting.horizon) for decision in replay.decisions]

    def _linked(self) -> Iterator[Row]:
        events: list[Event] = list(dict.fromkeys(flow.event for flow in self.replay.flows))
        for party in (None, *PARTIES):
            name = "linkability" if party is None else f"linkability_{party}"
            value, interval = linked(
                self.policy.identifiers, events, party, self._setting.groups, self._setting.resampling
            )
            yield self._row(name, value, interval, len(events), "share")
        for party in PARTIES:
            told = bits(self.policy.identifiers, party) if events else 0.0
            yield self._row(f"id_bits_{party}", told, None, len(events), "bits")

    def _reviewed(self) -> Iterator[Row]:
        year = self._setting.home.hours * YEAR
        free, heard = (self.row(measure, year) for measure in YEARLY)
        cap, people = self.policy.review.cap_per_month, self.policy.review.can_listen
        capped = _at_most(free, cap.value * MONTHS if cap else None)
        kept = capped.value / free.value if free.value and capped.value is not None else 1.0
        yield free
        yield replace(capped, metric="reviews_capped_per_year")
        yield _times(heard, kept)
        hours = SHIFT_HOURS / CLIPS_A_SHIFT
        yield _times(replace(capped, metric="reviewer_hours_per_1000_homes", unit="h/yr"), hours * 1_000)
        yield self._row("listeners", people.value if people else None, None, 0, "people")
        reach = _times(_times(heard, kept), people.value) if people else replace(heard, value=None, lo=None, hi=None)
        yield replace(reach, metric="reviewer_exposure_per_year", unit="s*people/yr")


def _times(row: Row, times: float) -> Row:
    value, low, high = (each * times if each is not None else None for each in (row.value, row.lo, row.hi))
    return replace(row, value=value, lo=low, hi=high)


def _at_most(row: Row, most: float | None) -> Row:
    if most is None:
        return row
    value, low, high = (min(each, most) if each is not None else None for each in (row.value, row.lo, row.hi))
    return replace(row, value=value, lo=low, hi=high)
