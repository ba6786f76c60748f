"""The closing account of the demo: what was heard and what became of it, the sums, and the two counts."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepmum.demo import wording
from keepmum.demo.chapter import Chapter
from keepmum.demo.count import Book
from keepmum.demo.story import Story

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
    for name, value in (
        ("heard", f"{story.listened:.1f} s: the microphone was open in {_share(story)} of the time"),
        ("kept in RAM, then wiped", f"{story.wiped:.1f} s, in {_counted(story.pieces, 'piece')}"),
        ("refused", _refused(story)),
        ("left", _left(ours)),
        ("waits", _waits(story)),
        ("wanted back", _wanted_back(story)),
    ):
        table.add_row(name, value)
    return table


def _refused(story: Story) -> str:
    reasons = ", ".join(f"{count} × {reason}" for reason, count in story.refused.most_common())
    return f"{story.refused.total()}: {reasons}" if reasons else "nothing"


def _left(book: Book) -> str:
    """What left on each rung; the rest of its bytes are sealing and padding."""
    rungs = ", ".join(f"{count} as {wording.rung(rung)}" for rung, count in sorted(book.rungs.items()))
    clips = _counted(len(book.clips), "clip") + (f" ({rungs})" if rungs else "")
    told = [_counted(book.home[0], "message") + " to the home", clips]
    told += [_counted(book.demands[0], "demand") + " to destroy a clip"] if book.demands[0] else []
    return f"{', '.join(told)}: {book.everything:,} bytes in all"


def _waits(story: Story) -> str:
    told = [f"{_counted(story.asking, 'clip')} for an answer"] if story.asking else []
    told += [f"{_counted(len(story.boxed), 'parcel')} to leave"] if story.boxed else []
    return ", ".join(told) or "nothing"


def _wanted_back(story: Story) -> str:
    if not story.demanded:
        return "nothing"
    open_ = len(story.demanded) - len(story.destroyed)
    signed = f"{len(story.destroyed)} destroyed, signed by the collector" if story.destroyed else ""
    unsigned = f"{open_} not confirmed so far" if open_ else ""
    return f"{_counted(len(story.demanded), 'clip')}: {', '.join(each for each in (signed, unsigned) if each)}"


def _share(story: Story) -> str:
    return f"{100 * story.listened / story.now:.0f} %" if story.now else "none"


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
        ("to the home", ours.home[0], theirs.home[0], ours.home[0] == theirs.home[0]),
        ("their bytes", ours.home[1], theirs.home[1], ours.home[1] == theirs.home[1]),
        ("clips", len(ours.clips), len(theirs.clips), ours.clips.keys() == theirs.clips.keys()),
        ("their sealed bytes", ours.clip_bytes, theirs.clip_bytes, clips),
        ("demands to destroy", ours.demands[0], theirs.demands[0], ours.demands[0] == theirs.demands[0]),
        ("their bytes", ours.demands[1], theirs.demands[1], ours.demands[1] == theirs.demands[1]),
        ("signed as destroyed", ours.answers, theirs.answers, ours.answers == theirs.answers),
    ):
        table.add_row(name, f"{mine:,}", f"{yours:,}", "[green]equal[/]" if equal else "[red]DIFFERENT[/]")
    return table
