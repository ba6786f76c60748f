"""One line for each group of policies: seconds that left, how well clips are linked, hours that people listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.row import Row, told
from keepmum.lab.report.alike import Alike, alike, by, label
from keepmum.lab.report.sheet import ALARM, COLOURS, INK, KINDS, MUTED, PAPER, SHAPES, Sheet, sheet

LEFT, RIGHT, TOP, BOTTOM = 2.75, 0.85, 0.55, 0.65
LINE, HEAD = 0.46, 0.34
"""Inches for one line, and for the heading of a kind."""


class Lines:
    """Horizontal lines, one for each group, below a heading for each kind."""

    def __init__(self, groups: Sequence[Alike], everybody: Sequence[str]) -> None:
        self.groups = groups
        self._labels = [label(group, everybody) for group in groups]
        self.places: list[float] = []
        self._headings: list[tuple[str, float]] = []
        place = 0.0
        for kind in KINDS:
            members = [text for group, text in zip(groups, self._labels, strict=True) if group.kind == kind]
            if not members:
                continue
            self._headings.append((kind, place + HEAD / 2))
            place += HEAD
            for text in members:
                height = max(LINE, 0.17 * (text.count("\n") + 1) + 0.16)
                self.places.append(place + height / 2)
                place += height
        self.height = place or LINE

    def axes(self, paper: Sheet) -> Any:
        """Axes in inches downwards, with everybody's name at the left."""
        axes = paper.axes(LEFT, RIGHT, TOP, BOTTOM)
        axes.set_ylim(self.height, 0)
        axes.set_yticks(self.places, self._labels, fontsize=9)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", linewidth=0.8)
        for kind, place in self._headings:
            across = axes.get_yaxis_transform()
            axes.text(
                -0.012, place, kind, transform=across, ha="right", va="center", color=COLOURS[kind], weight="bold"
            )
        if not self.groups:
            axes.text(0.5, 0.5, "nothing to show: nothing left", transform=axes.transAxes, ha="center", va="center")
        return axes


def _sheet_height(lines: Lines) -> float:
    return lines.height + TOP + BOTTOM


def seconds(evaluation: Evaluation) -> tuple[str, list[Alike]]:
    """Seconds of sound that left in an hour, those that nobody meant hatched, with the interval of the sum."""
    groups = by(alike(evaluation, "upload_s_per_h", "false_s_per_h"), lambda group: group.value)
    lines = Lines(groups, [policy.id for policy in evaluation.policies])
    reach = _reach([group.rows[0] for group in groups if group.kind != "control"])
    with sheet(_sheet_height(lines)) as paper:
        axes = lines.axes(paper)
        axes.set_xlim(0, reach)
        axes.set_xlabel("seconds of sound uploaded per hour of sound heard")
        for place, group in zip(lines.places, groups, strict=True):
            _seconds(axes, place, group, reach)
        _legend(axes, [("a real command", None), ("nobody meant the speaker", "////")])
    return paper.svg, groups


def _seconds(axes: Any, place: float, group: Alike, reach: float) -> None:
    total, false = group.rows[0], group.rows[1].value or 0.0
    colour, value = COLOURS[group.kind], total.value or 0.0
    axes.barh(place, min(value - false, reach), height=0.2, color=colour)
    # The hatched part is outlined, so that it can be told apart without colour.
    axes.barh(
        place, false, left=value - false, height=0.2, facecolor=PAPER, edgecolor=colour, hatch="////", linewidth=1
    )
    if value <= reach:
        _whisker(axes, place, total)
    end = reach if value > reach else max(value, total.hi or 0.0)
    arrow = " →" if value > reach else ""
    beside(axes, end, place, f"{told(value)}{arrow}")
    if value > reach:
        axes.plot([0.97 * reach, 0.98 * reach], [place + 0.16, place - 0.16], color=PAPER, linewidth=4)


def _whisker(axes: Any, place: float, row: Row, colour: str = INK) -> None:
    if row.lo is not None and row.hi is not None and row.hi > row.lo:
        axes.plot([row.lo, row.hi], [place, place], color=colour, linewidth=1.2, solid_capstyle="butt")
        for end in (row.lo, row.hi):
            axes.plot([end, end], [place - 0.05, place + 0.05], color=colour, linewidth=1.2)


def beside(axes: Any, end: float, place: float, text: str, size: float = 9) -> None:
    """A text at the right of what ends there; SVG swallows spaces, so the gap is made of points."""
    where = {"xytext": (5, 0), "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(text, (end, place), va="center", ha="left", fontsize=size, color=INK, **where)


def _reach(rows: Sequence[Row]) -> float:
    """How far an axis has to go for all of them and their intervals."""
    return max((each for row in rows for each in (row.value, row.hi) if each is not None), default=0.0) * 1.06 or 1.0


def _legend(axes: Any, entries: Sequence[tuple[str, str | None]]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=MUTED if hatch is None else PAPER, edgecolor=MUTED, hatch=hatch, label=text)
        for text, hatch in entries
    ]
    axes.legend(handles=patches, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, fontsize=9, borderpad=0.2)


