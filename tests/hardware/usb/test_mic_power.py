"""The XVF3800's mute pin as the microphones' switch: what counts as off, and what never does."""

from __future__ import annotations

import pytest

from keepmum.errors import MicPowerError
from keepmum.hardware import MicPower
from keepmum.hardware.usb.mic_power import Xvf3800MicPower
from keepmum.hardware.usb.simulated import Fault, SimulatedXvf3800
from keepmum.hardware.usb.strips import Xvf3800Strip
from keepmum.hardware.usb.xvf3800 import Xvf3800

BRIGHT = [(255, 0, 0)] * 12


@pytest.fixture
def power(board: Xvf3800) -> MicPower:
    """The switch of `board`."""
    return Xvf3800MicPower(board)


def test_off_to_begin_with(power: MicPower, device: SimulatedXvf3800) -> None:
    """The microphones are muted as soon as somebody is in charge of them."""
    assert device.muted
    assert power.is_off()


def test_on_and_off(power: MicPower, device: SimulatedXvf3800) -> None:
    """On is an unmuted board, off a muted one; twice is allowed."""
    power.on()
    assert not device.muted
    assert not power.is_off()
    power.off()
    power.off()
    assert device.muted
    assert power.is_off()


def test_close(power: MicPower, device: SimulatedXvf3800) -> None:
    """It is left muted."""
    power.on()
    power.close()
    assert device.muted


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TIMEOUT, Fault.SHORT, Fault.GARBAGE, Fault.STATUS])
def test_unreadable_is_not_off(power: MicPower, device: SimulatedXvf3800, fault: Fault) -> None:
    """A board that cannot be read is an error, never "off"; nor is one that is not there."""
    device.fault = fault
    with pytest.raises(MicPowerError) as refused:
        power.is_off()
    assert refused.value.hint
    device.fault = None
    device.unplug()
    with pytest.raises(MicPowerError):
        power.is_off()


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TIMEOUT])
def test_switching_fails(power: MicPower, device: SimulatedXvf3800, fault: Fault) -> None:
    """A switch that does not move says so."""
    device.fault = fault
    for switch in (power.on, power.off):
        with pytest.raises(MicPowerError, match="2886:001a"):
            switch()
    assert device.muted


def test_deaf_board(power: MicPower, device: SimulatedXvf3800) -> None:
    """A board that takes the mute and stays open is not off."""
    power.on()
    device.fault = Fault.DEAF
    power.off()
    assert not power.is_off()


def test_another_program(power: MicPower, device: SimulatedXvf3800) -> None:
    """Whoever else has the USB device can clear the pin, and the read-back tells: this is no power cut."""
    power.off()
    device.write(0, 1, 20, b"\x1e\x00")
    assert not power.is_off()


def test_plugged_in_again(power: MicPower, device: SimulatedXvf3800, board: Xvf3800) -> None:
    """A board that lost its power comes back open; whichever role reaches it first mutes it again."""
    device.reset()
    ring = Xvf3800Strip(board)
    with pytest.raises(MicPowerError):
        power.is_off()
    assert not device.muted
    ring.write(BRIGHT)
    assert device.muted
    assert power.is_off()


def test_ring_and_switch_close_in_any_order(power: MicPower, device: SimulatedXvf3800, board: Xvf3800) -> None:
    """Both roles share the board: closing one leaves the other working, and the board ends muted and dark."""
    ring = Xvf3800Strip(board)
    ring.write(BRIGHT)
    power.on()
    power.close()
    ring.close()
    assert device.muted
    assert device.lamps == [(0, 0, 0)] * 12


def test_close_without_a_board(power: MicPower, device: SimulatedXvf3800, caplog: pytest.LogCaptureFixture) -> None:
    """Closing without a board does not stop the rest from closing; the log says that it may not be muted."""
    device.unplug()
    power.close()
    assert "could not be left muted" in caplog.messages[0]


def test_no_board_at_the_start(device: SimulatedXvf3800) -> None:
    """A switch that cannot be muted at the start is refused."""
    device.unplug()
    with pytest.raises(MicPowerError, match="there is no USB device"):
        Xvf3800MicPower(Xvf3800(device))
