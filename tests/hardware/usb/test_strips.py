"""The rings behind USB as strips of lamps, and their errors as the ring's."""

from __future__ import annotations

import pytest

from keepmum.errors import RingError
from keepmum.hardware.lamps import Strip
from keepmum.hardware.usb.simulated import Fault, SimulatedUsb4Mic, SimulatedXvf3800
from keepmum.hardware.usb.strips import Usb4MicStrip, Xvf3800Strip
from keepmum.hardware.usb.usb4mic import Usb4Mic
from keepmum.hardware.usb.xvf3800 import Xvf3800

DARK = [(0, 0, 0)] * 12
RAINBOW = [(number, 100 + number, 200 + number) for number in range(12)]

Device = SimulatedXvf3800 | SimulatedUsb4Mic


@pytest.fixture(params=["xvf3800", "usb4mic"])
def pair(request: pytest.FixtureRequest) -> tuple[Strip, Device]:
    """A strip, and the simulated board that it is on."""
    if request.param == "xvf3800":
        xvf3800 = SimulatedXvf3800()
        return Xvf3800Strip(Xvf3800(xvf3800)), xvf3800
    usb4mic = SimulatedUsb4Mic()
    return Usb4MicStrip(Usb4Mic(usb4mic)), usb4mic


def test_write(pair: tuple[Strip, Device]) -> None:
    """The lamps show what was written, until the strip is closed and dark."""
    strip, device = pair
    strip.write(RAINBOW)
    assert device.lamps == RAINBOW
    strip.close()
    assert device.lamps == DARK


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TIMEOUT])
def test_faults(pair: tuple[Strip, Device], fault: Fault) -> None:
    """A ring that stops taking colours is the ring's error, with the board's words and hint; it recovers by itself."""
    strip, device = pair
    strip.write(RAINBOW)
    device.fault = fault
    with pytest.raises(RingError, match="the USB device 2886:") as refused:
        strip.write(DARK)
    assert refused.value.hint
    device.fault = None
    strip.write(DARK)
    assert device.lamps == DARK


def test_wrong_number(pair: tuple[Strip, Device]) -> None:
    """A ring of another size than the settings say is refused with the setting."""
    strip, _ = pair
    with pytest.raises(RingError, match="12 lamps, not 3") as refused:
        strip.write(DARK[:3])
    assert "hardware.ring.lamps" in refused.value.hint


def test_gone_and_back(pair: tuple[Strip, Device]) -> None:
    """A board that is plugged in again shows the next picture."""
    strip, device = pair
    strip.write(RAINBOW)
    device.unplug()
    with pytest.raises(RingError):
        strip.write(RAINBOW)
    device.plug()
    strip.write(RAINBOW)
    assert device.lamps == RAINBOW


def test_close_without_a_board(pair: tuple[Strip, Device], caplog: pytest.LogCaptureFixture) -> None:
    """Closing a ring that is unplugged is no error: it is dark; the log says that nobody put it out."""
    strip, device = pair
    device.unplug()
    strip.close()
    assert "the ring could not be put out" in caplog.messages[0]
