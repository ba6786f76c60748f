"""One run under many policies: everything that tables, plots and reports are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keepmum.errors import LabError
from keepmum.lab.evaluate.figures import Figures, Setting
from keepmum.lab.evaluate.hearing import heard
from keepmum.lab.evaluate.measures import MEASURES, Measure
from keepmum.lab.evaluate.replays import Replay, replayed
from keepmum.lab.evaluate.resampling import Groups, Resampling
from keepmum.lab.evaluate.row import Difference, Row, by_metric
from keepmum.lab.event import Timeline
from keepmum.lab.events import Heard, Home, events
from keepmum.lab.metrics import TEN_YEARS
from keepmum.lab.policy import Policy
from keepmum.lab.wakes import Strictness

AGAINST = "alexa-2019-default"
"""Whom the others are told apart from, unless somebody says another."""


@dataclass(frozen=True)
class Evaluation:
    """All figures of one run."""

    timeline: Timeline
    home: Home
    horizon: float
    against: str
    figures: tuple[Figures, ...]
    """By policy."""
    rows: tuple[Row, ...]
    """The run's own first."""
    differences: tuple[Difference, ...]
    by: dict[tuple[str, str], Row] = field(default_factory=dict)
    """Rows by policy and metric."""

    @property
    def replays(self) -> Iterator[Replay]:
        """Every policy with what it let out."""
        return (each.replay for each in self.figures)

    @property
    def policies(self) -> list[Policy]:
        """In their order."""
        return [each.policy for each in self.figures]

    def row(self, policy: str, metric: str) -> Row:
        """One figure."""
        return self.by[policy, metric]


def evaluate(
    run: Heard,
    policies: Sequence[Policy],
    home: Home | None = None,
    *,
    seed: int = 0,
    horizon: float = TEN_YEARS,
    against: str = AGAINST,
    is_synthetic: bool = False,
    strictness: Strictness | None = None,
) -> Evaluation:
    """Play every policy over a run and count. The same arguments give the same figures.

    `seed` draws the corpora of the bootstrap and the approved clips; `horizon` is for how many days what is kept for
    ever counts; `is_synthetic` says that nobody listened; `strictness` plays it as a stricter speaker. Raises LabError
    for a run without sound.
    """
    home = home or Home()
    if sum(recording.seconds for recording in run.recordings) <= 0:
        raise LabError("there is no sound in this run", "run it again over recordings with something in them")
    timeline = events(run, home, seed, strictness)
    groups = Groups(run.recordings)
    setting = Setting(timeline, home, groups, Resampling(groups.count, seed), horizon, is_synthetic)
    figures = tuple(Figures(replayed(timeline, policy), setting) for policy in policies)
    rows = (
        *heard(run, timeline, "simulated" if is_synthetic else "measured", strictness),
        *(row for each in figures for row in each.rows()),
    )
    told = tuple(_differences(figures, against, setting.resampling))
    return Evaluation(timeline, home, horizon, against, figures, rows, told, by_metric(rows))


def _differences(figures: Sequence[Figures], against: str, resampling: Resampling) -> Iterator[Difference]:
    other = next((each for each in figures if each.policy.id == against), None)
    for each in figures:
        if other is not None and each is not other:
            yield from (difference(each, other, measure, resampling) for measure in MEASURES)


def difference(one: Figures, other: Figures, measure: Measure, resampling: Resampling) -> Difference:
    """How much more of something one has than the other, over the same wakes."""
    mine, theirs = one.row(measure), other.row(measure)
    value, low, high = None, None, None
    if mine.value is not None and theirs.value is not None:
        value = mine.value - theirs.value
        low, high = resampling.interval(one.redrawn(measure) - other.redrawn(measure)) or (None, None)
    kind = one.kind if one.kind == other.kind else "simulated"
    return Difference(one.policy.id, measure.name, value, low, high, mine.n, measure.unit, kind, other.policy.id)
