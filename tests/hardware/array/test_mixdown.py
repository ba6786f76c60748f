"""One channel out of many: picked, averaged or a beam, with a bearing where somebody asked for one."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from keepmum.errors import ConfigError
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings
from keepmum.sound import BLOCK, BLOCK_BYTES

QUIET = 10


def interleaved(rows: np.ndarray) -> list[bytes]:
    """Blocks as a driver delivers them."""
    pcm = np.clip(np.rint(rows), -32_768, 32_767).astype("<i2").T
    return [pcm[at : at + BLOCK].tobytes() for at in range(0, len(pcm), BLOCK)]


def room(channels: int, blocks: int = 5, loud: float = QUIET) -> list[bytes]:
    """Nobody speaks."""
    return interleaved(np.random.default_rng(9).standard_normal((channels, blocks * BLOCK)) * loud)


def arrays(thing: object, seen: set[int] | None = None) -> list[np.ndarray]:
    """Every array that an object of keepmum holds, however deep, in the same order for equal objects."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return [thing]
    if isinstance(thing, list | tuple):
        return [array for part in thing for array in arrays(part, seen)]
    if type(thing).__module__.startswith("keepmum") and hasattr(thing, "__dict__"):
        return [array for name in sorted(vars(thing)) for array in arrays(vars(thing)[name], seen)]
    return []


# ---- one channel and the mean


@pytest.mark.parametrize("channels", range(1, 9))
def test_each_channel(channels) -> None:
    """Each of one to eight channels can be picked, sample for sample."""
    rows = np.arange(channels)[:, None] * 1_000 + np.arange(BLOCK)
    for channel in range(channels):
        mixdown = Mixdown(MicrophoneSettings(channels=channels, channel=channel), ArraySettings())
        mono = mixdown.mono(interleaved(rows)[0])
        assert np.array_equal(np.frombuffer(mono, "<i2"), rows[channel])
        assert mixdown.bearing() is None


@pytest.mark.parametrize("level", [32_767, -32_768])
def test_saturation(square, settings, level) -> None:
    """Channels at full scale stay there in mean and beam; nothing wraps around to the other sign."""
    block = interleaved(np.full((4, BLOCK), level))[0]
    mean = Mixdown(MicrophoneSettings(channels=4, channel="mean"), ArraySettings())
    assert np.all(np.frombuffer(mean.mono(block), "<i2") == level)
    beam = Mixdown(*settings(square))
    beam.mono(block)
    assert np.all(np.frombuffer(beam.mono(block), "<i2") == level)


def test_a_loud_beam_does_not_wrap(square, settings, wave) -> None:
    """A voice that overdrives all microphones comes out at the limits, not as noise."""
    mixdown = Mixdown(*settings(square))
    rows = wave(square, 45, 8 * BLOCK, loud=30_000)
    heard = np.concatenate([np.frombuffer(mixdown.mono(block), "<i2") for block in [*room(4), *interleaved(rows)]])
    late = mixdown._beam.late
    loudest = np.flatnonzero(np.abs(rows).min(axis=0) > 32_767) + 5 * BLOCK + late
    loudest = loudest[(loudest > 6 * BLOCK) & (loudest < len(heard))]
    signs = np.sign(rows[0][loudest - 5 * BLOCK - late])
    assert np.mean(np.sign(heard[loudest]) == signs) > 0.95


# ---- the array


@pytest.mark.parametrize("channel", ["beam", "mean", 0, 2])
@pytest.mark.parametrize("bearing", [30, 140, 260])
def test_a_bearing(square, settings, wave, channel, bearing) -> None:
    """With `compass: phat` the bearing of a voice is found whatever channel is used, and not before it speaks."""
    mixdown = Mixdown(*settings(square, channel, compass="phat"))
    for block in room(4):
        assert len(mixdown.mono(block)) == BLOCK_BYTES
    assert mixdown.bearing() is None
    for block in interleaved(wave(square, bearing, 4 * BLOCK, loud=1_000, noise=30)):
        assert len(mixdown.mono(block)) == BLOCK_BYTES
    assert mixdown.bearing() == pytest.approx(bearing, abs=2)


