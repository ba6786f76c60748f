"""WS2812 lamps (NeoPixel, SK6812) on a Pi 5, whose kernel makes their signal and offers it as a device.

The driver is `drivers/misc/ws2812-pio-rp1.c` of github.com/raspberrypi/linux (read at 8474bec4): four bytes for each
lamp in the order red, green, blue, white, written from the beginning; white is ignored unless the overlay says
`rgbw`. A write of one byte sets a brightness instead. More than `num_leds` lamps are refused with EFBIG or ENOSPC,
fewer are shown 50 ms late. Unless the overlay says `brightness=0`, the driver bends every value by a gamma table of
its own (pull request 7110, kernels after 6.12.55), which makes amber nearly red.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from keepmum.errors import RingError
from keepmum.hardware.lamps import Rgb
from keepmum.hardware.lamps.wired import WiredStrip
from keepmum.settings_hardware import RingSettings

if TYPE_CHECKING:
    from gpiozero import Factory

TOO_MANY = (errno.EFBIG, errno.ENOSPC)


class Ws2812Strip(WiredStrip):
    """The lamps behind the kernel's device."""

    def __init__(self, settings: RingSettings, factory: Factory | None = None) -> None:
        """`factory` has the power pin, if there is one. Raises RingError without the device or the right to it."""
        super().__init__(settings, encode, lambda: _DeviceLine(settings), factory)


def encode(lamps: Sequence[Rgb]) -> bytes:
    """Lamps of (red, green, blue) 0–255, as the driver takes them; the fourth byte is a white lamp that stays off."""
    return b"".join(bytes((*lamp, 0)) for lamp in lamps)


class _DeviceLine:
    """Opened for each picture: a new file begins at the first lamp, and a device that was gone is found again."""

    def __init__(self, settings: RingSettings) -> None:
        self._path = settings.path
        self._lamps = settings.lamps
        os.close(self._open())

    def send(self, picture: bytes) -> None:
        file = self._open()
        try:
            taken = os.write(file, picture)
        except OSError as error:
            raise self._refused(error) from error
        finally:
            os.close(file)
        if taken != len(picture):
            raise RingError(f"{self._path} took {taken} of {len(picture)} bytes", self._overlay())

    def close(self) -> None:
        """Nothing is held between two pictures."""

    def _open(self) -> int:
        try:
            # Without O_NONBLOCK a pipe that nobody reads would hold the listener up.
            file = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except FileNotFoundError as error:
            raise RingError(f"{self._path} is not there", self._overlay()) from error
        except PermissionError as error:
            raise RingError(f"{self._path} may not be opened by this user", _udev_rule(self._path)) from error
        except OSError as error:
            raise RingError(f"{self._path} cannot be opened: {error.strerror}", self._overlay()) from error
        if stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise RingError(f"{self._path} is a file, not a device", f"remove it, then {self._overlay()}")
        return file

    def _refused(self, error: OSError) -> RingError:
        if error.errno in TOO_MANY:
            return RingError(f"{self._path} has fewer than {self._lamps} lamps", self._overlay())
        return RingError(
            f"{self._path} takes no more data: {error.strerror}", "the ring is tried again at its next turn"
        )

    def _overlay(self) -> str:
        line = f"dtoverlay=ws2812-pio,gpio=PIN,num_leds={self._lamps},brightness=0"
        return f"on a Pi 5, put {line} into /boot/firmware/config.txt and restart"


def _udev_rule(path: Path) -> str:
    rule = f'KERNEL=="{path.name}", SUBSYSTEM=="ws2812-pio-rp1", GROUP="gpio", MODE="0660"'
    return f"put {rule} into /etc/udev/rules.d/60-keepmum-lamps.rules and restart"
