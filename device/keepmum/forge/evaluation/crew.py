"""Asks the same question of many recordings, in as many processes as there may be, and shows how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Answer = TypeVar("Answer")
_AT_ONCE = 8


class Crew:
    """Processes that hear; the answers do not depend on how many there are."""

    def __init__(self, jobs: int = 1, console: Console | None = None) -> None:
        self._jobs = jobs
        self._console = console or Console(stderr=True)

    def each(self, label: str, question: Callable[..., Answer], cases: Sequence[tuple[Any, ...]]) -> list[Answer]:
        """The answer to every case, in their order."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            bar = progress.add_task(label, total=len(cases))
            answers = []
            for answer in self._asked(question, cases):
                answers.append(answer)
                progress.advance(bar)
        return answers

    def _asked(self, question: Callable[..., Answer], cases: Sequence[tuple[Any, ...]]) -> Any:
        if self._jobs == 1:
            yield from (question(*case) for case in cases)
            return
        with ProcessPoolExecutor(self._jobs) as pool:
            yield from pool.map(question, *zip(*cases, strict=True), chunksize=_AT_ONCE)