def linkability(evaluation: Evaluation) -> tuple[str, list[Alike]]:
    """The part of all pairs of clips that can be told to come from one household, by the service and by reviewers."""
    sending = [
        policy.id for policy in evaluation.policies if evaluation.row(policy.id, "linkability").value is not None
    ]
    groups = [
        group
        for group in by(alike(evaluation, "linkability_service", "linkability_reviewer"), lambda group: group.value)
        if group.names[0] in sending
    ]
    lines = Lines(groups, [policy.id for policy in evaluation.policies])
    with sheet(_sheet_height(lines)) as paper:
        axes = lines.axes(paper)
        axes.set_xlim(-0.02, 1.02)
        axes.set_xlabel("pairs of clips that are known to come from one household, of all pairs")
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        for place, group in zip(lines.places, groups, strict=True):
            for row, up, filled in zip(group.rows, (-0.07, 0.07), (True, False), strict=True):
                _dot(axes, place + up, group.kind, row, filled)
        _legend_of_dots(axes, [("the service", True), ("whoever listens", False)])
    return paper.svg, groups


def _dot(axes: Any, place: float, kind: str, row: Row, filled: bool) -> None:
    colour = COLOURS[kind]
    _whisker(axes, place, row, colour)
    axes.plot([0, row.value or 0.0], [place, place], color=colour, linewidth=1, alpha=0.5)
    axes.plot(
        row.value or 0.0,
        place,
        SHAPES[kind],
        markersize=7,
        markerfacecolor=colour if filled else PAPER,
        markeredgecolor=colour,
        clip_on=False,
    )


def _legend_of_dots(axes: Any, entries: Sequence[tuple[str, bool]]) -> None:
    from matplotlib.lines import Line2D

    dots = [
        Line2D([], [], marker="o", linestyle="", color=MUTED, markerfacecolor=MUTED if filled else PAPER, label=text)
        for text, filled in entries
    ]
    axes.legend(handles=dots, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, fontsize=9, borderpad=0.2)


def reviewers(evaluation: Evaluation) -> tuple[str, list[Alike]]:
    """Hours that people spend on the clips of a thousand homes in a year; hollow is what a cap takes away."""
    metrics = ("reviewer_hours_per_1000_homes", "reviews_capped_per_year", "reviews_per_year")
    groups = [group for group in by(alike(evaluation, *metrics), lambda group: group.value) if group.value]
    lines = Lines(groups, [policy.id for policy in evaluation.policies])
    with sheet(_sheet_height(lines)) as paper:
        axes = lines.axes(paper)
        axes.set_xlim(0, max((_without_cap(group) for group in groups), default=1.0) * 1.03)
        axes.set_xlabel("hours of listening a year for 1,000 homes, at 1,000 clips in a shift of nine hours")
        axes.xaxis.set_major_formatter(lambda hours, _: f"{hours:,.0f}")
        for place, group in zip(lines.places, groups, strict=True):
            _hours(axes, place, group)
        _legend(axes, [("listened to", None), ("what the cap takes away", "")])
    return paper.svg, groups


def _without_cap(group: Alike) -> float:
    hours, capped, free = (row.value or 0.0 for row in group.rows)
    return hours * free / capped if capped else 0.0


def _hours(axes: Any, place: float, group: Alike) -> None:
    colour, whole = COLOURS[group.kind], _without_cap(group)
    if whole > group.value:
        axes.barh(place, whole, height=0.2, facecolor=PAPER, edgecolor=MUTED, linewidth=1)
    axes.barh(place, group.value, height=0.2, color=colour)
    _whisker(axes, place, group.row)
    end = group.value if whole > group.value else max(group.value, group.row.hi or 0.0)
    beside(axes, end, place, f"{told(group.value)} h, {told(group.rows[1].value)} clips a home")


def tornado(title: str, unit: str, middle: float, bars: Sequence[tuple[str, float, float, str, str]]) -> str:
    """How far each assumed number moves one figure: `bars` are (name, low, high, text at low, text at high)."""
    height = 0.36 * max(len(bars), 1) + 1.35
    span = [each for _, low, high, _, _ in bars for each in (low, high)] + [middle]
    with sheet(height) as paper:
        axes = paper.axes(3.4, 0.7, 0.65, 0.65)
        axes.set_ylim(len(bars) - 0.4, -0.6)
        room = (max(span) - min(span)) * 0.18 or abs(middle) or 1.0
        axes.set_xlim(max(min(span) - room, -0.02 * room) if min(span) >= 0 else min(span) - room, max(span) + room)
        axes.set_yticks(range(len(bars)), [name for name, *_ in bars], fontsize=9)
        axes.grid(axis="x", linewidth=0.8)
        axes.spines["left"].set_visible(False)
        axes.axvline(middle, color=INK, linewidth=1)
        for place, (_, low, high, at_low, at_high) in enumerate(bars):
            _swing(axes, place, middle, (low, at_low), ALARM)
            _swing(axes, place, middle, (high, at_high), COLOURS["simulated"])
        axes.set_xlabel(unit)
        axes.xaxis.set_major_formatter(lambda value, _: told(value))
        axes.set_title(title, loc="left", fontsize=11)
    return paper.svg


def _swing(axes: Any, place: float, middle: float, end: tuple[float, str], colour: str) -> None:
    value, text = end
    axes.barh(place, value - middle, left=middle, height=0.5, color=colour)
    side, gap = ("left", 4) if value >= middle else ("right", -4)
    where = {"xytext": (gap, 0), "textcoords": "offset points"}
    axes.annotate(text, (value, place), va="center", ha=side, fontsize=8, color=INK, **where)
