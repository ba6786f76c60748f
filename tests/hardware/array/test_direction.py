"""Where a voice comes from, for waves from all around and for what is no wave at all."""

from __future__ import annotations

import numpy as np
import pytest

from keepmum.hardware.array.direction import Direction
from keepmum.sound import BLOCK


def apart(one: float, other: float) -> float:
    """Degrees between two bearings, the short way."""
    return abs((one - other + 180) % 360 - 180)


def of(places) -> Direction:
    """The direction finder of an array."""
    return Direction(np.array(list(places.values())))


def hear(direction: Direction, rows: np.ndarray) -> None:
    """Block by block."""
    for at in range(0, rows.shape[1], BLOCK):
        direction.hear(rows[:, at : at + BLOCK])


@pytest.mark.parametrize("bearing", range(0, 360, 24))
def test_all_around(square, wave, bearing) -> None:
    """A wave from any side through four microphones is found within two degrees, from a single block."""
    direction = of(square)
    direction.hear(wave(square, bearing, BLOCK, noise=100))
    assert direction.bearing is not None
    assert apart(direction.bearing, bearing) < 2


def test_clockwise_seen_from_above(square, wave) -> None:
    """A voice on the right is at 90 degrees, not at 270."""
    direction = of(square)
    direction.hear(wave(square, 90, BLOCK))
    assert direction.bearing == pytest.approx(90, abs=2)


@pytest.mark.parametrize("bearing", [-80, -40, 0, 15, 60])
def test_two_in_line(line, wave, bearing) -> None:
    """Two microphones tell left from right, and take a voice behind them for its mirror image in front."""
    for from_where in (bearing, 180 - bearing):
        direction = of(line)
        hear(direction, wave(line, from_where, 2 * BLOCK, noise=50))
        assert direction.bearing is not None
        assert apart(direction.bearing, bearing) < 12 if abs(bearing) > 70 else 4
        assert apart(direction.bearing, 0) <= 90


def test_silence_comes_from_nowhere(square) -> None:
    """Zeros have no direction, and neither has a wave that reaches all microphones at once, from above."""
    direction = of(square)
    direction.hear(np.zeros((4, BLOCK), np.float32))
    assert direction.bearing is None
    above = np.random.default_rng(3).standard_normal(BLOCK).astype(np.float32) * 1_000
    direction.hear(np.tile(above, (4, 1)))
    assert direction.bearing is None


def test_noise_comes_from_nowhere(square) -> None:
    """Each microphone's own noise gives no bearing: not once in forty blocks, alone or added up."""
    chance, direction = np.random.default_rng(5), of(square)
    for _ in range(40):
        noise = (chance.standard_normal((4, BLOCK)) * 1_000).astype(np.float32)
        alone = of(square)
        alone.hear(noise)
        direction.hear(noise)
        assert (alone.bearing, direction.bearing) == (None, None)


def test_added_up(square, wave) -> None:
    """A voice in as much noise is unclear in one block and clear in a word."""
    direction = of(square)
    hear(direction, wave(square, 200, 12 * BLOCK, loud=1_000, noise=1_400))
    assert direction.bearing == pytest.approx(200, abs=5)


def test_the_louder_one(square, wave) -> None:
    """Of two who speak in turn the louder one is pointed at."""
    direction = of(square)
    for turn in range(6):
        direction.hear(wave(square, 40, BLOCK, loud=3_000, seed=turn))
        direction.hear(wave(square, 220, BLOCK, loud=1_500, seed=turn + 50))
    assert direction.bearing == pytest.approx(40, abs=4)


def test_somebody_else(square, wave) -> None:
    """Two seconds after another person began to speak, the bearing is theirs."""
    direction = of(square)
    hear(direction, wave(square, 40, 25 * BLOCK))
    hear(direction, wave(square, 300, 25 * BLOCK, seed=2))
    assert direction.bearing == pytest.approx(300, abs=3)


def test_kept_over_pauses(square, wave) -> None:
    """A bearing stands while somebody breathes, and is forgotten after five seconds."""
    direction = of(square)
    direction.hear(wave(square, 120, BLOCK))
    for _ in range(60):
        direction.rest()
    assert direction.bearing == pytest.approx(120, abs=2)
    for _ in range(4):
        direction.rest()
    assert direction.bearing is None


def test_rest_before_the_first_word(square, wave) -> None:
    """A quiet evening does not wear anything out."""
    direction = of(square)
    for _ in range(10_000):
        direction.rest()
    direction.hear(wave(square, 10, BLOCK))
    assert direction.bearing == pytest.approx(10, abs=2)
