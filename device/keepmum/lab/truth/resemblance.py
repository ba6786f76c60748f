"""How much a clip resembles each place of a longer sound: normalised cross-correlation by FFT, of one band or many.

Two kinds of signal are compared so: the whitened waveform, which is exact and knows a clip only at its own pitch and
tempo, and the loudness of sixteen bands over time, which also knows it after both were changed.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepmum.errors import LabError
from keepmum.lab.corpus.audio import Samples
from keepmum.sound import RATE

try:
    from scipy import fft, signal
except ImportError as error:
    raise LabError(f"the oracle needs scipy: {error}", "pip install 'keepmum[lab]'") from error

HOP = 160
"""Samples between two frames of loudness: 10 ms."""
_FRAME = 320
_SHAPE = 512
"""Samples of a spectrum that is smooth enough to tell a voice and a room, and no word."""
_FLOOR = 1e-4
"""Of the loudest part of a spectrum: what lies lower is a coder's, and is not made loud."""
_BANDS = np.unique(np.round(np.geomspace(100, 7_000, 17) * _FRAME / RATE).astype(int))
_AVERAGE = 51
"""Frames of half a second: how loud a band is on average tells the room, how it changes tells the words."""
_QUIET = 1e-9

Signal = NDArray[np.float32]
"""[bands, frames]."""
Curve = NDArray[np.float32]
"""[frames]: for each at which the clip could begin, how much it resembles, 0 to 1."""


@dataclass(frozen=True)
class Heard:
    """A longer sound, ready for any number of clips."""

    spectrum: NDArray[np.complex64]
    energy: NDArray[np.float64]
    """[frames + 1], summed up from the beginning."""
    size: int
    floor: float
    """Of the average energy, what counts in silence, so that nothing resembles silence."""

    @property
    def frames(self) -> int:
        """How long it is."""
        return len(self.energy) - 1


def ready(sound: Signal, floor: float) -> Heard:
    """A sound that clips are to be compared with."""
    size = fft.next_fast_len(sound.shape[1], real=True)
    power = np.concatenate([[0.0], np.cumsum((sound.astype(np.float64) ** 2).sum(axis=0))])
    return Heard(fft.rfft(sound, size, axis=1), power, size, floor)


def resemblance(heard: Heard, clip: Signal) -> Curve:
    """One number for each frame at which the whole clip could begin; nothing if the sound is shorter than the clip."""
    length = clip.shape[1]
    places = heard.frames - length + 1
    if places < 1 or length < 1:
        return np.zeros(0, np.float32)
    spectrum = (heard.spectrum * np.conj(fft.rfft(clip, heard.size, axis=1))).sum(axis=0)
    likeness = fft.irfft(spectrum, heard.size)[:places]
    around = heard.energy[length:] - heard.energy[:-length]
    average = heard.energy[-1] / heard.frames
    scale = (np.maximum(around, 0.0) + heard.floor * average * length) * float((clip.astype(np.float64) ** 2).sum())
    return np.asarray(likeness / np.sqrt(scale + _QUIET), np.float32)


def whitened(samples: Samples) -> Signal:
    """[1, samples]: the sound with all its frequencies about equally loud and no moment moved. Silence stays silent.

    Vowels last; without this any two of them resemble each other for a while.
    """
    if len(samples) < _SHAPE:
        return np.zeros((1, len(samples)), np.float32)
    _, power = signal.welch(samples, RATE, nperseg=_SHAPE)
    response = np.fft.irfft(1 / np.sqrt(power + power.max() * _FLOOR + 1e-20))
    kernel = np.roll(response, _SHAPE // 2) * np.hanning(_SHAPE)
    white = signal.oaconvolve(samples, kernel.astype(np.float32), mode="same")
    loudness = float(np.sqrt(np.mean(white.astype(np.float64) ** 2)))
    return np.asarray(white / loudness if loudness > _QUIET else white * 0, np.float32)[np.newaxis]


def loudness(samples: Samples) -> Signal:
    """[16, frames]: how loud each band is, as a logarithm, against half a second around it."""
    if len(samples) < _FRAME + HOP:
        return np.zeros((len(_BANDS) - 1, 0), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::HOP]
    power = np.abs(fft.rfft(frames * np.hanning(_FRAME).astype(np.float32), axis=1)) ** 2
    bands = np.stack([power[:, first:last].sum(axis=1) for first, last in itertools.pairwise(_BANDS)])
    levels = np.log(bands + 1e-6)
    side = _AVERAGE // 2
    average = signal.oaconvolve(
        np.pad(levels, ((0, 0), (side, side)), "edge"), np.full((1, _AVERAGE), 1 / _AVERAGE), "valid", axes=1
    )
    return np.asarray(levels - average, np.float32)
