"""Turns a sound file of any kind into 16,000 samples a second, or says in one line why it is not to be trusted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from keepmum.errors import CorpusError
from keepmum.forge.corpus.features import RATE

SILENT = 1e-4
"""Full scale is 1; what never gets louder than this (-80 dBFS) was recorded with nothing plugged in."""

_FFMPEG_SECONDS = 60
_SLACK = 0.3
"""Seconds by which a file may be shorter or longer than its manifest says; coders pad."""

Samples = NDArray[np.float32]
"""[samples], one channel, 16,000 a second, full scale 1."""


def decode(path: Path, seconds: float | None = None) -> Samples:
    """The sound in a file; channels are averaged and higher rates brought down.

    Raises CorpusError, in one line, for what cannot be decoded whole, is empty or silent, was taken at fewer than
    16,000 samples a second, or does not last `seconds`.
    """
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError):
        sound, rate = _by_ffmpeg(path)
    if rate < RATE:
        raise CorpusError(f"{path}: {rate} samples a second; speech needs {RATE}")
    samples = np.ascontiguousarray(sound.mean(axis=1, dtype=np.float32))
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE)
    if problem := _problem(samples, seconds):
        raise CorpusError(f"{path}: {problem}")
    return samples


def _problem(samples: Samples, seconds: float | None) -> str:
    if not len(samples):
        return "holds no sound"
    if not np.isfinite(samples).all():
        return "holds numbers that are no sound"
    if np.abs(samples).max() < SILENT:
        return "is silent"
    lasts = len(samples) / RATE
    if seconds is not None and abs(lasts - seconds) > max(_SLACK, seconds / 50):
        return f"lasts {lasts:.1f} s, not {seconds:.1f} s as its manifest says"
    return ""


def _by_ffmpeg(path: Path) -> tuple[NDArray[np.float32], int]:
    """What libsndfile does not know or stumbles over; ffmpeg stops at the first error instead of guessing."""
    words = ["ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", str(path), "-ac", "1", "-ar", str(RATE)]
    try:
        done = subprocess.run([*words, "-f", "f32le", "-"], capture_output=True, timeout=_FFMPEG_SECONDS, check=False)
    except FileNotFoundError as error:
        hint = "if it is sound of a kind that libsndfile does not know, install the Debian package ffmpeg"
        raise CorpusError(f"{path}: no sound that libsndfile can read, and ffmpeg is not installed", hint) from error
    except subprocess.TimeoutExpired as error:
        raise CorpusError(f"{path}: ffmpeg did not come to an end in {_FFMPEG_SECONDS} s") from error
    if done.returncode or len(done.stdout) % 4:
        raise CorpusError(f"{path}: no sound that libsndfile or ffmpeg can read whole")
    return np.frombuffer(done.stdout, np.float32).reshape(-1, 1), RATE
