"""The beam: as loud as one microphone where it looks, quieter elsewhere, and whole at every seam."""

from __future__ import annotations

import numpy as np
import pytest

from keepmum.hardware.array.beam import LOADING, Beam
from keepmum.sound import BLOCK

DELAY_AND_SUM = 1e6


def of(places, loading: float = LOADING) -> Beam:
    """The beam of an array."""
    return Beam(np.array(list(places.values())), loading)


def power(sound: np.ndarray) -> float:
    """Mean square, in dB."""
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2)))


def looked(beam: Beam, bearing: float | None, rows: np.ndarray) -> np.ndarray:
    """What comes out when it looks there all the time, without the first block."""
    beam.steer(bearing)
    return beam.hear(rows)[BLOCK:]


@pytest.mark.parametrize("loading", [LOADING, DELAY_AND_SUM])
@pytest.mark.parametrize("bearing", [0, 45, 100, 200, 333])
def test_as_loud_as_one_microphone(square, wave, bearing, loading) -> None:
    """A voice from where it looks comes out as it went in: the same level, the same samples, `late` later."""
    rows, beam = wave(square, bearing, 6 * BLOCK), of(square, loading)
    middle = wave({0: (0.0, 0.0)}, bearing, 6 * BLOCK)[0]
    heard = looked(beam, bearing, rows)
    expected = middle[BLOCK - beam.late :][: len(heard)]
    expected = expected * np.sqrt(np.mean(rows**2) / np.mean(middle**2))
    assert power(heard) == pytest.approx(power(expected), abs=0.3)
    assert power(heard - expected) < power(expected) - 15


@pytest.mark.parametrize(("loading", "quieter"), [(LOADING, 6.0), (DELAY_AND_SUM, 3.0)])
def test_quieter_elsewhere(square, wave, loading, quieter) -> None:
    """Sound from all other sides is quieter on average; delay and sum alone does less."""
    ahead = power(looked(of(square, loading), 0, wave(square, 0, 6 * BLOCK)))
    sides = [looked(of(square, loading), 0, wave(square, side, 6 * BLOCK)) for side in range(60, 301, 20)]
    assert power(np.concatenate(sides)) < ahead - quieter


def test_the_right_way_round(square, wave) -> None:
    """It hears better where it looks than where it would look if delays were applied the wrong way."""
    rows = wave(square, 70, 6 * BLOCK)
    assert power(looked(of(square), 70, rows)) > power(looked(of(square), 250, rows)) + 6
    assert power(looked(of(square), 70, rows)) > power(looked(of(square), 290, rows)) + 2.5


def test_own_noise_is_not_amplified(square) -> None:
    """What each microphone adds of its own comes out at most as loud as from one microphone."""
    noise = (np.random.default_rng(4).standard_normal((4, 10 * BLOCK)) * 500).astype(np.float32)
    assert power(looked(of(square), 30, noise)) < power(noise[0])


def test_without_a_bearing(square, wave) -> None:
    """Looking nowhere is the first microphone, sample for sample."""
    rows, beam = wave(square, 120, 4 * BLOCK), of(square)
    heard = beam.hear(rows)
    assert np.array_equal(heard[beam.late :], rows[0, : -beam.late])
    assert not heard[: beam.late].any()


@pytest.mark.parametrize("step", [160, 500, BLOCK, 3 * BLOCK + 77])
def test_block_edges(square, wave, step) -> None:
    """A stream in blocks comes out as in one piece, also where the direction changed."""
    rows, whole, blocks = wave(square, 10, 12 * BLOCK), of(square), of(square)
    expected, found = [], []
    for bearing, half in ((10, rows[:, : 6 * BLOCK]), (170, rows[:, 6 * BLOCK :])):
        whole.steer(bearing)
        blocks.steer(bearing)
        expected.append(whole.hear(half))
        found += [blocks.hear(half[:, at : at + step]) for at in range(0, half.shape[1], step)]
    assert np.concatenate(found) == pytest.approx(np.concatenate(expected), abs=0.05)


def test_turning_does_not_click(square) -> None:
    """While it turns, a low tone makes no step that the tone itself does not make."""
    tone = 8_000 * np.sin(np.arange(20 * BLOCK) * 2 * np.pi * 150 / 16_000)
    rows, beam = np.tile(tone, (4, 1)).astype(np.float32), of(square)
    heard = []
    for turn in range(20):
        beam.steer((turn * 77.0) % 360 if turn % 3 else None)
        heard.append(beam.hear(rows[:, turn * BLOCK : (turn + 1) * BLOCK]))
    steps = np.abs(np.diff(np.concatenate(heard)[BLOCK:]))
    assert steps.max() < 3 * np.abs(np.diff(tone)).max()


def test_small_turns_are_not_followed(square, wave) -> None:
    """A bearing that trembles by a degree or two leaves the beam where it is, across north too."""
    rows, still, trembling = wave(square, 0, 4 * BLOCK), of(square), of(square)
    still.steer(359)
    for at in range(4):
        trembling.steer((359 + at) % 360)
        block = rows[:, at * BLOCK : (at + 1) * BLOCK]
        assert np.array_equal(trembling.hear(block), still.hear(block))


def test_wiped(square, wave) -> None:
    """Nothing of the sound before a wipe is in what comes after it."""
    beam = of(square)
    beam.steer(90)
    beam.hear(wave(square, 90, 3 * BLOCK))
    beam.wipe()
    assert not beam.hear(np.zeros((4, BLOCK), np.float32)).any()
