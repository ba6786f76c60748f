"""What every plot is drawn on: few colours that colour-blind readers can tell apart, and the same bytes every time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keepmum.errors import LabError
from keepmum.lab.policy import Kind

PAPER, INK, MUTED, GRID = "#fffffe", "#1b1f24", "#5b6471", "#dfe3e8"
SIMULATED, MEASURED, CONTROL, ALARM = "#0072b2", "#009e73", "#8a8f98", "#d55e00"
"""Four of the eight of Okabe and Ito, who chose them for every kind of colour vision; shape says it once more."""
COLOURS: dict[str, str] = {"simulated": SIMULATED, "measured": MEASURED, "control": CONTROL}
SHAPES: dict[str, str] = {"simulated": "o", "measured": "D", "control": "s"}
KINDS: tuple[Kind, ...] = ("simulated", "measured", "control")

NAMED = {
    PAPER: "paper",
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    SIMULATED: "simulated",
    MEASURED: "measured",
    CONTROL: "control",
    ALARM: "alarm",
}
"""The page puts its own colours in their places, by these names: so a plot follows light and dark."""

WIDTH = 9.0
"""Inches; a page shows a plot as wide as its text."""

_STYLE = {
    "svg.hashsalt": "keepmum",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
}
_NOTHING = {"Date": None, "Creator": None, "Format": None, "Type": None}


class Sheet:
    """One plot in the making: `axes` are matplotlib's, `svg` is what came of it."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self.svg = ""

    def axes(self, left: float, right: float, top: float, bottom: float) -> Any:
        """Axes with margins in inches, so that labels find the same room on every machine."""
        width, height = self.canvas.get_size_inches()
        box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
        axes = self.canvas.add_axes(box)
        axes.tick_params(length=0)
        return axes


@contextmanager
def sheet(height: float) -> Iterator[Sheet]:
    """A sheet of WIDTH by `height` inches, whose `svg` is there at the end. Raises LabError without matplotlib."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise LabError(f"plots need matplotlib: {error}", "pip install 'keepmum[lab]'") from error
    with mpl.rc_context(_STYLE):
        drawn = Sheet(Figure(figsize=(WIDTH, height)))
        yield drawn
        written = io.StringIO()
        drawn.canvas.savefig(written, format="svg", metadata=_NOTHING)
        drawn.svg = written.getvalue()


def inline(svg: str, name: str, title: str) -> str:
    """The same drawing as part of a page: its ids are its own, its colours the page's, and it has a title."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", body)
    for colour, meant in NAMED.items():
        body = body.replace(colour, f"var(--{meant})")
    head, _, rest = body.partition(">")
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{title}">{rest}'
