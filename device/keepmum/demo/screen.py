"""Draws the speaker on the terminal while it plays: the ring in colour, what is true, what was said and decided."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from keepmum.demo import wording
from keepmum.demo.count import Book
from keepmum.demo.story import Story

_LAMPS = 12
_HEIGHT, _WIDTH = 9, 17
"""Of the ring, in letters: a letter is twice as high as it is wide."""

_TALK = (5, 20)
"""Lines of what happens: at least, and at most."""

_STYLES = {
    "title": ("bold", ""),
    "room": ("dim", "room"),
    "heard": ("cyan", "heard"),
    "speaker": ("blue", "says"),
    "decision": ("yellow", "decides"),
    "leaving": ("magenta", "sends"),
    "answer": ("green", "gets"),
}
_MARGIN = 9


def picture(story: Story, left: Book, seconds: float, size: tuple[int, int]) -> RenderableType:
    """The whole screen, no larger than `size` (letters, lines).

    `left` is what mosquitto_sub saw so far; `seconds` moves the ring.
    """
    width, height = size
    top = Table.grid(padding=(0, 3))
    top.add_column(width=_WIDTH)
    top.add_row(_ring(story, seconds), _facts(story, left))
    lines = max(_TALK[0], min(_TALK[1], height - _HEIGHT - 5))
    title = textwrap.shorten(story.title or "what happens", max(20, width - 8), placeholder="…")
    return Group(
        Panel(top, title="[bold]keepmum[/]", subtitle=f"[dim]{_clock(story.now)}[/]", box=box.ROUNDED),
        Panel(_talk(story, width - 4, lines), title=title, box=box.ROUNDED, height=lines + 2),
    )


def _facts(story: Story, left: Book) -> Table:
    facts = Table.grid(padding=(0, 2))
    muted = bool(story.owners)
    saw = left.home[0] + len(left.clips) + left.demands[0]
    agreed = [purpose for purpose, state in story.consents.items() if state == "given"]
    for name, value, style in (
        ("light", str(story.ring.get("meaning", "dark")), ""),
        ("microphone", f"closed by {wording.owners(story.owners)}" if muted else "open", "red" if muted else "green"),
        ("privacy mode", story.mode, ""),
        ("agreed to", ", ".join(agreed) or "nothing", ""),
        ("waits", _waiting(story), ""),
        ("uplink", story.broker, ""),
        ("left", f"{story.sent}, {story.delivered} proved to have arrived" if story.sent else "nothing", ""),
        ("mosquitto saw", f"{saw}, {left.everything:,} bytes" if saw else "nothing", ""),
        ("ledger", f"{story.rows} lines, {story.refused.total()} of them refusals", ""),
    ):
        facts.add_row(_unfolded(name, "dim"), _unfolded(value, style))
    return facts


def _waiting(story: Story) -> str:
    told = [f"{story.asking} for an answer"] * bool(story.asking) + [f"{len(story.boxed)} to leave"] * bool(story.boxed)
    return ", ".join(told) or "nothing"


def _unfolded(words: str, style: str) -> Text:
    """One line, however narrow the terminal is."""
    return Text(words, style, overflow="ellipsis", no_wrap=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


# ---- the ring


def _ring(story: Story, seconds: float) -> Text:
    """Twelve lamps in a circle, and the ear's state in the middle."""
    canvas = [[(" ", "")] * _WIDTH for _ in range(_HEIGHT)]
    for place, letter in enumerate(story.ear):
        canvas[_HEIGHT // 2][(_WIDTH - len(story.ear)) // 2 + place] = (letter, "bold")
    for lamp in range(_LAMPS):
        angle = 2 * math.pi * lamp / _LAMPS
        across, down = (_WIDTH - 1) // 2, (_HEIGHT - 1) // 2
        row, column = round(down - down * math.cos(angle)), round(across + across * math.sin(angle))
        canvas[row][column] = ("●", lamp_style(story.ring, lamp, seconds))
    return Text("\n").join(Text.assemble(*row) for row in canvas)


def lamp_style(ring: Mapping[str, object], lamp: int, seconds: float) -> str:
    """The colour of one lamp at one moment, as rich says it."""
    bright = _brightness(str(ring.get("motion", "still")), lamp, seconds)
    red, green, blue = _colour(ring.get("colour"))
    return f"rgb({int(red * bright)},{int(green * bright)},{int(blue * bright)})"


def _brightness(motion: str, lamp: int, seconds: float) -> float:
    if motion == "spin":
        return 0.25 + 0.75 * (((lamp / _LAMPS) - seconds) % 1.0)
    if motion == "pulse":
        return 0.55 + 0.45 * math.sin(4 * seconds)
    if motion == "blink":
        return 1.0 if seconds % 1 < 0.5 else 0.1
    if motion == "alarm":
        return 1.0 if (lamp + int(6 * seconds)) % 2 else 0.1
    return 1.0


def _colour(value: object) -> tuple[int, int, int]:
    if isinstance(value, list) and len(value) == 3:
        return int(value[0]), int(value[1]), int(value[2])
    return 40, 40, 40


# ---- what happens


def _talk(story: Story, width: int, lines: int) -> Text:
    """The newest lines; what is too long goes on below, so that the newest is never the one cut off."""
    folded: list[Text] = []
    for who, what in reversed(story.talk):
        folded = [*line(who, what, width), *folded]
        if len(folded) >= lines:
            break
    return Text("\n").join(folded[-lines:])


def line(who: str, what: str, width: int) -> Iterator[Text]:
    """One thing that happens, folded to `width` letters."""
    style, lead = _STYLES.get(who, ("", ""))
    if who == "title":
        yield from (Text(part, style) for part in textwrap.wrap(f"— {what}", width))
        return
    for number, part in enumerate(textwrap.wrap(what, width - _MARGIN) or [""]):
        yield Text.assemble((f"{'' if number else lead:<{_MARGIN}}", "dim"), (part, style))
