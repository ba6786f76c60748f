"""Draws the speaker on the terminal: the ring in colour, what it does, what was said, what left."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from keepmum.demo.count import Book
from keepmum.demo.story import Story

_LAMPS = 12
_LINES = 12
_STYLES = {
    "title": ("bold", ""),
    "room": ("dim", "room "),
    "heard": ("cyan", "heard "),
    "speaker": ("blue", "says "),
    "decision": ("yellow", "decides "),
    "leaving": ("magenta", "sends "),
}


def picture(story: Story, witness: tuple[int, int], seconds: float) -> RenderableType:
    """The whole screen; `witness` is (messages, bytes) that mosquitto_sub saw so far, `seconds` moves the ring."""
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("ear", story.ear),
        ("ring", str(story.ring.get("meaning", "dark"))),
        ("mode", story.mode),
        ("ledger", f"{story.rows} rows"),
        ("uplink", f"{story.broker}; {story.sent} sent, {story.delivered} proved to have arrived"),
        ("mosquitto saw", f"{witness[0]} messages, {witness[1]:,} bytes"),
    ):
        facts.add_row(Text(name, "dim"), Text(value))
    top = Table.grid(padding=(0, 3))
    top.add_row(_ring(story.ring, seconds), facts)
    return Group(Panel(top, title="keepmum", box=box.ROUNDED), Panel(_talk(story), box=box.ROUNDED, height=14))


def _ring(ring: Mapping[str, object], seconds: float) -> Text:
    """Twelve lamps in a circle, as wide as it is high on a terminal."""
    red, green, blue = _colour(ring.get("colour"))
    canvas = [[" "] * 17 for _ in range(7)]
    styled: dict[tuple[int, int], str] = {}
    for lamp in range(_LAMPS):
        angle = 2 * math.pi * lamp / _LAMPS
        row, column = round(3 - 3 * math.cos(angle)), round(8 + 8 * math.sin(angle))
        canvas[row][column] = "●"
        bright = _brightness(str(ring.get("motion", "still")), lamp, seconds)
        styled[row, column] = f"rgb({int(red * bright)},{int(green * bright)},{int(blue * bright)})"
    text = Text()
    for row, letters in enumerate(canvas):
        for column, letter in enumerate(letters):
            text.append(letter, styled.get((row, column), ""))
        text.append("\n")
    return text


def _brightness(motion: str, lamp: int, seconds: float) -> float:
    if motion == "spin":
        return 0.25 + 0.75 * (((lamp / _LAMPS) - seconds) % 1.0)
    if motion == "pulse":
        return 0.55 + 0.45 * math.sin(4 * seconds)
    if motion == "blink":
        return 1.0 if seconds % 1 < 0.5 else 0.1
    return 1.0


def _colour(value: object) -> tuple[int, int, int]:
    if isinstance(value, list) and len(value) == 3:
        return int(value[0]), int(value[1]), int(value[2])
    return 40, 40, 40


def _talk(story: Story) -> Text:
    return Text("\n").join(line(who, what) for who, what in story.talk[-_LINES:])


def line(who: str, what: str) -> Text:
    """One line of what happens, for the screen or for a plain terminal."""
    style, lead = _STYLES.get(who, ("", ""))
    return Text(f"{lead}{what}" if who != "title" else f"— {what}", style)


def summary(story: Story) -> Table:
    """The closing table: heard, kept, refused, left."""
    table = Table(title="What the speaker heard, and what became of it", box=box.SIMPLE_HEAD)
    for name, style in (("at", "dim"), ("", "bold"), ("heard", "cyan"), ("outcome", ""), ("why", "yellow")):
        table.add_column(name, style=style)
    table.add_column("kept in RAM, then wiped", justify="right")
    for each in story.lines:
        kept = f"{each.kept:.1f} s" if each.kept else ""
        table.add_row(f"{each.at:6.1f} s", each.what, each.heard, each.outcome, each.why, kept)
    return table


def books(ours: Book, theirs: Book) -> Table:
    """The two books side by side."""
    table = Table(title="What left: two independent counts", box=box.SIMPLE_HEAD)
    for name in ("", "our ledger", "mosquitto_sub", ""):
        table.add_column(name, justify="right")
    for name, mine, yours in (
        ("home actions", ours.actions[0], theirs.actions[0]),
        ("their bytes", ours.actions[1], theirs.actions[1]),
        ("clips", len(ours.clips), len(theirs.clips)),
        ("their sealed bytes", ours.clip_bytes, theirs.clip_bytes),
    ):
        table.add_row(name, f"{mine:,}", f"{yours:,}", "[green]equal[/]" if mine == yours else "[red]DIFFERENT[/]")
    return table
