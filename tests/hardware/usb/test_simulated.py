"""The simulated boards by themselves: they refuse what the real ones do not know, and remember everything."""

from __future__ import annotations

import errno

import pytest

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.usb.simulated import Fault, SimulatedUsb4Mic, SimulatedXvf3800
from keepmum.hardware.usb.usb4mic import Usb4Mic

DARK = [(0, 0, 0)] * 12


@pytest.mark.parametrize(
    ("request_number", "value", "index", "data"),
    [
        (1, 1, 20, b"\x1e\x01"),  # another request than 0
        (0, 1, 20, b"\x1e"),  # too short
        (0, 1, 20, b"\x0c\x01"),  # no such pin
        (0, 19, 20, bytes(47)),
        (0, 0x80, 48, b"\x01\x02\x03"),  # a version cannot be written
        (0, 99, 99, b"\x00"),
    ],
)
def test_refused(device: SimulatedXvf3800, request_number: int, value: int, index: int, data: bytes) -> None:
    """What the protocol does not have is a stall, changes nothing and is remembered."""
    with pytest.raises(UsbError, match="stall"):
        device.write(request_number, value, index, data)
    assert device.pins == {11: 0, 30: 0, 31: 0, 33: 1, 39: 0}
    assert device.history[-1].data == data


@pytest.mark.parametrize(("value", "index"), [(1, 20), (0x81, 20), (0x80, 47)])
def test_not_answered(device: SimulatedXvf3800, value: int, index: int) -> None:
    """What cannot be read is a stall."""
    with pytest.raises(UsbError, match="stall"):
        device.read(0, value, index, 4)


def test_lamps_of_an_xvf3800(device: SimulatedXvf3800) -> None:
    """They play the board's own effect, are dark without effect or power, and otherwise show what was sent."""
    assert device.lamps is None
    device.write(0, 12, 20, b"\x00")
    assert device.lamps == DARK
    device.write(0, 12, 20, b"\x05")
    device.write(0, 19, 20, b"\x03\x02\x01\x00" * 12)
    assert device.lamps == [(1, 2, 3)] * 12
    device.write(0, 1, 20, b"\x21\x00")
    assert device.lamps == DARK


def test_reboot(device: SimulatedXvf3800) -> None:
    """REBOOT forgets the mute and makes it a new device on the bus: who had it open has it no more."""
    device.write(0, 1, 20, b"\x1e\x01")
    address = device.address
    device.write(0, 7, 48, b"\x01")
    assert not device.muted
    with pytest.raises(OSError, match="No such device") as gone:
        device.transfer(address, 0, 0x80, 48, 4)
    assert gone.value.errno == errno.ENODEV
    with pytest.raises(UsbGone):
        device.read(0, 0x80, 48, 4)
    assert device.read(0, 0x80, 48, 4) == b"\x00\x02\x01\x00"


def test_fault_of_one_command(device: SimulatedXvf3800) -> None:
    """A fault can be one command's alone."""
    device.fault, device.fault_only = Fault.STALL, "LED_EFFECT"
    device.write(0, 1, 20, b"\x1e\x01")
    with pytest.raises(UsbError, match="stall"):
        device.write(0, 12, 20, b"\x05")
    assert device.muted


def test_usb4mic(array_device: SimulatedUsb4Mic, array_board: Usb4Mic) -> None:
    """The other array follows the voice until it is told colours, and again after it is told to; 32 is too bright."""
    array_board.lamps(DARK)
    array_board.brightness(4)
    assert (array_device.lamps, array_device.brightness) == (DARK, 4)
    array_device.write(0, 0, 0x1C, b"\x00")
    assert array_device.lamps is None
    for value, index, data in ((0x20, 0x1C, b"\x20"), (6, 0x1C, bytes(47)), (0xC0, 21, bytes(8))):
        with pytest.raises(UsbError, match="stall"):
            array_device.write(0, value, index, data)
    with pytest.raises(UsbError, match="stall"):
        array_device.read(0, 0xC1, 21, 8)
