"""Asks the same question of many recordings, by the processes that make the forge's other long steps short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from keepmum.forge.corpus.crew import Progress, each

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")


def _quietly(_what: str, _done: int, _all: int) -> None:
    pass


@dataclass(frozen=True)
class Crew:
    """How many processes hear, and who is told how far they are; the answers depend on neither."""

    jobs: int = 1
    progress: Progress = _quietly

    def each(self, what: str, question: Callable[[Piece], Answer], pieces: Sequence[Piece]) -> list[Answer]:
        """The answer to every piece, in their order."""
        return each(what, question, pieces, self.jobs, self.progress)
