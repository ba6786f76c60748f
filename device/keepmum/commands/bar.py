"""The bar that long commands show: what is being done, how far it is, and how long it will still take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Shown(Protocol):
    """A bar for each thing that is done."""

    def __call__(self, what: str, done: int, whole: int, note: str = "") -> None:
        """Say what is done, how much of it, and of how much; a note behind it may change each time."""
        ...


@contextmanager
def shown() -> Iterator[Shown]:
    """Bars on stderr, one for each thing that is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def progress(what: str, done: int, whole: int, note: str = "") -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], description=f"{what} {note}".strip(), completed=done, total=whole)

        yield progress
