"""Exposure against use, how long false wakes last, and one hour as three policies would have it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.replays import Decision, Replay
from keepmum.lab.evaluate.row import told
from keepmum.lab.event import Event, Kind
from keepmum.lab.events import HOUR, heard_at
from keepmum.lab.report.alike import Alike, alike
from keepmum.lab.report.sheet import ALARM, COLOURS, GRID, INK, KINDS, MEASURED, MUTED, SHAPES, SIMULATED, sheet

KEY = 3.1
"""Inches for the names beside a plot."""
STRIPS = ("alexa-2019-default", "ours-share", "ours-local")
DKW = math.sqrt(math.log(2 / 0.05) / 2)
"""Dvoretzky, Kiefer, Wolfowitz: how far a whole distribution may be off, times the root of how many there are."""


def exposure(evaluation: Evaluation) -> tuple[str, list[Alike]]:
    """How much lies somewhere and for how long, against how many commands somebody can learn from."""
    groups = sorted(alike(evaluation, "exposure_s_d_per_h", "commands_kept_share"), key=lambda group: group.value)
    names = [_named(group) for group in groups]
    above = [group.value for group in groups if group.value > 0]
    nothing = 10 ** (math.floor(math.log10(min(above))) - 1.2) if above else 0.1
    height = max(4.3, 0.165 * sum(text.count("\n") + 1.55 for text in names) + 1.3)
    with sheet(height) as paper:
        axes = paper.axes(0.75, KEY, 0.35, 0.75)
        axes.set_xscale("log")
        axes.set_xlim(nothing / 3, max(above, default=1.0) * 4)
        axes.set_ylim(-0.09, 1.12)
        axes.grid(linewidth=0.8)
        axes.axvspan(nothing / 3, nothing * 3, color=GRID, alpha=0.45, linewidth=0)
        _ticks(axes, nothing, max(above, default=1.0))
        axes.set_xlabel("exposure: seconds of sound × days kept, per hour of sound (ten years at most)")
        axes.set_ylabel("real commands that somebody can learn from")
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        for number, (group, up) in enumerate(zip(groups, _apart(groups), strict=True), 1):
            _spot(axes, number, group, max(group.value, nothing), up)
        _names(axes, names, groups, height)
    return paper.svg, groups


def _named(group: Alike) -> str:
    return textwrap.fill(", ".join(group.names), 33, break_on_hyphens=False)


def _ticks(axes: Any, nothing: float, most: float) -> None:
    decades = [10.0**power for power in range(math.ceil(math.log10(nothing * 3)), math.floor(math.log10(most * 4)) + 1)]
    step = 1 + len(decades) // 8
    shown = decades[::-1][::step][::-1]
    axes.set_xticks([nothing, *shown], ["none", *(told(each) for each in shown)])
    axes.minorticks_off()


def _apart(groups: Sequence[Alike]) -> list[float]:
    """How far up each spot moves, so that those that would lie on one another can all be seen."""
    ups: list[float] = []
    for place, group in enumerate(groups):
        before = [
            ups[other]
            for other in range(place)
            if _near(groups[other].rows[0].value or 0, group.value)
            and abs((groups[other].rows[1].value or 0) - (group.rows[1].value or 0)) < 0.06
        ]
        ups.append(max(before, default=-0.075) + 0.075)
    return [-up if (groups[place].rows[1].value or 0) > 0.5 else up for place, up in enumerate(ups)]


def _near(one: float, other: float) -> bool:
    if not one or not other:
        return one == other
    return abs(math.log10(one) - math.log10(other)) < 0.45


def _spot(axes: Any, number: int, group: Alike, at: float, up: float) -> None:
    true = group.rows[1].value or 0.0
    colour, height = COLOURS[group.kind], true + up
    if up:
        # It was moved to be seen; a line leads to where it belongs.
        axes.plot([at, at], [true, height], color=colour, linewidth=1.2)
        axes.plot(at, true, SHAPES[group.kind], markersize=4, color=colour)
    axes.plot(at, height, SHAPES[group.kind], markersize=15, color=colour, zorder=3)
    words = {"color": "#ffffff", "fontsize": 9, "weight": "bold", "zorder": 4}
    axes.text(at, height - 0.002, str(number), ha="center", va="center", **words)


def _names(axes: Any, names: Sequence[str], groups: Sequence[Alike], height: float) -> None:
    """The key, at the right, in the order of the numbers."""
    inches, place = height - 1.1, 1.0
    words = {"transform": axes.transAxes, "va": "top", "fontsize": 8.5}
    for number, (text, group) in enumerate(zip(names, groups, strict=True), 1):
        axes.text(1.065, place, str(number), color=COLOURS[group.kind], weight="bold", ha="right", **words)
        axes.text(1.085, place, text, color=INK, **words)
        place -= 0.165 * (text.count("\n") + 1.55) / inches
    for kind in KINDS:
        if any(group.kind == kind for group in groups):
            axes.plot([], [], SHAPES[kind], color=COLOURS[kind], label=kind)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.99), ncols=3, fontsize=9, handletextpad=0.2, borderpad=0.1)


def durations(evaluation: Evaluation) -> str:
    """How long false wakes last: all that a first look lets through, and what is left of them after the second."""
    false = [event for event in evaluation.timeline.events if event.is_false]
    both = (
        ("after the first look alone", [event.seconds for event in false], ALARM),
        ("after the second look as well", [event.seconds for event in false if event.confirmed], MEASURED),
    )
    longest = max([event.seconds for event in false] + [10.0])
    with sheet(4.0) as paper:
        axes = paper.axes(0.75, 0.3, 0.5, 0.65)
        axes.set_xlim(0, longest * 1.05)
        axes.set_ylim(0, 1.03)
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        axes.grid(linewidth=0.8)
        axes.set_xlabel("seconds from the wake word to the last word")
        axes.set_ylabel("false wakes that last no longer")
        for at, text in ((6, "6 s"), (10, "10 s")):
            axes.axvline(at, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
            where = {"xytext": (4, 4), "textcoords": "offset points"}
            axes.annotate(text, (at, 0), color=MUTED, fontsize=9, va="bottom", **where)
        for name, seconds, colour in both:
            _steps(axes, f"{name} ({len(seconds)})", sorted(seconds), colour, longest * 1.05)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, fontsize=9, borderpad=0.2)
    return paper.svg


def _steps(axes: Any, name: str, seconds: Sequence[float], colour: str, end: float) -> None:
    count, line = len(seconds), "--" if colour == MEASURED else "-"
    places = [0.0, *seconds, end]
    shares = [min(place / max(count, 1), 1.0) for place in range(count + 2)] if count else []
    axes.step(places if count else [], shares, where="post", color=colour, linewidth=2, linestyle=line, label=name)
    if count:
        off = DKW / math.sqrt(count)
        low, high = ([min(max(share + sign * off, 0), 1) for share in shares] for sign in (-1, 1))
        axes.fill_between(places, low, high, step="post", color=colour, alpha=0.13, linewidth=0)


def strip(evaluation: Evaluation, policies: Sequence[str] = STRIPS) -> str:
    """The hour in which most happened, under three policies: what left of it, and what did not."""
    replays = {replay.policy.id: replay for replay in evaluation.replays}
    shown = [name for name in policies if name in replays] or list(replays)[:3]
    begins = _busiest(evaluation)
    with sheet(0.62 * (len(shown) + 1) + 1.3) as paper:
        axes = paper.axes(2.0, 1.55, 0.6, 0.6)
        minutes = min(60.0, _heard(evaluation) / 60)
        axes.set_xlim(0, minutes)
        axes.set_ylim(len(shown) + 0.55, -0.55)
        axes.set_yticks(range(len(shown) + 1), ["what happened", *shown], fontsize=9.5)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"minutes of the hour that begins {_clock(begins)} into the sound")
        axes.grid(axis="x", linewidth=0.8)
        _lane_of_truth(axes, evaluation, begins)
        for lane, name in enumerate(shown, 1):
            _lane(axes, lane, replays[name], evaluation, begins)
        _legend_of_lanes(axes)
    return paper.svg


def _busiest(evaluation: Evaluation) -> float:
    """Where the hour begins in which most happened, of both sorts; on a whole minute."""
    wakes = [event for event in evaluation.timeline.events if event.kind is not Kind.DAY]
    times = [(heard_at(event, evaluation.home), event.is_false) for event in wakes]
    starts = {max(math.floor(time / 60) * 60.0 - 60, 0.0) for time, _ in times}

    def worth(start: float) -> tuple[int, float]:
        within = [false for time, false in times if start <= time < start + HOUR]
        return len(within) + 4 * min(sum(within), len(within) - sum(within)), -start

    return max(starts, key=worth, default=0.0)


def _heard(evaluation: Evaluation) -> float:
    """Seconds of sound in all; a minute at least."""
    return max(sum(event.seconds for event in evaluation.timeline.events if event.kind is Kind.DAY), 60.0)


def _clock(seconds: float) -> str:
    return f"{int(seconds // HOUR)} h {int(seconds % HOUR // 60)} min"


def _minutes(event: Event, evaluation: Evaluation, begins: float) -> float:
    return (heard_at(event, evaluation.home) - begins) / 60


def _lane_of_truth(axes: Any, evaluation: Evaluation, begins: float) -> None:
    counts = {True: 0, False: 0}
    for event in evaluation.timeline.events:
        at = _minutes(event, evaluation, begins)
        if event.kind is not Kind.DAY and 0 <= at < 60:
            counts[event.is_false] += 1
            colour, shape = (ALARM, "v") if event.is_false else (SIMULATED, "o")
            axes.plot(at, 0, shape, color=colour, markersize=6)
    _at_the_end(axes, 0, f"{counts[False]} commands\n{counts[True]} false wakes")


def _lane(axes: Any, lane: int, replay: Replay, evaluation: Evaluation, begins: float) -> None:
    axes.axhline(lane, color=GRID, linewidth=6, zorder=0, solid_capstyle="butt")
    left = 0.0
    for decision in replay.decisions:
        at = _minutes(decision.event, evaluation, begins)
        if decision.event.kind is Kind.DAY or not 0 <= at < 60:
            continue
        left += decision.sound
        _clip(axes, lane, at, decision)
    _at_the_end(axes, lane, f"{told(left)} s uploaded" if left else "nothing uploaded")


def _at_the_end(axes: Any, lane: int, text: str) -> None:
    where = {"xytext": (6, 0), "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(text, (axes.get_xlim()[1], lane), va="center", fontsize=9, **where)


def _clip(axes: Any, lane: int, at: float, decision: Decision) -> None:
    if decision.sound:
        colour = ALARM if decision.event.is_false else SIMULATED
        # No thinner than can be seen: a quarter of a minute.
        axes.barh(lane, max(decision.sound / 60, 0.25), left=at, height=0.5, color=colour, zorder=2)
    else:
        axes.plot(at, lane, "|", color=MUTED, markersize=9, zorder=2)


def _legend_of_lanes(axes: Any) -> None:
    from matplotlib.lines import Line2D

    entries = (
        ("command", "o", SIMULATED),
        ("false wake", "v", ALARM),
        ("its sound leaves", "s", INK),
        ("nothing leaves", "|", MUTED),
    )
    marks = [Line2D([], [], marker=shape, color=colour, linestyle="", label=text) for text, shape, colour in entries]
    axes.legend(
        handles=marks,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=4,
        fontsize=9,
        borderpad=0.2,
        handletextpad=0.2,
    )
