"""What Vosk's word confidence is worth: how often a word that it is so sure of was said.

Vosk's figure is a posterior over what the grammar allows; of what the grammar lacks it may be sure all the same. So it
is measured on both: on sentences that the grammar has, and on speech that it has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from keepmum.clip import Word
from keepmum.forge.evaluation.scribe import Said
from keepmum.listener.speech.model import UNKNOWN

_MOST_POINTS = 24


@dataclass(frozen=True)
class Judged:
    """One word that was heard."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """Words of about the same confidence, for the plot."""

    confidence: float
    """Their mean."""
    right: int
    of: int


def judged(heard: Sequence[Word], said: Said) -> list[Judged]:
    """Every known word that was heard, and whether it was said there, in order."""
    known = [word for word in heard if word.text != UNKNOWN]
    matcher = SequenceMatcher(None, [word.text for word in known], said.text.split(), autojunk=False)
    right = {at for match in matcher.get_matching_blocks() for at in range(match.a, match.a + match.size)}
    return [Judged(word.confidence, at in right) for at, word in enumerate(known)]


def calibration(words: Iterable[Judged]) -> list[tuple[float, float]]:
    """Points (confidence, share that was right), rising in both: the monotone fit by pooling adjacent violators.

    One imagined right word and one wrong one stand in each pool, so that nothing is ever certain.
    """
    pools: list[list[float]] = []
    for word in sorted(words, key=lambda word: word.confidence):
        pools.append([word.confidence, float(word.right), 1.0])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            confidence, right, count = pools.pop()
            pools[-1] = [pools[-1][0] + confidence, pools[-1][1] + right, pools[-1][2] + count]
    points = [(confidence / count, (right + 1) / (count + 2), count) for confidence, right, count in pools]
    rising: list[tuple[float, float]] = []
    for at, share, _ in _thinned(points):
        rising.append((round(at, 4), round(max(share, rising[-1][1] if rising else 0.0), 4)))
    return rising


def _thinned(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """The points of the largest pools, and both ends."""
    if len(points) <= _MOST_POINTS:
        return points
    inner = sorted(range(1, len(points) - 1), key=lambda at: -points[at][2])[: _MOST_POINTS - 2]
    return [points[at] for at in sorted({0, len(points) - 1, *inner})]


def bins(words: Iterable[Judged], count: int = 10) -> list[Bin]:
    """The words in `count` bins of equal width; empty bins are left out."""
    found: list[list[Judged]] = [[] for _ in range(count)]
    for word in words:
        found[min(count - 1, int(word.confidence * count))].append(word)
    return [
        Bin(sum(word.confidence for word in each) / len(each), sum(word.right for word in each), len(each))
        for each in found
        if each
    ]


def expected_error(bins: Sequence[Bin]) -> float:
    """The mean distance between confidence and share (expected calibration error), weighted by words."""
    total = sum(each.of for each in bins)
    return sum(abs(each.confidence * each.of - each.right) for each in bins) / total if total else 0.0
