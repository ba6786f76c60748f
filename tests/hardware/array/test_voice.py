"""Whether somebody speaks, by level."""

from __future__ import annotations

import numpy as np

from keepmum.hardware.array.voice import Voice
from keepmum.sound import BLOCK


def noise(loud: float, seed: int = 1) -> np.ndarray:
    """One block."""
    return (np.random.default_rng(seed).standard_normal(BLOCK) * loud).astype("<i2")


def test_louder_than_the_room() -> None:
    """What is twice as loud as the room is a voice; the room itself is none."""
    voice = Voice()
    assert not any(voice.speaks(noise(100, seed)) for seed in range(20))
    assert voice.speaks(noise(250))


def test_digital_silence() -> None:
    """Zeros, and the last bit that flickers, are no voice."""
    voice = Voice()
    assert not voice.speaks(np.zeros(BLOCK, np.int16))
    assert not voice.speaks(noise(1))
    assert voice.speaks(noise(50))


def test_a_hum_is_no_voice() -> None:
    """50 Hz, forty times as loud as the room, starts nothing."""
    voice = Voice()
    hum = (np.sin(np.arange(BLOCK) * 2 * np.pi * 50 / 16_000) * 2_000).astype("<i2")
    assert not voice.speaks(noise(50))
    assert not voice.speaks(noise(50) + hum)


def test_a_new_noise_becomes_the_room() -> None:
    """A fan that starts is taken for a voice at first, and half a minute later for the room."""
    voice = Voice()
    voice.speaks(noise(20))
    assert voice.speaks(noise(300))
    for seed in range(400):
        voice.speaks(noise(300, seed))
    assert not voice.speaks(noise(300))


def test_wiped() -> None:
    """After a mute the room is learned again."""
    voice = Voice()
    voice.speaks(noise(20))
    voice.wipe()
    assert not voice.speaks(noise(300))
