"""Tones under a corpus that tell every place of it, for sound that nobody would find again by what was said.

Every quarter of a second two of sixteen high tones sound, chosen by a seed: which ones tells where. They stay readable
when a clip is played faster or higher. Whoever labels a corpus has to report the wakes with labels and without: a tone
may change what an engine hears.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keepmum.lab.corpus.audio import Samples
from keepmum.lab.truth.oracle import SHORTEST, slower
from keepmum.lab.truth.resemblance import Signal, ready, resemblance
from keepmum.sound import RATE

TONES = tuple(5_000.0 + 150.0 * number for number in range(16))
"""Hertz: above most of what tells words, below the half of 16,000 samples a second."""
PAIRS = tuple(combinations(range(len(TONES)), 2))
"""120 signs."""
SIGN = RATE // 4
"""Samples of one sign."""
LEVEL = -20.0
"""Decibels against the speech (privacy specification, 6.4)."""
_HOP = RATE // 40
_BATCH = 1_024
_PITCHES = tuple(round(0.84 + 0.01 * step, 2) for step in range(33))
_FLOOR = 1e-3
_EDGE = 80


class Read(NamedTuple):
    """What the tones of a clip say."""

    sample: int
    """Where in the corpus the clip begins, in samples."""
    score: float
    """How well they fit that place, 0 to 1."""
    right: float
    """Part of the whole signs in the clip that are the right ones."""
    pitch: float
    """How often higher the tones are."""


def signs(first: int, count: int, seed: int) -> list[tuple[int, int]]:
    """The signs number `first` and on of a seed, as pairs of tones."""
    return [_batch(number // _BATCH, seed)[number % _BATCH] for number in range(first, first + count)]


def labelled(samples: Samples, seed: int, first: int = 0, level: float = LEVEL) -> Samples:
    """The sound with its tones; `first` is the sample of the corpus that it begins with, a multiple of SIGN.

    `level` is in decibels against the louder half of the sound.
    """
    count = -(-len(samples) // SIGN)
    loud = np.sort(np.abs(samples.astype(np.float64)))[len(samples) // 2 :]
    amplitude = float(np.sqrt(np.mean(loud**2))) * 10 ** (level / 20) if len(loud) else 0.0
    moments = np.arange(SIGN) / RATE
    tones = np.sin(2 * np.pi * np.outer(TONES, moments))
    fade = np.minimum(1.0, np.minimum(np.arange(SIGN), np.arange(SIGN)[::-1]) / _EDGE)
    chosen = [(tones[low] + tones[high]) * fade for low, high in signs(first // SIGN, count, seed)]
    under = np.concatenate(chosen)[: len(samples)] if chosen else np.zeros(0)
    return np.asarray(samples + amplitude * under, np.float32)


def read(clip: Samples, corpus_samples: int, seed: int) -> Read | None:
    """Where in a labelled corpus of so many samples the clip comes from; None if it is too short to tell.

    It is tried at every pitch from 0.84 to 1.16, with its tempo changed likewise and not.
    """
    if len(clip) < SHORTEST:
        return None
    track = ready(_track(corpus_samples, seed), _FLOOR)
    best = Read(0, 0.0, 0.0, 1.0)
    for pitch in _PITCHES:
        undone = slower(clip, pitch)
        for sound, scale in ((undone, 1.0), (clip, pitch)):
            levels = _levels(sound, scale)
            curve = resemblance(track, levels)
            place = int(curve.argmax()) if len(curve) else 0
            if len(curve) and curve[place] > best.score:
                right = _right(levels, place, seed)
                best = Read(place * _HOP, round(float(curve[place]), 4), right, pitch)
    return best


def _track(samples: int, seed: int) -> Signal:
    """[16, frames]: what `_levels` of the whole corpus would be if nothing else sounded."""
    chosen = signs(0, -(-samples // SIGN), seed)
    each = np.zeros((len(TONES), len(chosen)), np.float32)
    for place, pair in enumerate(chosen):
        each[list(pair), place] = 1.0
    whole = np.repeat(each, SIGN // _HOP, axis=1)
    # A window that begins within a sign hears some of the next one.
    kernel = np.ones(SIGN // _HOP, np.float32) / (SIGN // _HOP)
    heard = np.stack([np.convolve(row, kernel)[len(kernel) - 1 :] for row in whole])
    return np.asarray(heard - heard.mean(axis=0), np.float32)


def _levels(clip: Samples, pitch: float) -> Signal:
    """[16, frames]: how much of each tone, so much higher, sounds in the sign that begins at each frame."""
    frames = np.lib.stride_tricks.sliding_window_view(clip, SIGN)[::_HOP] if len(clip) >= SIGN else np.zeros((0, SIGN))
    audible = [tone * pitch for tone in TONES]
    basis = np.exp(-2j * np.pi * np.outer(np.arange(SIGN) / RATE, audible)) * np.hanning(SIGN)[:, np.newaxis]
    basis[:, [tone >= RATE / 2 for tone in audible]] = 0.0
    power = np.abs(frames @ basis.astype(np.complex64)).T + 1e-6
    share = power / power.sum(axis=0)
    return np.asarray(share - share.mean(axis=0), np.float32)


def _right(levels: Signal, place: int, seed: int) -> float:
    """Part of the whole signs that are the expected ones, once the place is known."""
    each = SIGN // _HOP
    first = -place % each
    frames: NDArray[np.float32] = levels[:, first::each]
    expected = signs((place + first) // each, frames.shape[1], seed)
    found = np.argsort(frames, axis=0)[-2:].T.tolist()
    hits = sum(sorted(pair) == list(one) for pair, one in zip(found, expected, strict=True))
    return hits / len(expected) if expected else 0.0


@cache
def _batch(number: int, seed: int) -> list[tuple[int, int]]:
    dice = Random(f"{seed} {number}")
    return [PAIRS[int(dice.random() * len(PAIRS))] for _ in range(_BATCH)]
