"""A microphone in a room hears what sounds while it is open, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from keepmum.errors import MicrophoneError
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Scene
from keepmum.sound import BLOCK, BLOCK_BYTES

Load = Callable[[str], Scene]
Life = Any


def wait(room: Room, life: Life, seconds: float) -> None:
    """Let this much room time pass, whatever happens in it."""
    end = room.now() + seconds
    while room.now() < end - 1e-9:
        room.wait(life, end - room.now(), pending=False)


def block(microphone: WavMicrophone, room: Room, life: Life) -> np.ndarray:
    """The next block, when it is there."""
    while microphone.ready_in() > 0:
        room.wait(life, microphone.ready_in(), pending=False)
    return np.frombuffer(microphone.read(), "<i2")


def test_known_samples(scene: Load, life: Life, counting: np.ndarray) -> None:
    """What the scene plays arrives sample for sample, in blocks of 80 ms, and then there is silence."""
    room = Room(scene("play counting.wav"), True, life.monotonic)
    microphone = WavMicrophone(room)
    microphone.open()
    heard = np.concatenate([block(microphone, room, life) for _ in range(30)])
    assert (heard[: len(counting)] == counting).all()
    assert not heard[len(counting) :].any()


def test_late_opener(scene: Load, life: Life, counting: np.ndarray) -> None:
    """A microphone that is opened late has missed what was said before, and its blocks count from its opening."""
    room = Room(scene("play counting.wav"), True, life.monotonic)
    microphone = WavMicrophone(room)
    wait(room, life, 0.5)
    microphone.open()
    assert microphone.ready_in() == pytest.approx(0.08)
    assert (block(microphone, room, life) == counting[8_000 : 8_000 + BLOCK]).all()


def test_closing_drops(scene: Load, life: Life, counting: np.ndarray) -> None:
    """What sounded before the microphone was closed, or while it was, is never delivered."""
    room = Room(scene("play counting.wav"), True, life.monotonic)
    microphone = WavMicrophone(room)
    microphone.open()
    wait(room, life, 0.5)
    microphone.close()
    microphone.close()
    wait(room, life, 0.5)
    microphone.open()
    assert (block(microphone, room, life) == counting[16_000 : 16_000 + BLOCK]).all()
    assert microphone.history == [(0.0, "open"), (0.5, "close"), (1.0, "open"), (1.08, "read")]


def test_a_late_reader_misses_nothing(scene: Load, life: Life, counting: np.ndarray) -> None:
    """Blocks that were not read in time wait, in order."""
    room = Room(scene("play counting.wav"), True, life.monotonic)
    microphone = WavMicrophone(room)
    microphone.open()
    wait(room, life, 0.25)
    heard = [np.frombuffer(microphone.read(), "<i2") for _ in range(3)]
    assert (np.concatenate(heard) == counting[: 3 * BLOCK]).all()
    assert microphone.ready_in() == pytest.approx(0.07)


def test_noise_lies_under_sounds(scene: Load, life: Life, counting: np.ndarray) -> None:
    """Noise repeats under everything that sounds, and their sum is held at the limit."""
    room = Room(scene("noise counting.wav\npause 2\nplay counting.wav\nnoise off\npause 1"), True, life.monotonic)
    microphone = WavMicrophone(room)
    microphone.open()
    heard = np.concatenate([block(microphone, room, life) for _ in range(62)])
    assert (heard[:32_000] == counting).all()
    assert (heard[32_000:64_000] == np.minimum(counting.astype(int) * 2, 32_767)).all()
    assert not heard[64_000:].any()


def test_sounds_in_the_middle_of_a_block(scene: Load, life: Life, counting: np.ndarray) -> None:
    """A sound begins at its own sample, not at the next block."""
    room = Room(scene("pause 0.05\nplay counting.wav"), True, life.monotonic)
    microphone = WavMicrophone(room)
    microphone.open()
    heard = block(microphone, room, life)
    assert not heard[:800].any()
    assert (heard[800:] == counting[:480]).all()


def test_misuse(scene: Load, life: Life, counting: np.ndarray) -> None:
    """Reading while closed, reading too early and opening twice are errors, as with a real microphone."""
    room = Room(scene("play counting.wav"), True, life.monotonic)
    microphone = WavMicrophone(room)
    with pytest.raises(MicrophoneError, match="closed"):
        microphone.ready_in()
    with pytest.raises(MicrophoneError, match="closed"):
        microphone.read()
    microphone.open()
    with pytest.raises(MicrophoneError, match="no whole block"):
        microphone.read()
    with pytest.raises(MicrophoneError, match="open already"):
        microphone.open()
    assert len(block(microphone, room, life)) * 2 == BLOCK_BYTES
