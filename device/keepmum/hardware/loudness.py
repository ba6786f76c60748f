"""How loud a piece of sound is made, so that no sum or gain ever wraps around."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_LOWEST, _HIGHEST = -32_768, 32_767


def factor(decibels: float) -> float:
    """What to multiply samples with for a gain in dB: 0 is 1.0, -6 is about a half."""
    return float(10.0 ** (decibels / 20.0))


def scale(pcm: bytes, by: float) -> bytes:
    """The sound multiplied; samples that would not fit stay at the limit."""
    if by == 1.0:
        return pcm
    return saturate(np.rint(np.frombuffer(pcm, dtype="<i2") * by)).tobytes()


def saturate(samples: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """Wider samples as 16 bit ones, held at the limits."""
    held: npt.NDArray[np.int16] = np.clip(samples, _LOWEST, _HIGHEST).astype("<i2")
    return held


def limit_peak(samples: npt.NDArray[np.floating], highest: float) -> npt.NDArray[np.floating]:
    """Samples made quieter as a whole if their peak lies above `highest`, and otherwise left alone."""
    peak = float(np.abs(samples).max(initial=0.0))
    return samples * (highest / peak) if peak > highest else samples
