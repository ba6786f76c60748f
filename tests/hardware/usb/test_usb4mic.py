"""The USB Mic Array's driver, against a simulated board that knows the protocol by itself."""

from __future__ import annotations

import pytest

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.usb.simulated import Fault, SimulatedUsb4Mic
from keepmum.hardware.usb.usb4mic import Usb4Mic, open_usb4mic

DARK = [(0, 0, 0)] * 12
RAINBOW = [(number, 100 + number, 200 + number) for number in range(12)]


def test_bytes(array_board: Usb4Mic, array_device: SimulatedUsb4Mic) -> None:
    """The ring is index 0x1C: brightness first, then four bytes for each lamp, red first."""
    array_board.lamps([(1, 2, 3), *DARK[1:]])
    sent = [(transfer.index, transfer.value, transfer.data) for transfer in array_device.history]
    assert sent == [(0x1C, 0x20, b"\x1f"), (0x1C, 6, b"\x01\x02\x03" + bytes(45))]


def test_bytes_of_the_direction(array_board: Usb4Mic, array_device: SimulatedUsb4Mic) -> None:
    """Voice activity is 19/32 and the angle 21/0; both answers are eight bytes with the value first."""
    array_device.direction = (258, True)
    assert array_board.bearing() == 258.0
    asked = [(transfer.index, transfer.value, transfer.data) for transfer in array_device.history]
    assert asked == [(19, 0xE0, b"\x01" + bytes(7)), (21, 0xC0, b"\x02\x01" + bytes(6))]


def test_lamps(array_board: Usb4Mic, array_device: SimulatedUsb4Mic) -> None:
    """Each lamp shows its colour; a new picture is one transfer, the same one again also sets the brightness."""
    array_board.lamps(RAINBOW)
    assert array_device.lamps == RAINBOW
    array_device.history.clear()
    array_device.brightness = 3
    array_board.lamps(DARK)
    assert [sent.name for sent in array_device.history] == ["SHOW"]
    array_board.lamps(DARK)
    assert array_device.brightness == 31


def test_wrong_values(array_board: Usb4Mic, array_device: SimulatedUsb4Mic) -> None:
    """A wrong number of lamps and a brightness that the board does not have are refused before anything is sent."""
    with pytest.raises(UsbError, match="12 lamps, not 24"):
        array_board.lamps(DARK * 2)
    for level in (-1, 32):
        with pytest.raises(UsbError, match="between 0 and 31"):
            array_board.brightness(level)
    assert array_device.history == []


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TIMEOUT])
def test_faults(array_board: Usb4Mic, array_device: SimulatedUsb4Mic, fault: Fault) -> None:
    """A ring that stalls or is silent is an error, and works when it is well again."""
    array_device.fault = fault
    with pytest.raises(UsbError, match="2886:0018"):
        array_board.lamps(RAINBOW)
    array_device.fault = None
    array_board.lamps(RAINBOW)
    assert array_device.lamps == RAINBOW


def test_gone_and_back(array_board: Usb4Mic, array_device: SimulatedUsb4Mic) -> None:
    """A board that is back is found, and its brightness is set again, also when the compass noticed first."""
    array_board.lamps(RAINBOW)
    array_device.unplug()
    assert array_board.bearing() is None
    with pytest.raises(UsbGone):
        array_board.lamps(DARK)
    array_device.plug()
    array_board.lamps(DARK)
    assert (array_device.lamps, array_device.brightness) == (DARK, 31)


def test_no_voice(array_board: Usb4Mic, array_device: SimulatedUsb4Mic) -> None:
    """Without a voice there is no direction."""
    array_device.direction = (90, False)
    assert array_board.bearing() is None


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TIMEOUT, Fault.SHORT, Fault.GARBAGE])
def test_bearing_never_raises(
    array_board: Usb4Mic, array_device: SimulatedUsb4Mic, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """A board that cannot tell means nowhere; the log says so once, and again after it had recovered."""
    array_device.direction = (10, True)
    array_device.fault = fault
    assert [array_board.bearing() for _ in range(3)] == [None] * 3
    assert len(caplog.messages) == 1
    array_device.fault = None
    assert array_board.bearing() == 10.0
    array_device.fault = fault
    assert array_board.bearing() is None
    assert len(caplog.messages) == 2


def test_open_and_close(array_device: SimulatedUsb4Mic) -> None:
    """Opening sends nothing; closing twice is allowed."""
    board = open_usb4mic(array_device)
    assert array_device.history == []
    board.close()
    board.close()
    board.lamps(RAINBOW)
    assert array_device.lamps == RAINBOW
