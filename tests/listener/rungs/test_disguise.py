"""The disguise changes a voice, differently each time, and says how much faster it became."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from keepmum.listener.rungs.disguise import disguise, faster_by, mcadams
from keepmum.sound import RATE


def _vowel(resonance: float) -> np.ndarray:
    """A buzz of 120 Hz with one resonance."""
    pulses = np.zeros(RATE)
    pulses[:: RATE // 120] = 8_000.0
    radius, angle = 0.98, 2 * np.pi * resonance / RATE
    out = np.zeros(RATE + 2)
    for at in range(RATE):
        out[at + 2] = pulses[at] + 2 * radius * np.cos(angle) * out[at + 1] - radius**2 * out[at]
    return out[2:]


def _peak(samples: np.ndarray) -> float:
    """The strongest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


def test_a_power_of_one_changes_nothing() -> None:
    """The frames fit together again without a seam."""
    vowel = _vowel(1_000.0)
    assert np.abs(mcadams(vowel, 1.0) - vowel).max() < 1e-3 * np.abs(vowel).max()


@pytest.mark.parametrize("power", [0.5, 0.7, 0.9])
def test_a_resonance_moves_to_its_power(power: float) -> None:
    """At 1,000 Hz the angle is below one, so a smaller power takes it upwards."""
    angle = 2 * np.pi * 1_000.0 / RATE
    assert _peak(mcadams(_vowel(1_000.0), power)) == pytest.approx(angle**power * RATE / (2 * np.pi), rel=0.06)


def test_faster_is_shorter_and_higher() -> None:
    """Half as fast again: two thirds of the time, and a tone half as high again."""
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    made = faster_by(tone, 1.5)
    assert len(made) == round(RATE / 1.5)
    assert _peak(made) == pytest.approx(660, rel=0.01)


def test_every_utterance_is_disguised_differently() -> None:
    """Chance decides, so that two utterances of one person do not match by a fixed rule; the same chance, the same."""
    sound = bytearray(_vowel(700.0).astype("<i2").tobytes())
    before = bytes(sound)
    made = [disguise(sound, Random(seed))[0] for seed in (1, 2, 1)]
    assert made[0] == made[2]
    assert made[0] != made[1]
    assert bytes(sound) == before


@pytest.mark.parametrize("samples", [0, 1, 100, 161, 5_000])
def test_any_length_can_be_disguised(samples: int) -> None:
    """Also nothing, one sample, and less than a frame; the length says how much faster it became."""
    sound = bytearray(np.full(samples, 500, "<i2").tobytes())
    made, faster = disguise(sound, Random(3))
    assert len(made) % 2 == 0
    assert len(made) * faster == pytest.approx(len(sound))


@pytest.mark.parametrize("level", [0, 1, 32_767])
def test_silence_and_the_loudest_sound_stay_in_bounds(level: int) -> None:
    """Nothing wraps around, and digital silence stays silence."""
    sound = bytearray((np.sign(np.sin(np.arange(RATE) / 20)) * level).astype("<i2").tobytes())
    made, _ = disguise(sound, Random(4))
    samples = np.frombuffer(made, "<i2").astype(float)
    assert np.abs(samples).max() <= max(29_000, 4 * level)
    assert samples.any() == (level > 1) or level == 1
