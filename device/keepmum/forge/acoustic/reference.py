"""The loss by the longest way: every path written out one by one, for the tests of the fast one.

A path says for each frame which phone is heard and whether it has just begun. With three phones and five frames there
are some thousand, so nothing clever is needed and nothing clever can be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from keepmum.forge.acoustic.lfmmi import Said
from keepmum.forge.acoustic.phone_trigram import PhoneTrigram

Segment = tuple[int, int]
"""A phone, and how many frames it lasts."""


def paths(frames: int, phones: int) -> Iterator[list[Segment]]:
    """Every way to fill the frames with phones."""
    if frames == 0:
        yield []
        return
    for phone in range(phones):
        for length in range(1, frames + 1):
            for rest in paths(frames - length, phones):
                yield [(phone, length), *rest]


def anything(scores: NDArray[np.float64], trigram: PhoneTrigram) -> float:
    """The logarithm of the sum over all paths, each with the probability of its phones."""
    terms = []
    for path in paths(len(scores), trigram.phones):
        chance = _chance([phone for phone, _ in path], trigram)
        terms.append(math.log(chance) + _score(path, scores))
    return float(np.logaddexp.reduce(terms))


def said(scores: NDArray[np.float64], what: Said, phones: int) -> float:
    """The logarithm of the sum over the paths of what was said; minus infinity if there is none."""
    ways = [tuple(way) for way in _with_and_without_silences(what.phones.tolist())]
    terms = []
    for path in paths(len(scores), phones):
        times = ways.count(tuple(phone for phone, _ in path))
        if times and _is_silent(path, what):
            terms.append(math.log(times) + _score(path, scores))
    return float(np.logaddexp.reduce(terms)) if terms else -math.inf


def _chance(phones: Sequence[int], trigram: PhoneTrigram) -> float:
    before = last = trigram.phones
    chance = 1.0
    for phone in phones:
        chance *= trigram.first[phone] if last == trigram.phones else trigram.following[last, before, phone]
        before, last = last, phone
    return float(chance * trigram.last[before, last])


def _score(path: Sequence[Segment], scores: NDArray[np.float64]) -> float:
    total, frame = 0.0, 0
    for phone, length in path:
        total += scores[frame, 2 * phone] + scores[frame + 1 : frame + length, 2 * phone + 1].sum()
        frame += length
    return total


def _with_and_without_silences(phones: Sequence[int]) -> Iterator[list[int]]:
    if not phones:
        yield []
        return
    for rest in _with_and_without_silences(phones[1:]):
        yield [phones[0], *rest]
        if phones[0] == 0:
            yield rest


def _is_silent(path: Sequence[Segment], what: Said) -> bool:
    """Whether the known silence at both ends is one silence each."""
    first, last = path[0], path[-1]
    lead = what.lead == 0 or (first[0] == 0 and first[1] >= what.lead)
    return lead and (what.trail == 0 or (last[0] == 0 and last[1] >= what.trail))
