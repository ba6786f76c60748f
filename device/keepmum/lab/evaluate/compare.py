"""Two runs beside one another: another model, another threshold, another year; what differs, and whether by chance."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.hearing import said
from keepmum.lab.evaluate.measures import MEASURES
from keepmum.lab.evaluate.replaying import Assumptions
from keepmum.lab.evaluate.resampling import Groups, Resampling, Vector
from keepmum.lab.evaluate.row import OF_THE_RUN, Row, told
from keepmum.lab.event import Event, Kind
from keepmum.lab.run import Run


@dataclass(frozen=True)
class Pair:
    """One figure in both runs, and how much more of it the second has."""

    policy: str
    metric: str
    first: Row
    second: Row
    difference: float | None
    lo: float | None
    hi: float | None

    @property
    def is_told_apart(self) -> bool:
        """Whether chance alone would hardly have made such a difference."""
        return self.lo is not None and self.hi is not None and (self.lo > 0 or self.hi < 0)


ROUNDING = 1e-9
"""Of a figure: what is less is how a machine adds up, and no difference."""

_Amount = Callable[[Event], float]
_OWN: dict[str, _Amount] = {
    "first_look_false_per_h": lambda event: float(event.is_false),
    "false_wakes_per_h": lambda event: float(event.is_false and event.confirmed),
}
_OF_COMMANDS: dict[str, _Amount] = {
    "first_look_recall": lambda event: float(event.kind is Kind.WAKE),
    "wake_recall": lambda event: float(event.kind is Kind.WAKE and event.confirmed),
}


def are_paired(first: Run, second: Run) -> bool:
    """Whether both heard the same recordings, so that the difference is that of the speakers alone."""
    told = [[(one.id, one.seconds, one.sha256, one.group) for one in run.recordings] for run in (first, second)]
    return told[0] == told[1]


def refuse_other_assumptions(first: Assumptions, second: Assumptions) -> None:
    """Raises LabError where two runs were replayed with other assumptions: they would differ by those."""
    told_by = [shlex.join(each.options()) or "the usual ones" for each in (first, second)]
    if told_by[0] != told_by[1]:
        raise LabError(
            f"the runs were replayed with other assumptions: {told_by[0]}, and {told_by[1]}",
            "replay one of them again with those of the other: keepmum lab replay RUN",
        )


def compare(first: Run, second: Run, one: Evaluation, other: Evaluation, seed: int = 0) -> list[Pair]:
    """Every figure that both have. Runs over other recordings are drawn apart: their intervals are wider."""
    apart = 0 if are_paired(first, second) else 1
    return list(_Comparison(_Side.of(first, one, seed), _Side.of(second, other, seed + apart)).pairs())


@dataclass(frozen=True)
class _Side:
    run: Run
    evaluation: Evaluation
    groups: Groups
    drawn: Resampling

    @classmethod
    def of(cls, run: Run, evaluation: Evaluation, seed: int) -> _Side:
        groups = Groups(run.recordings)
        return cls(run, evaluation, groups, Resampling(groups.count, seed))

    def own(self, metric: str) -> Vector:
        """One of the run's own figures in each of the other corpora."""
        below = _said(self.run, self.groups) if metric in _OF_COMMANDS else self.groups.hours
        amount = {**_OWN, **_OF_COMMANDS}[metric]
        return _ratio(self.drawn.sums(_summed(self.evaluation, self.groups, amount)), self.drawn.sums(below))


@dataclass(frozen=True)
class _Comparison:
    one: _Side
    other: _Side

    def pairs(self) -> Iterator[Pair]:
        """The runs' own figures, then those of each policy that both were played under."""
        for metric in (*_OWN, *_OF_COMMANDS):
            yield self._pair(OF_THE_RUN, metric, self.one.own(metric), self.other.own(metric))
        known = {figures.policy.id: figures for figures in self.other.evaluation.figures}
        for figures in self.one.evaluation.figures:
            same = known.get(figures.policy.id)
            for measure in MEASURES if same is not None else ():
                before = figures.redrawn(measure, self.one.drawn)
                after = same.redrawn(measure, self.other.drawn) if same else before
                yield self._pair(figures.policy.id, measure.name, before, after)

    def _pair(self, policy: str, metric: str, drawn: Vector, drawn_other: Vector) -> Pair:
        before, after = (side.evaluation.row(policy, metric) for side in (self.one, self.other))
        if before.value is None or after.value is None:
            return Pair(policy, metric, before, after, None, None, None)
        few = not (self.one.drawn.says_something and self.other.drawn.says_something)
        low, high = (None, None) if few else self.one.drawn.interval(drawn_other - drawn) or (None, None)
        difference = after.value - before.value
        if abs(difference) <= ROUNDING * max(abs(before.value), abs(after.value)):
            return Pair(policy, metric, before, after, 0.0, 0.0, 0.0)
        return Pair(policy, metric, before, after, difference, low, high)


def _said(run: Run, groups: Groups) -> Vector:
    """How many commands were said in each group."""
    counts = np.zeros(groups.count)
    places = {recording.id: groups.place(recording.group or recording.id) for recording in run.recordings}
    for truth in said(run):
        counts[places[truth.recording]] += 1
    return counts


def _summed(evaluation: Evaluation, groups: Groups, amount: _Amount) -> Vector:
    sums = np.zeros(groups.count)
    for event in evaluation.timeline.events:
        if event.kind is not Kind.DAY:
            sums[groups.place(event.group)] += amount(event)
    return sums


def _ratio(top: Vector, bottom: Vector) -> Vector:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def told_of(pairs: Iterable[Pair]) -> list[tuple[str, ...]]:
    """For people: one line for each figure; policies that it does not tell apart share one."""
    found: dict[tuple[str, ...], list[str]] = {}
    for pair in pairs:
        interval = "" if pair.lo is None or pair.hi is None else f"{_signed(pair.lo)} to {_signed(pair.hi)}"
        values = (told(pair.first.value), told(pair.second.value), _signed(pair.difference))
        line = (pair.metric, *values, interval, "more than chance" if pair.is_told_apart else "")
        found.setdefault(line, []).append(pair.policy)
    return [(_named(names), *line) for line, names in found.items()]


def _named(names: Sequence[str]) -> str:
    if names == [OF_THE_RUN]:
        return "the run itself"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} alike"


def csv_of(pairs: Iterable[Pair]) -> str:
    """All of them for scripts; the same bytes every time."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("policy", "metric", "first", "second", "difference", "lo", "hi", "unit", "kind"))
    for pair in pairs:
        numbers = (pair.first.value, pair.second.value, pair.difference, pair.lo, pair.hi)
        cells = ("" if each is None else f"{each:.6g}" for each in numbers)
        lines.writerow((pair.policy, pair.metric, *cells, pair.first.unit, pair.first.kind))
    return text.getvalue()


def _signed(number: float | None) -> str:
    return told(number) if number is None or number <= 0 else f"+{told(number)}"
