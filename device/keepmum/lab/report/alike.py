"""Policies that have the same figures are one mark in a plot: twenty-two labels on one spot are none."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.row import Row
from keepmum.lab.report.sheet import KINDS


@dataclass(frozen=True)
class Alike:
    """Some policies of one kind whose figures are the same."""

    kind: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    """Of one of them, in the order asked for."""

    @property
    def row(self) -> Row:
        """The first figure."""
        return self.rows[0]

    @property
    def value(self) -> float:
        """The first figure's value; nothing is 0."""
        return self.row.value or 0.0


def alike(evaluation: Evaluation, *metrics: str) -> list[Alike]:
    """Policies with the same values of all these metrics, together; by kind."""
    found: dict[tuple[object, ...], list[tuple[str, tuple[Row, ...]]]] = defaultdict(list)
    for policy in evaluation.policies:
        rows = tuple(evaluation.row(policy.id, metric) for metric in metrics)
        values = tuple(None if row.value is None else f"{row.value:.4g}" for row in rows)
        found[rows[0].kind, values].append((policy.id, rows))
    groups = [Alike(rows[0].kind, tuple(names), rows) for (names, (rows, *_)) in map(_unzip, found.values())]
    return sorted(groups, key=lambda group: KINDS.index(group.kind))


def _unzip(pairs: Sequence[tuple[str, tuple[Row, ...]]]) -> tuple[tuple[str, ...], list[tuple[Row, ...]]]:
    return tuple(name for name, _ in pairs), [rows for _, rows in pairs]


def by(groups: Iterable[Alike], key: Callable[[Alike], float]) -> list[Alike]:
    """Within their kinds, the greatest first."""
    return sorted(groups, key=lambda group: (KINDS.index(group.kind), -key(group)))


def label(group: Alike, everybody: Sequence[str], width: int = 30) -> str:
    """Who is in it, short enough for an axis: up to three names, else how many of each family."""
    names = list(group.names) if len(group.names) <= 3 else _families(group.names, everybody)
    # Lines break between names alone.
    lines = textwrap.wrap(
        ", ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in names), width, break_on_hyphens=False
    )
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _families(names: Sequence[str], everybody: Sequence[str]) -> list[str]:
    whole, here = Counter(map(_family, everybody)), Counter(map(_family, names))
    told = []
    for family, count in here.items():
        if count == 1:
            told.append(next(name for name in names if _family(name) == family))
        else:
            told.append(
                f"{family} (all {count})" if count == whole[family] else f"{family} ({count} of {whole[family]})"
            )
    return told


def _family(name: str) -> str:
    return name.partition("-")[0]


def key(groups: Iterable[Alike]) -> list[tuple[str, str]]:
    """Every group of more than three in full, for the words below a plot."""
    return [(group.kind, ", ".join(group.names)) for group in groups if len(group.names) > 3]
