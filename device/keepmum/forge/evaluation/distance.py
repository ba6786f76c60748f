"""How far what was heard is from what was said, in words."""

from __future__ import annotations

from collections.abc import Sequence


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words that were changed, left out or made up: the least number of changes that make one of the other."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        above, row[0] = row[0], at
        for there, other in enumerate(heard, 1):
            above, row[there] = row[there], min(above + (word != other), row[there] + 1, row[there - 1] + 1)
    return row[-1]
