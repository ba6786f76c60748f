"""Speaks to the ReSpeaker USB Mic Array v2.0 (XVF3000): its lamps and its sense of direction. It has no mute.

Figures: respeaker/pixel_ring ddae778, usb_pixel_ring_v2.py and the LED protocol's wiki page;
respeaker/usb_4_mic_array 00585f0, tuning.py.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.lamps import Rgb
from keepmum.hardware.usb.control import Control, open_control
from keepmum.hardware.usb.turns import Turns

_log = logging.getLogger(__name__)

VENDOR, PRODUCT = 0x2886, 0x0018
LAMPS = 12
BRIGHTEST = 0x1F

_RING = 0x1C
"""wIndex of every ring command; wValue is the command."""
_SHOW, _BRIGHTNESS = 6, 0x20
_READS_NUMBER = 0x80 | 0x40
"""Added to a parameter's offset, for one that is a whole number."""
_ANSWER = struct.Struct("<ii")
_DOAANGLE, _VOICEACTIVITY = (21, 0), (19, 32)


class Usb4Mic:
    """One board for both of its roles; safe from any thread. All but `bearing` raise UsbError."""

    def __init__(self, control: Control) -> None:
        """Nothing is sent yet."""
        self._control = control
        self._turns = Turns()
        self._ring_is_ours = False
        self._shown = b""
        self._complained = False

    def lamps(self, colours: Sequence[Rgb]) -> None:
        """Show twelve colours; the board's own brightness is at its most, so they are as bright as they say.

        The same colours again mean that they may be lost: the brightness is set anew.
        """
        if len(colours) != LAMPS:
            raise UsbError(f"this array has {LAMPS} lamps, not {len(colours)}", f"set hardware.ring.lamps: {LAMPS}")
        payload = b"".join(bytes((red, green, blue, 0)) for red, green, blue in colours)
        if not self._ring_is_ours or payload == self._shown:
            with self._reached() as control:
                control.write(0, _BRIGHTNESS, _RING, bytes((BRIGHTEST,)))
                self._ring_is_ours = True
        with self._reached() as control:
            control.write(0, _SHOW, _RING, payload)
            self._shown = payload

    def brightness(self, level: int) -> None:
        """How bright the whole ring is, 0-31."""
        if not 0 <= level <= BRIGHTEST:
            raise UsbError(f"a brightness of {level} is not between 0 and {BRIGHTEST}", "take one that is")
        with self._reached() as control:
            control.write(0, _BRIGHTNESS, _RING, bytes((level,)))

    def bearing(self) -> float | None:
        """The angle that the board tells, in degrees; None without a voice. Never raises.

        Which way it counts depends on the firmware's build (tuning.py says so): try it, and set `first_lamp`.
        """
        try:
            degrees = self._ask(*_DOAANGLE) if self._ask(*_VOICEACTIVITY) else None
            if degrees is not None and not 0 <= degrees <= 359:
                raise UsbError(f"the array tells a direction of {degrees} degrees")
        except UsbError as error:
            if not self._complained:
                _log.warning("no direction from the USB Mic Array: %s", error.what)
            self._complained = True
            return None
        self._complained = False
        return None if degrees is None else float(degrees)

    def close(self) -> None:
        """Let go of the board; the next call opens it again."""
        with self._turns.turn():
            self._control.close()

    def _ask(self, parameter: int, offset: int) -> int:
        with self._reached() as control:
            untrusted_answer = control.read(0, _READS_NUMBER | offset, parameter, _ANSWER.size)
        value, _ = _ANSWER.unpack(untrusted_answer)
        return int(value)

    @contextmanager
    def _reached(self) -> Iterator[Control]:
        """The board for one transfer."""
        with self._turns.turn():
            try:
                yield self._control
            except UsbGone:
                self._ring_is_ours = False
                raise


def open_usb4mic(control: Control | None = None, serial: str | None = None) -> Usb4Mic:
    """The board that is plugged in, or the one behind `control`. Raises UsbError without it, and with two of them."""
    return Usb4Mic(control or open_control(VENDOR, PRODUCT, serial))
