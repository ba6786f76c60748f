"""The whole way of a mute on a real kernel: from the edge at the chip to a closed card and a dead power line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpiozero import Factory
from kernel_hand import BUTTON, DOWN, POWER, SUPPLY, UP, Hand
from kernel_sound import CARD, microphone, playing

from keepmum.errors import MicPowerError
from keepmum.hardware.alsa.witness import AlsaWitness
from keepmum.hardware.button_gpio import GpioButton
from keepmum.hardware.mic_power_gpio import GpioMicPower
from keepmum.listener.capture import Capture
from keepmum.listener.preroll import PreRoll
from keepmum.settings_hardware import ButtonSettings, MicPowerSettings

Figure = Callable[[str], None]
SWITCH = MicPowerSettings(driver="gpio", pin=POWER, on_high=False, readback_pin=SUPPLY, settle=0.3)
"""A P-FET: the microphones have power while the line is low, and the hand's wire shows their supply, inverted.
That wire takes some milliseconds, and more on a busy computer."""


@pytest.fixture
def power(hand: Hand, pins: Factory) -> Iterator[GpioMicPower]:
    """The switch, wired as the board has it."""
    switch = GpioMicPower(SWITCH, pins)
    yield switch
    switch.close()


def test_off_to_begin_with(hand: Hand, pins: Factory) -> None:
    """Opening the switch cuts the power, before anybody asks; closing it leaves it cut for as long as it is held."""
    switch = GpioMicPower(SWITCH, pins)
    assert [level for _, line, level in hand.changes() if line == POWER][-1] == 1
    hand.follow()
    assert switch.is_off()
    switch.close()


def test_on_and_off(hand: Hand, power: GpioMicPower) -> None:
    """On and off reach the line, and the supply is read back each time."""
    hand.changes()
    power.on()
    assert not power.is_off()
    power.off()
    hand.follow()
    assert power.is_off()
    assert [change[1:] for change in hand.changes()] == [(POWER, 0), (POWER, 1)]


def test_a_supply_that_stays(hand: Hand, power: GpioMicPower) -> None:
    """A line that says off while the supply is still there is not off."""
    power.on()
    hand.cut(POWER, 1)
    power.off()
    assert not power.is_off()


def test_a_supply_that_never_comes(hand: Hand, power: GpioMicPower) -> None:
    """Switching on without a supply is an error, and off again."""
    hand.cut(POWER, 0)
    with pytest.raises(MicPowerError, match="sees no supply"):
        power.on()
    assert hand.changes()[-1][1:] == (POWER, 1)


@pytest.fixture
def capture(power: GpioMicPower) -> Iterator[Capture]:
    """The one door to the microphone, with the switch and the witness."""
    capture = Capture(microphone(), PreRoll(), power, (AlsaWitness(CARD),))
    yield capture
    capture.close()


@pytest.fixture
def pressed(capture: Capture, pins: Factory) -> Iterator[threading.Event]:
    """The button, which slams the door; set once it has."""
    slammed = threading.Event()
    button = GpioButton(ButtonSettings(driver="gpio", pin=BUTTON), pins)

    def changed(down: bool) -> None:
        if down:
            capture.slam()
            slammed.set()

    button.watch(changed)
    yield slammed
    button.close()


def hear(capture: Capture) -> None:
    """Open the door, and wait for one block."""
    capture.open()
    until = time.monotonic() + 10
    while capture.read() is None:
        assert time.monotonic() < until
        time.sleep(capture.ready_in())


def test_from_the_edge_to_silence(
    hand: Hand, capture: Capture, power: GpioMicPower, pressed: threading.Event, tmp_path: Path, figure: Figure
) -> None:
    """A press closes the card and cuts the power, by the clock outside; nothing is read afterwards, nobody objects."""
    took = []
    with playing(tmp_path):
        for _ in range(10):
            hear(capture)
            assert AlsaWitness(CARD).objection()
            assert not power.is_off()
            hand.changes()
            put = hand.play(BUTTON, (DOWN, 0.3))[0]
            assert pressed.wait(5)
            blocks = capture.blocks
            hand.follow()
            assert capture.objections() == []
            assert capture.read() is None
            took += [at - put for at, line, level in hand.changes() if (line, level) == (POWER, 1)]
            hand.play(BUTTON, (UP, 0.1))
            assert capture.blocks == blocks
            pressed.clear()
            capture.settle()
    assert len(took) == 10
    took.sort()
    figure(f"{1000 * took[5]:.0f} ms median, {1000 * took[-1]:.0f} ms at most of 10, edge at the chip to power line")
    assert took[5] < 0.1
