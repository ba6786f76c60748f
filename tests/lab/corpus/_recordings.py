"""Recordings made by a test: what they hold matters less than how they are written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000


def hum(seconds: float, rate: int = RATE, channels: int = 1) -> np.ndarray:
    """A quiet noise, the same every time; [samples] or [samples, channels]."""
    dice = np.random.RandomState(7)
    sound = dice.standard_normal((round(seconds * rate), channels)) * 0.05
    return sound[:, 0] if channels == 1 else sound


def record(path: Path, seconds: float = 2.0, *, rate: int = RATE, channels: int = 1, subtype: str = "PCM_16") -> Path:
    """Write one, in the form that its ending names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, hum(seconds, rate, channels), rate, subtype=subtype)
    return path


def silence(path: Path, seconds: float) -> Path:
    """Write one in which nothing sounds."""
    soundfile.write(path, np.zeros(round(seconds * RATE)), RATE, subtype="PCM_16")
    return path
