"""Recordings as the microphone would hear them: with the room around them, and with a home's noise if asked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keepmum.forge.corpus.recording import decode
from keepmum.sound import BLOCK, RATE

Samples = npt.NDArray[np.float32]
"""In the scale of 16-bit samples, 16,000 a second."""

BEFORE, AFTER = RATE, RATE // 2
"""Samples of the room before a recording, and after it."""
HOME_NOISE = ("doing-the-dishes", "running-tap", "exercise-bike")
"""Recorded noises of a home, by name of file without its ending."""
_MICROPHONE_NOISE = 2.0


@lru_cache(maxsize=256)
def read(file: Path) -> Samples:
    """A recording; raises CorpusError if it is none that can be trusted."""
    return np.asarray(decode(file) * np.float32(32768), dtype=np.float32)


def level(voice: npt.NDArray[np.floating[Any]]) -> float:
    """Root mean square of the louder 40 % of its 10 ms pieces: the voice without its pauses."""
    pieces = voice[: len(voice) // 160 * 160].reshape(-1, 160)
    if not len(pieces):
        return 0.0
    powers = np.mean(pieces**2, axis=1)
    return float(np.sqrt(np.mean(powers[powers >= np.quantile(powers, 0.6)])))


def heard(voice: Samples, name: str, noise: Samples | None = None, ratio: float = 10.0, after: int = AFTER) -> bytes:
    """A voice with a second of the room before it and half a second (or `after` samples) after it, as 16-bit samples.

    `noise` lies `ratio` dB below the voice, from a place in it that depends on `name` alone. Whole blocks come out.
    """
    sound = np.concatenate([np.zeros(BEFORE, np.float32), voice, np.zeros(after, np.float32)])
    sound = np.concatenate([sound, np.zeros(-len(sound) % BLOCK, np.float32)])
    chance = dice(name)
    sound += chance.standard_normal(len(sound)).astype(np.float32) * _MICROPHONE_NOISE
    if noise is not None:
        part = np.resize(np.roll(noise, -int(chance.integers(len(noise)))), len(sound))
        loudness = level(voice) / 10 ** (ratio / 20)
        sound += part * np.float32(loudness / max(1.0, float(np.sqrt(np.mean(part**2)))))
    whole: bytes = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
    return whole


def dice(name: str) -> np.random.Generator:
    """Chance that is the same whenever the name is."""
    return np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))


def noise_for(name: str, noises: Sequence[Path]) -> Samples:
    """One of the noises, the same for the same name."""
    return read(noises[int(dice(name).integers(len(noises)))])


def voice_in(recording: Samples) -> tuple[float, float]:
    """Seconds at which the voice begins and is over, by loudness: the first and the last 50 ms that are loud enough."""
    total = np.cumsum(np.abs(recording))
    loud = np.flatnonzero(total[800:] - total[:-800] > 800 * 300) + 400
    return (float(loud[0]) / RATE, float(loud[-1]) / RATE) if len(loud) else (0.0, len(total) / RATE)
