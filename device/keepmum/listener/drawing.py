"""Draws the ring's ladder as a picture, out of the very table that the speaker follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from keepmum.hardware import Look, Motion
from keepmum.listener.look import LADDER, UNKNOWN, Rung

LAMPS = 12
ROW, WIDTH, LEFT = 58, 760, 92
"""Pixels: the height of a row, the width of the picture, where the words begin."""

_SECONDS = {Motion.PULSE: 2.0, Motion.BLINK: 1.0, Motion.ALARM: 0.25}
_VALUES = {Motion.PULSE: "1;0.15;1", Motion.BLINK: "1;0;1", Motion.ALARM: "1;0;1"}


def rows() -> tuple[Rung, ...]:
    """The ladder, and below it the look of a speaker that does not run."""
    return (*LADDER, Rung("the listener has ended, however it ended", lambda _now: False, UNKNOWN))


def svg(ladder: Sequence[Rung] | None = None) -> str:
    """The picture: one row per rung, the first that applies on top; lamps that move do so in the picture too."""
    shown = rows() if ladder is None else ladder
    height = ROW * len(shown) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-label="What the ring shows, and when; the first row that applies wins">',
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#14161a"/>',
    ]
    for number, rung in enumerate(shown):
        lines += _row(rung, 6 + ROW * number)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _row(rung: Rung, top: int) -> list[str]:
    middle = top + ROW // 2
    words = f"{rung.look.colour.name.lower()}, {rung.look.motion.value}"
    return [
        *_lamps(rung.look, 44, middle),
        _text(LEFT, middle - 4, "#ffffff", 15, rung.look.meaning),
        _text(LEFT, middle + 15, "#9aa4b2", 12, f"{words}: when {rung.when}"),
    ]


def _text(x: int, y: int, colour: str, size: int, words: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" font-family="sans-serif" font-size="{size}">{escape(words)}</text>'


def _lamps(look: Look, x: int, y: int) -> list[str]:
    """Twelve lamps in a circle."""
    red, green, blue = look.colour.value
    lit = f"#{red:02x}{green:02x}{blue:02x}"
    circles = []
    for lamp in range(LAMPS):
        angle = 2 * math.pi * lamp / LAMPS
        place = f'cx="{x + 18 * math.sin(angle):.1f}" cy="{y - 18 * math.cos(angle):.1f}" r="3.6"'
        circles.append(f'<circle {place} fill="{lit}">{_movement(look.motion, lamp)}</circle>')
    return circles


def _movement(motion: Motion, lamp: int) -> str:
    if motion is Motion.STILL:
        return ""
    if motion is Motion.SPIN:
        begin = -(LAMPS - lamp) / LAMPS
        return (
            f'<animate attributeName="opacity" values="1;0.5;0.12;0.12;0.12" dur="1s" begin="{begin:.2f}s"'
            ' repeatCount="indefinite"/>'
        )
    mode = "linear" if motion is Motion.PULSE else "discrete"
    return (
        f'<animate attributeName="opacity" values="{_VALUES[motion]}" calcMode="{mode}" dur="{_SECONDS[motion]}s"'
        ' repeatCount="indefinite"/>'
    )
