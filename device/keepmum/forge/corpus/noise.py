"""Noises to lay over speech: made here by chance, or out of a folder of recordings of a home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from keepmum.errors import CorpusError
from keepmum.forge.corpus.features import RATE
from keepmum.forge.corpus.recording import Samples, decode

TRAINING_PART = 0.6
"""Of each recorded noise, from its beginning; the rest belongs to the evaluation."""

SOUNDS = {".flac", ".wav", ".ogg", ".opus", ".mp3"}
"""Endings of files that are taken for sound."""
_MUSIC = np.array([0, 2, 4, 5, 7, 9, 11, 12])
"""Semitones of a scale."""


def training_part(sound: Samples) -> Samples:
    """What of a recorded noise may train."""
    return sound[: round(TRAINING_PART * len(sound))]


def evaluation_part(sound: Samples) -> Samples:
    """What of a recorded noise only the evaluation may hear."""
    return sound[round(TRAINING_PART * len(sound)) :]


@lru_cache(maxsize=1)
def recorded(folder: Path) -> tuple[Samples, ...]:
    """The training parts of every sound in a folder, in the order of their names. Raises CorpusError."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS) if folder.is_dir() else []
    if not files:
        raise CorpusError(f"there is no sound in {folder}", f"--noises is a folder with {', '.join(sorted(SOUNDS))}")
    return tuple(training_part(decode(file)) for file in files)


class Noises:
    """Draws noises of a length; every one has an effective value of 1."""

    def __init__(self, chance: Generator, folder: Path | None = None) -> None:
        """`folder` holds recordings of noises; without one, all are made here."""
        self._chance = chance
        self._recorded = recorded(folder) if folder else ()
        self._voices: list[Samples] = []
        self._kinds: dict[str, tuple[float, Callable[[int], NDArray[np.floating]]]] = {
            "white": (0.12, self._white),
            "coloured": (0.24, self._coloured),
            "hum": (0.12, self._hum),
            "music": (0.12, self._music),
            "babble": (0.2, self._babble),
            "recorded": (0.2, self._from_recording),
        }

    def overhear(self, speech: Samples) -> None:
        """Keep some speech for babble; the oldest is forgotten."""
        self._voices = [*self._voices[-39:], speech[: 4 * RATE]]

    def drawn(self, samples: int, without: Sequence[str] = ()) -> tuple[str, Samples]:
        """A noise of this many samples, and its kind."""
        absent = {*without, *(() if self._recorded else ("recorded",)), *(() if self._voices else ("babble",))}
        kinds = [kind for kind in self._kinds if kind not in absent]
        shares = np.array([self._kinds[kind][0] for kind in kinds])
        kind = kinds[self._chance.choice(len(kinds), p=shares / shares.sum())]
        noise = self._kinds[kind][1](samples).astype(np.float32)
        return kind, noise / np.float32(np.sqrt(np.mean(noise**2)) + 1e-9)

    def _white(self, samples: int) -> NDArray[np.floating]:
        return self._chance.standard_normal(samples, np.float32)

    def _coloured(self, samples: int) -> NDArray[np.floating]:
        """From nearly white to darker than brown; a fan, wind, traffic behind a window."""
        size = next_fast_len(samples, real=True)
        spectrum = rfft(self._chance.standard_normal(size, np.float32))
        bins = np.maximum(np.arange(len(spectrum), dtype=np.float32), 20.0)
        spectrum /= bins ** np.float32(self._chance.uniform(0.3, 1.2))
        return np.asarray(irfft(spectrum, size)[:samples])

    def _hum(self, samples: int) -> NDArray[np.floating]:
        """Mains, motors and beeps: a few tones that swell."""
        time = np.arange(samples, dtype=np.float32) / RATE
        sound = 0.05 * self._white(samples)
        for _ in range(self._chance.integers(1, 6)):
            mains = self._chance.choice([50.0, 60.0, 100.0, 120.0, self._chance.uniform(100, 3000)])
            swell = 1 + 0.5 * np.sin(np.float32(2 * np.pi * self._chance.uniform(0.3, 6)) * time)
            tone = np.sin(np.float32(2 * np.pi * mains) * time + np.float32(self._chance.uniform(0, 6)))
            sound = sound + self._chance.uniform(0.1, 1) * tone * swell
        return sound

    def _music(self, samples: int) -> NDArray[np.floating]:
        """Notes of one scale, with overtones and a decay, two to five a second."""
        sound = 0.01 * self._white(samples)
        root, length = self._chance.uniform(80, 300), RATE
        time = np.arange(length, dtype=np.float32) / RATE
        decay = np.exp(-time * np.float32(self._chance.uniform(2, 8)))
        gap = self._chance.uniform(0.2, 0.5)
        for start in np.arange(0, samples, gap * RATE).astype(int):
            step = self._chance.choice(_MUSIC) + 12 * self._chance.integers(0, 3)
            pitch = np.float32(2 * np.pi * root * 2 ** (step / 12))
            note = sum(np.sin(pitch * over * time) / over for over in (1, 2, 3, 4)) * decay
            taken = min(length, samples - start)
            sound[start : start + taken] += self._chance.uniform(0.3, 1) * note[:taken]
        return sound

    def _babble(self, samples: int) -> NDArray[np.floating]:
        """One to five people who talk at once."""
        sound = 1e-4 * self._white(samples)
        for _ in range(self._chance.integers(1, 6)):
            voice = self._voices[self._chance.integers(len(self._voices))]
            sound += self._chance.uniform(0.3, 1) * _repeated(voice, samples, self._chance)
        return sound

    def _from_recording(self, samples: int) -> NDArray[np.floating]:
        chosen = self._recorded[self._chance.integers(len(self._recorded))]
        return _repeated(chosen, samples, self._chance)


def _repeated(sound: Samples, samples: int, chance: Generator) -> Samples:
    """A piece of a sound from anywhere; from its end it goes on at its beginning."""
    start = int(chance.integers(len(sound)))
    return np.take(sound, np.arange(start, start + samples), mode="wrap")
