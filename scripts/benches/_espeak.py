"""Sentences that espeak-ng speaks on the spot, for benches that need words nobody has recorded."""

from __future__ import annotations

import subprocess

import numpy as np
import numpy.typing as npt
import soxr

from keepmum.sound import RATE


def speak(voice: str, text: str) -> npt.NDArray[np.float32]:
    """A text at half of espeak-ng's loudness, in the scale of 16-bit samples, 16,000 a second."""
    wav = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], check=True, capture_output=True).stdout
    rate = int.from_bytes(wav[24:28], "little")
    sound = np.frombuffer(wav[44:], "<i2").astype(np.float32)
    return np.asarray(soxr.resample(sound, rate, RATE) * np.float32(0.5), dtype=np.float32)
