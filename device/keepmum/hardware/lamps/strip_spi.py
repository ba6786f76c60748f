"""APA102 lamps on SPI, as on the ReSpeaker HATs: the clock and data lines of one of the Pi's own SPI buses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from keepmum.errors import RingError
from keepmum.hardware.lamps.apa102 import encode
from keepmum.hardware.lamps.wired import WiredStrip
from keepmum.settings_hardware import RingSettings

if TYPE_CHECKING:
    from gpiozero import Factory

HERTZ = 2_000_000
"""Lamps on short wires take 1–8 MHz; twelve need a quarter of a millisecond at this."""
MODE = 0
"""The clock rests low; a lamp reads at its rising edge."""


class Bus(Protocol):
    """What keepmum needs of a `spidev.SpiDev`. Every method raises OSError."""

    max_speed_hz: int
    mode: int

    def open(self, bus: int, device: int) -> None:
        """Open /dev/spidevBUS.DEVICE."""
        ...

    def writebytes2(self, data: bytes) -> None:
        """Clock these bytes out."""
        ...

    def close(self) -> None:
        """Close the device; allowed twice."""
        ...


class SpiStrip(WiredStrip):
    """The lamps behind /dev/spidevBUS.DEVICE."""

    def __init__(
        self,
        settings: RingSettings,
        open_bus: Callable[[], Bus] | None = None,
        factory: Factory | None = None,
    ) -> None:
        """`open_bus` makes a bus that is not open yet, spidev's unless another is given; `factory` has the power pin.

        Raises RingError without spidev, without the device, without the right to it, and if it cannot be set up.
        """
        super().__init__(
            settings, encode, lambda: _SpiLine((open_bus or _spidev)(), settings.bus, settings.device), factory
        )


class _SpiLine:
    def __init__(self, wires: Bus, bus: int, device: int) -> None:
        self._path = f"/dev/spidev{bus}.{device}"
        self._bus = wires
        try:
            self._bus.open(bus, device)
            self._bus.max_speed_hz = HERTZ
            self._bus.mode = MODE
        except OSError as error:
            self._bus.close()
            raise _not_opened(self._path, error) from error

    def send(self, picture: bytes) -> None:
        try:
            self._bus.writebytes2(picture)
        except OSError as error:
            hint = "`dmesg | grep spi` says what the kernel saw; the ring is tried again at its next turn"
            raise RingError(f"{self._path} takes no more data: {error.strerror or error}", hint) from error

    def close(self) -> None:
        self._bus.close()


def _not_opened(path: str, error: OSError) -> RingError:
    match error:
        case FileNotFoundError():
            hint = (
                "put dtparam=spi=on into /boot/firmware/config.txt and restart, or correct hardware.ring.bus and device"
            )
            return RingError(f"{path} is not there: SPI is off, or has no such device", hint)
        case PermissionError():
            hint = "sudo usermod -aG spi USER for the user that runs the listener, then start it again"
            return RingError(f"{path} may not be opened by this user", hint)
        case _:
            hint = "see that nothing else uses the bus: `sudo fuser -v /dev/spidev*`"
            return RingError(f"{path} cannot be opened: {error.strerror or error}", hint)


def _spidev() -> Bus:
    try:
        import spidev
    except ImportError as error:
        hint = "sudo apt install python3-spidev, and a venv made with --system-site-packages"
        raise RingError("the library spidev is missing", hint) from error
    bus: Bus = spidev.SpiDev()
    return bus
