"""A figure over a number that is varied, with its band; one small plot below another for several figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepmum.lab.evaluate.row import OF_THE_RUN, Row, told
from keepmum.lab.report.sheet import COLOURS, INK, sheet

HEIGHT, GAP, TOP, BOTTOM = 1.55, 0.55, 0.45, 0.65
"""Inches of one plot, between two, above all and below all."""


def curve(key: str, values: Sequence[float], series: Sequence[Sequence[Row]]) -> str:
    """SVG: one plot for each series, whose rows belong to `values`."""
    count = len(series)
    height = TOP + BOTTOM + count * HEIGHT + (count - 1) * GAP
    with sheet(height) as paper:
        for place, rows in enumerate(series):
            above = TOP + place * (HEIGHT + GAP)
            axes = paper.axes(0.95, 0.3, above, height - above - HEIGHT)
            _curve(axes, values, rows)
            if place == count - 1:
                axes.set_xlabel(key)
            else:
                axes.set_xticklabels([])
    return paper.svg


def _curve(axes: Any, values: Sequence[float], rows: Sequence[Row]) -> None:
    colour, known = (
        COLOURS[rows[0].kind],
        [pair for pair in zip(values, rows, strict=True) if pair[1].value is not None],
    )
    at, figures = [value for value, _ in known], [row.value for _, row in known]
    axes.plot(at, figures, color=colour, linewidth=2, marker="o", markersize=4)
    banded = [(value, row) for value, row in known if row.lo is not None]
    low, high = [row.lo for _, row in banded], [row.hi for _, row in banded]
    axes.fill_between([value for value, _ in banded], low, high, color=colour, alpha=0.15, linewidth=0)
    axes.grid(linewidth=0.8)
    axes.set_xlim(min(values), max(values) if len(values) > 1 else min(values) + 1)
    axes.set_ylim(0, 1.06 if rows[0].unit == "share" else None)
    axes.yaxis.set_major_formatter(lambda value, _: told(value))
    whose = "" if rows[0].policy == OF_THE_RUN else f" of {rows[0].policy}"
    axes.set_title(f"{rows[0].metric}{whose}, {rows[0].unit}, {rows[0].kind}", loc="left", fontsize=10, color=INK)