def test_channels_that_are_no_microphones(square, settings, wave) -> None:
    """A loop of the loudspeaker on channels without a place disturbs neither bearing nor beam."""
    places = {number + 2: place for number, place in square.items()}
    microphone, array = settings(places, channels=8, compass="phat")
    mixdown, loop = Mixdown(microphone, array), np.random.default_rng(2).standard_normal((8, 9 * BLOCK)) * 9_000
    loop[2:6] = np.random.default_rng(3).standard_normal((4, 9 * BLOCK)) * QUIET
    loop[2:6, 5 * BLOCK :] += wave(places, 75, 4 * BLOCK, loud=1_000)
    heard = [np.frombuffer(mixdown.mono(block), "<i2") for block in interleaved(loop)]
    assert mixdown.bearing() == pytest.approx(75, abs=2)
    assert np.sqrt(np.mean(heard[-1].astype(float) ** 2)) == pytest.approx(1_000, rel=0.1)


def test_nobody_looks_in_an_empty_room(square, settings) -> None:
    """While nobody speaks nothing is added up: an idle listener pays for a level, and nothing else."""
    mixdown = Mixdown(*settings(square, 0, compass="phat"))
    before = [array.copy() for array in arrays(mixdown)]
    for block in room(4, blocks=40):
        mixdown.mono(block)
    assert all(np.array_equal(*pair) for pair in zip(arrays(mixdown), before, strict=True))
    assert mixdown.bearing() is None


def test_one_channel_pays_for_nothing(square, settings) -> None:
    """Places alone build no finder: without beam and compass nothing is there that could cost anything."""
    mixdown = Mixdown(*settings(square, 1))
    assert arrays(mixdown) == []


@pytest.mark.parametrize(("channel", "compass"), [("beam", "none"), (0, "phat"), ("mean", "phat")])
def test_a_wrong_array(settings, channel, compass) -> None:
    """A place for a channel that is not delivered stops the start with the key's name."""
    with pytest.raises(ConfigError, match=r"hardware\.array\.microphones\.4 is not there"):
        Mixdown(*settings({0: (0, 0), 4: (40, 0)}, channel, compass=compass))


def test_a_beam_without_places(settings) -> None:
    """`channel: beam` without an array stops the start, and says what is missing."""
    with pytest.raises(ConfigError, match=r"hardware\.array\.microphones has 0"):
        Mixdown(*settings({}))


# ---- forgetting


@pytest.mark.parametrize("channel", ["beam", 0])
def test_wiping_overwrites_in_place(square, settings, wave, channel) -> None:
    """After a wipe every array that held sound holds zeros, the same array and not a new one, and nothing is known."""
    microphone, array = settings(square, channel, compass="phat")
    mixdown, fresh = Mixdown(microphone, array), Mixdown(microphone, array)
    for block in [*room(4), *interleaved(wave(square, 33, 4 * BLOCK))]:
        mixdown.mono(block)
    changed = [
        array
        for array, untouched in zip(arrays(mixdown), arrays(fresh), strict=True)
        if array.shape != untouched.shape or not np.array_equal(array, untouched)
    ]
    sound = [array for array in changed if not _is_a_filter(mixdown, array)]
    assert len(sound) == (2 if channel == "beam" else 1)
    mixdown.wipe()
    assert not any(array.any() for array in sound)
    assert mixdown.bearing() is None
    assert all(np.array_equal(*pair) for pair in zip(arrays(mixdown), arrays(fresh), strict=True))


def _is_a_filter(mixdown: Mixdown, array: np.ndarray) -> bool:
    """Where the beam looks, which is made of no sound."""
    return mixdown._beam is not None and (array is mixdown._beam._taps or array is mixdown._beam._old)


def test_wiping_twice_and_before_any_sound(square, settings) -> None:
    """A wipe is allowed at any time, for every kind of mixdown."""
    for channel in ("beam", "mean", 0):
        mixdown = Mixdown(*settings(square, channel))
        mixdown.wipe()
        mixdown.wipe()
        assert len(mixdown.mono(room(4)[0])) == BLOCK_BYTES


def test_a_muted_voice_is_not_heard_later(square, settings, wave) -> None:
    """Sound from before a wipe is in no block after it."""
    mixdown = Mixdown(*settings(square))
    for block in [*room(4), *interleaved(wave(square, 33, 4 * BLOCK))]:
        mixdown.mono(block)
    mixdown.wipe()
    assert not np.frombuffer(mixdown.mono(bytes(4 * BLOCK_BYTES)), "<i2").any()


def test_the_contract() -> None:
    """Drivers make it from the two sections of the settings, in this order."""
    assert list(inspect.signature(Mixdown).parameters) == ["microphone", "array"]
