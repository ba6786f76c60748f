"""One measured figure: what was asked, in which condition, how many of how many, and what was hoped for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from keepmum.lab.intervals import wilson


@dataclass(frozen=True)
class Goal:
    """What the share should reach, or stay below."""

    side: Literal["at least", "at most"]
    share: float

    def __str__(self) -> str:
        return f"{self.side} {100 * self.share:g} %"


@dataclass(frozen=True)
class Figure:
    """A count of things that each happened or did not."""

    question: str
    what: str
    condition: str
    count: int
    of: int
    goal: Goal | None = None

    @property
    def share(self) -> float:
        """0 if there was nothing to count."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by Wilson; everything is possible if there was nothing to count."""
        return wilson(self.count, self.of) if self.of else (0.0, 1.0)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is met, by the count alone; None if there is none, or nothing was counted."""
        if self.goal is None or not self.of:
            return None
        return self.share >= self.goal.share if self.goal.side == "at least" else self.share <= self.goal.share

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.count} of {self.of}, {100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def written(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """For JSON: every field, and the interval beside it."""
    return [{**asdict(figure), "interval": list(figure.interval)} for figure in figures]


def parsed(untrusted: Iterable[Mapping[str, Any]]) -> list[Figure]:
    """What `written` made; raises KeyError, TypeError or ValueError on anything else."""
    return [
        Figure(
            str(one["question"]),
            str(one["what"]),
            str(one["condition"]),
            int(one["count"]),
            int(one["of"]),
            Goal(one["goal"]["side"], float(one["goal"]["share"])) if one["goal"] else None,
        )
        for one in untrusted
    ]
