"""The delay between two microphones, from whole samples to nothing at all."""

from __future__ import annotations

import numpy as np
import pytest

from keepmum.hardware.array.delays import FREQUENCIES, delay, phases, spectrum, summit
from keepmum.sound import BLOCK

FARTHEST = 8.0


def noise(samples: int = BLOCK, seed: int = 7) -> np.ndarray:
    """A sound that is never twice the same."""
    return (np.random.default_rng(seed).standard_normal(samples) * 2_000).astype(np.float32)


@pytest.mark.parametrize("later", range(-8, 9))
def test_whole_samples(later: int) -> None:
    """A second microphone that hears everything so many samples later is found to the hundredth of a sample."""
    sound = noise(BLOCK + 40)
    assert delay(sound[20:][:BLOCK], sound[20 - later :][:BLOCK], FARTHEST) == pytest.approx(later, abs=0.01)


@pytest.mark.parametrize("later", [-3.75, -1.5, -0.3, 0.1, 0.5, 2.25, 7.9])
def test_parts_of_a_sample(later: float) -> None:
    """Between two samples it is right within a twentieth."""
    turns = np.fft.rfftfreq(4 * BLOCK)
    moved = np.fft.irfft(np.fft.rfft(noise(4 * BLOCK)) * np.exp(-2j * np.pi * turns * later)).astype(np.float32)
    assert delay(noise(4 * BLOCK)[BLOCK:][:BLOCK], moved[BLOCK:][:BLOCK], FARTHEST) == pytest.approx(later, abs=0.05)


def test_no_farther_than_sound_can_be() -> None:
    """A delay that the distance does not allow is not found, and an end of the range is never passed."""
    sound = noise(BLOCK + 40)
    assert delay(sound[20:][:BLOCK], sound[0:][:BLOCK], FARTHEST) is None
    assert delay(sound[20:][:BLOCK], sound[16:][:BLOCK], 4.0) == pytest.approx(4.0, abs=0.01)
    found = delay(sound[20:][:BLOCK], sound[16:][:BLOCK], 3.95)
    assert found is not None
    assert found <= 3.95


def test_loudness_does_not_matter() -> None:
    """Two microphones of different sensitivity, and one that is wired the wrong way round, which nobody can tell."""
    sound = noise(BLOCK + 4)
    assert delay(sound[2:][:BLOCK], sound[:BLOCK] * 0.01, FARTHEST) == pytest.approx(2, abs=0.01)
    assert delay(sound[2:][:BLOCK], -sound[:BLOCK], FARTHEST) != pytest.approx(2, abs=0.5)


@pytest.mark.parametrize("constant", [0.0, 500.0])
def test_silence(constant: float) -> None:
    """Nothing but zeros, or nothing but an offset, comes from nowhere."""
    quiet = np.full(BLOCK, constant, np.float32)
    assert delay(quiet, quiet, FARTHEST) is None
    assert delay(quiet, noise(), FARTHEST) is None


def test_each_microphone_its_own_noise() -> None:
    """What two microphones do not share has no delay: not once in fifty blocks."""
    found = [delay(noise(seed=2 * seed), noise(seed=2 * seed + 1), FARTHEST) for seed in range(50)]
    assert found == [None] * 50


def test_noise_beside_the_sound() -> None:
    """A sound that is 6 dB above each microphone's own noise is still found."""
    sound = noise(BLOCK + 3)
    first, second = sound[3:] + 0.5 * noise(seed=8), sound[:BLOCK] + 0.5 * noise(seed=9)
    assert delay(first, second, FARTHEST) == pytest.approx(3, abs=0.1)


def test_phases_alone() -> None:
    """Every frequency of the voice band counts the same, and none where there is no sound."""
    found = phases(spectrum(noise()), spectrum(noise(seed=8)))
    assert found.shape == FREQUENCIES.shape
    assert np.abs(found) == pytest.approx(1.0, abs=1e-4)
    assert not phases(spectrum(np.zeros(BLOCK, np.float32)), spectrum(noise())).any()


def test_a_summit_between_points() -> None:
    """A parabola's top is found where it lies; ends and flat ground have none."""
    heights = -((np.arange(5) - 2.25) ** 2)
    assert summit(heights, 2) == pytest.approx(0.25)
    assert summit(heights, 4) == 0.0
    assert summit(np.zeros(3), 1) == 0.0
