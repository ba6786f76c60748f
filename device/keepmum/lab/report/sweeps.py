"""What a sweep found, as a table, as rows for scripts and as a plot."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keepmum import layers
from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.folder import put
from keepmum.lab.evaluate.row import Row, between, told
from keepmum.lab.evaluate.sweep import Swing
from keepmum.lab.policy import Policy
from keepmum.lab.report import bars
from keepmum.lab.report.lines import curve

PLOTS = "plots"


@dataclass(frozen=True)
class Swept:
    """One sweep, told."""

    name: str
    """Of its files."""
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    table: str
    """CSV."""
    svg: str

    def write(self, folder: Path) -> list[Path]:
        """Plot and table, into the plots of a run. Raises LabError for what cannot be written."""
        return put(folder / PLOTS, {f"{self.name}.csv": self.table, f"{self.name}.svg": self.svg})


def of_swings(policy: Policy, metric: str, middle: Row, swings: Sequence[Swing]) -> Swept:
    """The tornado: only what moves the figure is drawn."""
    title = f"{metric} of {policy.id}: {told(middle.value)} {middle.unit}, {middle.kind}"
    moving = [(s.key, s.at_least, s.at_most, told(s.least), told(s.most)) for s in swings if s.width > 0]
    rows = tuple(
        (s.key, f"{told(s.least)} to {told(s.most)}", told(s.at_least), told(s.at_most), told(s.width)) for s in swings
    )
    plain = ((s.key, *(f"{each:.6g}" for each in (s.least, s.most, s.at_least, s.at_most))) for s in swings)
    return Swept(
        f"tornado-{policy.id}-{metric}",
        ("assumed number", "from … to", "figure at its least", "at its most", "moves it by"),
        rows,
        _csv([("key", "least", "most", "at_least", "at_most"), *plain]),
        bars.tornado(title, f"{metric}, {middle.unit}", middle.value or 0.0, moving),
    )


def of_steps(
    key: str, values: Sequence[float], found: Sequence[Evaluation], figures: Sequence[tuple[str, str]]
) -> Swept:
    """Figures, each a policy and a metric, over one number. Raises LabError for a figure that there is not."""
    known = [metric for _, metric in found[0].by]
    for _, metric in figures:
        if metric not in known:
            raise LabError(f"there is no figure {metric!r}", layers.meant(metric, known))
    series = [[each.row(*figure) for each in found] for figure in figures]
    rows = tuple(
        (told(value), *map(_cell, here)) for value, here in zip(values, zip(*series, strict=True), strict=True)
    )
    plain = [_plain(value, row) for rows_of in series for value, row in zip(values, rows_of, strict=True)]
    name = "".join(letter if letter.isalnum() or letter == "_" else "-" for letter in f"sweep-{key}-{figures[-1][1]}")
    heads = (key.replace(" ", "_"), "policy", "metric", "value", "lo", "hi", "n", "unit", "kind")
    return Swept(
        name,
        (key, *(metric for _, metric in figures)),
        rows,
        _csv([heads, *plain]),
        curve(key, values, series),
    )


def _cell(row: Row) -> str:
    interval = between(row)
    return f"{told(row.value)} ({interval})" if interval else told(row.value)


def _plain(value: float, row: Row) -> tuple[str, ...]:
    numbers = ("" if each is None else f"{each:.6g}" for each in (row.value, row.lo, row.hi))
    return (f"{value:g}", row.policy, row.metric, *numbers, str(row.n), row.unit, row.kind)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
