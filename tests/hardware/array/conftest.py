"""Arrays and far sounds: what a microphone at a known place hears of a plane wave, computed exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from keepmum.settings_hardware import ArraySettings, MicrophoneSettings
from keepmum.sound import RATE

Places = dict[int, tuple[float, float]]
Wave = Callable[..., np.ndarray]


@pytest.fixture
def square() -> Places:
    """Four microphones of 66 mm, clockwise from the front left corner."""
    return {0: (-33.0, 33.0), 1: (33.0, 33.0), 2: (33.0, -33.0), 3: (-33.0, -33.0)}


@pytest.fixture
def line() -> Places:
    """Two microphones, 58 mm apart, left and right."""
    return {0: (-29.0, 0.0), 1: (29.0, 0.0)}


@pytest.fixture
def wave() -> Wave:
    """A sound from afar: one row for each microphone, float32, `loud` root mean square; `noise` is each one's own.

    A microphone that stands nearer to the source hears it earlier: the sign of everything hangs on this one line.
    """

    def heard(places: Places, bearing: float, samples: int, loud: float = 3_000, noise: float = 0, seed: int = 1):
        chance = np.random.default_rng(seed)
        turns = np.fft.rfftfreq(samples)
        voice = np.fft.rfft(chance.standard_normal(samples)) * (turns < 0.4)
        towards = np.array([np.sin(np.radians(bearing)), np.cos(np.radians(bearing))])
        early = np.array(list(places.values())) @ towards / 1_000 / 343.0 * RATE
        rows = np.fft.irfft(voice * np.exp(2j * np.pi * turns * early[:, None]), samples)
        rows *= loud / np.sqrt(np.mean(rows**2))
        return (rows + noise * chance.standard_normal(rows.shape)).astype(np.float32)

    return heard


@pytest.fixture
def settings() -> Callable[..., tuple[MicrophoneSettings, ArraySettings]]:
    """What the owner wrote about a microphone and its array."""

    def made(places: Places, channel: int | str = "beam", channels: int = 4, compass: str = "none"):
        written = {"microphones": {str(number): place for number, place in places.items()}, "compass": compass}
        microphone = MicrophoneSettings.model_validate({"channels": channels, "channel": channel})
        return microphone, ArraySettings.model_validate(written)

    return made
