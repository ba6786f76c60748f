"""How phones follow each other in what was said: the language model of the denominator, and the price of `[unk]`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BETWEEN = 0.25
"""How often a silence that may stand between two words does; people pause at about every fourth word."""
AT_ENDS = 0.9
"""The same at the beginning and the end, where almost every recording has one."""
ENOUGH = 20_000
"""Utterances: after so many the estimate no longer moves, and counting takes two seconds."""
FLOOR = 0.001
"""The share of the unigram that all phones get alike, so that an unseen one is unlikely and not impossible."""


@dataclass(frozen=True)
class PhoneTrigram:
    """Probabilities of a phone after the two before it. Before the first phone stands "none", numbered `count`."""

    following: NDArray[np.float32]
    """[phone, before, next]: the next phone after `phone`, which came after `before`; shape [n, n + 1, n]."""
    first: NDArray[np.float32]
    """[n]: the first phone."""
    last: NDArray[np.float32]
    """[before, phone]: the end after them; shape [n + 1, n]."""
    single: NDArray[np.float32]
    """[n + 1]: each phone alone, and the end at last."""

    @property
    def phones(self) -> int:
        """The number of phones, silence included."""
        return len(self.first)


def estimated(said: Iterable[Sequence[int]], phones: int, seed: int) -> PhoneTrigram:
    """Estimate from phone sequences, in which 0 is a silence that may be there or not; the first 20,000 count.

    Smoothed as Witten and Bell do: the more different phones were seen after a context, the more it leaves to others.
    """
    counts = np.zeros((phones + 1, phones + 1, phones + 1))
    chance = np.random.default_rng(seed)
    for _, sequence in zip(range(ENOUGH), said, strict=False):
        _count(sequence, counts, chance)
    pairs = counts.sum(0)
    singles = pairs.sum(0)
    single = singles / max(singles.sum(), 1) * (1 - FLOOR) + FLOOR / (phones + 1)
    double = _smoothed(pairs, single, 1.0)
    triple = _smoothed(counts, double[None], 2.0).astype(np.float32)
    following = np.ascontiguousarray(triple[:, :phones, :phones].transpose(1, 0, 2))
    last = np.ascontiguousarray(triple[:, :phones, phones])
    return PhoneTrigram(following, triple[phones, phones, :phones].copy(), last, single.astype(np.float32))


def _count(sequence: Sequence[int], counts: NDArray[np.float64], chance: np.random.Generator) -> None:
    none = len(counts) - 1
    before = last = none
    dice = chance.random(len(sequence))
    for place, phone in enumerate(sequence):
        at_end = place in (0, len(sequence) - 1)
        if phone == 0 and dice[place] > (AT_ENDS if at_end else BETWEEN):
            continue
        counts[before, last, phone] += 1
        before, last = last, int(phone)
    counts[before, last, none] += 1


def _smoothed(counts: NDArray[np.float64], lower: NDArray[np.float64], trust: float) -> NDArray[np.float64]:
    kinds = (counts > 0).sum(-1, keepdims=True) + trust
    smoothed: NDArray[np.float64] = (counts + kinds * lower) / (counts.sum(-1, keepdims=True) + kinds)
    return smoothed
