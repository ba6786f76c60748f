"""By how much later one microphone hears a sound than another: cross-correlation of phases (GCC-PHAT).

Only the phases are compared, so that the echo of a loud vowel counts no more than the crisp start of a consonant
(C. Knapp and G. Carter, "The generalized correlation method for estimation of time delay", 1976).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepmum.sound import BLOCK, RATE

SPEED_OF_SOUND = 343.0
"""Metres a second, in air of 20 °C."""
BAND = (300.0, 4_000.0)
"""Hertz between which voices are compared. Below, all microphones of a small array hear the same; above is noise."""
CLEAR = 0.2
"""How far the best delay must stand out of the mean of all; 1 is a single wave without echo. Noise from everywhere
reaches 0.2 between two microphones 58 mm apart."""
_FINER = 16
"""Steps between two samples in which `delay` looks, before it fits a parabola."""

Samples = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.complex64]

_USED = slice(round(BAND[0] * BLOCK / RATE), round(BAND[1] * BLOCK / RATE) + 1)
FREQUENCIES = np.fft.rfftfreq(BLOCK, 1 / RATE)[_USED]
"""Hertz of each value in a spectrum of this file."""
_WINDOW = np.hanning(BLOCK).astype(np.float32)
_LAST_BIT = float(np.sum(_WINDOW**2)) / 12
"""Power of a 16 bit microphone's rounding in such a spectrum: what is weaker is arithmetic, not sound."""


def spectrum(block: Samples) -> Spectrum:
    """The voice band of one block; samples in the last axis, FREQUENCIES in the last axis of the answer."""
    found: Spectrum = np.fft.rfft(block * _WINDOW)[..., _USED].astype(np.complex64)
    return found


def phases(first: Spectrum, second: Spectrum) -> Spectrum:
    """The phase between two spectra at each frequency, as numbers of length 1; 0 where there is no sound.

    Both in steps of 16 bit, as microphones deliver them.
    """
    crossed = first * second.conj()
    length = np.abs(crossed)
    whitened: Spectrum = np.divide(crossed, length, out=np.zeros_like(crossed), where=length > _LAST_BIT)
    return whitened


def delay(first: Samples, second: Samples, farthest: float) -> float | None:
    """How many samples later `second` hears what `first` hears, at most `farthest` either way; None if nobody can tell.

    Both are one block (`sound.BLOCK` samples). Silence, and noise that reaches each microphone by itself, give None.
    """
    crossed = np.zeros(BLOCK // 2 + 1, np.complex64)
    crossed[_USED] = phases(spectrum(second), spectrum(first))
    likeness = np.fft.irfft(crossed, BLOCK * _FINER) * (BLOCK * _FINER / (2 * len(FREQUENCIES)))
    reach = int(np.ceil(farthest * _FINER))
    near = np.concatenate([likeness[-reach:], likeness[: reach + 1]]) if reach else likeness[:1]
    best = int(near.argmax())
    if near[best] - near.mean() < CLEAR:
        return None
    return float(np.clip((best - reach + summit(near, best)) / _FINER, -farthest, farthest))


def summit(heights: npt.NDArray[np.floating], best: int) -> float:
    """Where between its neighbours the highest of three points really lies, from -0.5 to 0.5; 0 at an end."""
    if not 0 < best < len(heights) - 1:
        return 0.0
    before, top, after = (float(height) for height in heights[best - 1 : best + 2])
    bend = before - 2 * top + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
