"""A USB microphone in a real kernel: snd-usb-audio, its name by USB numbers, and a cable that is pulled."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from kernel_hand import Hand
from kernel_sound import COUNTED, block, until_noticed

from keepmum.errors import MicrophoneError
from keepmum.hardware.alsa.cards import cards
from keepmum.hardware.alsa.witness import AlsaWitness
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
from keepmum.hardware.usb.simulated import SimulatedXvf3800
from keepmum.hardware.usb.xvf3800 import open_xvf3800
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings

Figure = Callable[[str], None]
NAME = "2886:001a"


@pytest.fixture
def cable(outside: Hand) -> Iterator[object]:
    """The board, plugged in and known as a sound card."""
    from kernel_usb_microphone import PluggedMicrophone

    plugged = PluggedMicrophone(SimulatedXvf3800())
    plugged.plug()
    known()
    yield plugged
    plugged.unplug()


@pytest.fixture
def ours(cable: object) -> Iterator[SounddeviceMicrophone]:
    """keepmum's microphone at the board, not open yet."""
    settings = MicrophoneSettings(card=NAME, channels=2)
    microphone = SounddeviceMicrophone(settings, Mixdown(settings, ArraySettings()))
    yield microphone
    microphone.close()


def known(*, wanted: bool = True) -> None:
    """Wait until the kernel has a card of these USB numbers, or none any more."""
    until = time.monotonic() + 20
    while any(card.usb == NAME and card.capture for card in cards()) is not wanted:
        assert time.monotonic() < until, "the kernel's list of cards did not change"
        time.sleep(0.02)


def counting(opened: SounddeviceMicrophone, blocks: int) -> bool:
    """Whether so many blocks are numbers in order, without a gap."""
    heard = np.frombuffer(b"".join(block(opened) for _ in range(blocks)), "<i2").astype(int)
    return set(np.diff(heard)) <= {1, 1 - COUNTED}


def test_found_by_its_usb_numbers(ours: SounddeviceMicrophone) -> None:
    """A board named `2886:001a` is found, heard sample for sample, and seen to be open and closed."""
    ours.open()
    assert counting(ours, 15)
    assert "is open" in AlsaWitness(NAME).objection()
    ours.close()
    assert AlsaWitness(NAME).objection() == ""


def test_control_beside_sound(cable: object, ours: SounddeviceMicrophone) -> None:
    """Its mute line is set and read back while the kernel's own driver has its sound."""
    ours.open()
    board = open_xvf3800()
    board.mute(True)
    assert board.is_muted()
    assert counting(ours, 5)
    board.close()


def test_pulled_and_put_back(cable: object, ours: SounddeviceMicrophone, figure: Figure) -> None:
    """A board that is pulled is noticed in time and never heard as silence; put back, it opens again."""
    ours.open()
    assert counting(ours, 5)
    began = time.monotonic()
    cable.unplug()
    noticed = until_noticed(ours)
    ours.close()
    left = sum("/dev/snd/pcm" in os.path.realpath(file) for file in Path("/proc/self/fd").iterdir())
    figure(f"noticed after {noticed.at - began:.2f} s: {noticed.by}; files of the dead card left open: {left}")
    known(wanted=False)
    assert AlsaWitness(NAME).objection() == ""
    with pytest.raises(MicrophoneError, match=NAME):
        ours.open()
    cable.plug()
    known()
    ours.open()
    assert counting(ours, 5)
