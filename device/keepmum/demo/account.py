"""The closing account of the demo: what was heard and what became of it, the sums, and the two counts."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepmum.demo.count import Book
from keepmum.demo.story import Chapter, Story

_STYLES = {"refused": "yellow", "left": "magenta", "not confirmed": "yellow", "microphone closed": "red"}


def chapters(story: Story) -> RenderableType:
    """Every chapter in which something happened, its lines below its title."""
    told: list[RenderableType] = [Text("\nWhat the speaker heard, and what became of it", "bold underline")]
    head = _columns()
    head.add_row("at", "what", "heard", "outcome", "wiped", style="dim")
    told += [head, Text()]
    for chapter in story.chapters:
        if chapter.lines:
            told += [Text(chapter.title or "Before anything else", "bold"), _lines(chapter), Text()]
    return Group(*told)


def _lines(chapter: Chapter) -> Table:
    table = _columns()
    for each in chapter.lines:
        wiped = f"{each.wiped:.1f} s" if each.wiped else ""
        style = next((style for start, style in _STYLES.items() if each.outcome.startswith(start)), "")
        table.add_row(f"{each.at:.1f} s", each.what, each.heard, Text(each.outcome, style), wiped)
    return table


def _columns() -> Table:
    """The same widths for every chapter; 80 letters are enough."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=7, justify="right", style="dim")
    table.add_column(width=7)
    table.add_column(ratio=12, style="cyan")
    table.add_column(ratio=16)
    table.add_column(width=6, justify="right", style="dim")
    return table


def sums(story: Story, ours: Book) -> Table:
    """What it all adds up to."""
    table = Table(title="All together", title_style="bold underline", title_justify="left", box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    reasons = ", ".join(f"{count} × {reason}" for reason, count in story.refused.most_common())
    for name, value in (
        ("heard", f"{story.listened:.1f} s: the microphone was open in {_share(story)} of the time"),
        ("kept in RAM, then wiped", f"{story.wiped:.1f} s, in {_counted(story.pieces, 'piece')}"),
        ("refused", f"{story.refused.total()}: {reasons}" if reasons else "nothing"),
        ("left", f"{_left(ours)}, {ours.actions[1] + ours.clip_bytes:,} bytes"),
    ):
        table.add_row(name, value)
    return table


def _share(story: Story) -> str:
    return f"{100 * story.listened / story.now:.0f} %" if story.now else "none"


def _left(book: Book) -> str:
    return f"{_counted(book.actions[0], 'home action')} and {_counted(len(book.clips), 'clip')}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def books(ours: Book, theirs: Book) -> Table:
    """The two books side by side."""
    table = Table(title="What left: two independent counts", title_style="bold underline", title_justify="left")
    table.box = box.SIMPLE_HEAD
    for name in ("", "our ledger", "mosquitto_sub", ""):
        table.add_column(name, justify="right")
    clips = ours.clips == theirs.clips
    for name, mine, yours, equal in (
        ("home actions", ours.actions[0], theirs.actions[0], ours.actions[0] == theirs.actions[0]),
        ("their bytes", ours.actions[1], theirs.actions[1], ours.actions[1] == theirs.actions[1]),
        ("clips", len(ours.clips), len(theirs.clips), ours.clips.keys() == theirs.clips.keys()),
        ("their sealed bytes", ours.clip_bytes, theirs.clip_bytes, clips),
    ):
        table.add_row(name, f"{mine:,}", f"{yours:,}", "[green]equal[/]" if equal else "[red]DIFFERENT[/]")
    return table
