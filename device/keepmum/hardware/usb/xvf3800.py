"""Speaks to the reSpeaker XVF3800: its lamps, its mute pin and its sense of direction.

Figures: respeaker/reSpeaker_XVF3800_USB_4MIC_ARRAY a652fe7, python_control/xvf_host.py and host_control/README.md.
"""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.lamps import Rgb
from keepmum.hardware.usb.control import Control, open_control
from keepmum.hardware.usb.turns import Turns

_log = logging.getLogger(__name__)

VENDOR, PRODUCT = 0x2886, 0x001A
LAMPS = 12
OLDEST = (2, 0, 10)
"""Before it, the board does not recover from a bus reset, and the direction stands still while the ring is ours."""


class Command(NamedTuple):
    """One command of the firmware, and the size of what it carries in bytes."""

    name: str
    resource: int
    number: int
    size: int


_VERSION = Command("VERSION", 48, 0, 3)
_GPO_READ_VALUES = Command("GPO_READ_VALUES", 20, 0, 5)
_GPO_WRITE_VALUE = Command("GPO_WRITE_VALUE", 20, 1, 2)
_LED_EFFECT = Command("LED_EFFECT", 20, 12, 1)
_LED_BRIGHTNESS = Command("LED_BRIGHTNESS", 20, 13, 1)
_LED_GAMMIFY = Command("LED_GAMMIFY", 20, 14, 1)
_DOA_VALUE = Command("DOA_VALUE", 20, 18, 4)
_LED_RING_COLOR = Command("LED_RING_COLOR", 20, 19, 4 * LAMPS)

_READS = 0x80
_OK, _BUSY = 0, 64
_PAUSE = 0.01
"""Seconds between two questions to a board that is busy, as the vendor's program waits."""
_MUTE_PIN, _LAMP_POWER_PIN = 30, 33
_MUTE_PLACE = 1
"""GPO_READ_VALUES tells X0D11, X0D30, X0D31, X0D33, X0D39, in this order."""
_RING = 5


class Xvf3800:
    """One board for all of its roles; safe from any thread. All but `bearing` raise UsbError.

    A board that was away is found again at the next call, and a mute that was last asked for is asserted before
    anything else: the firmware forgets it. What its own button does is left alone, and told by `is_muted`.
    """

    def __init__(self, control: Control, *, tries: int = 20, wait: Callable[[float], None] = time.sleep) -> None:
        """A busy board is asked `tries` times, with `wait(seconds)` in between. Nothing is sent yet."""
        self._control = control
        self._tries = tries
        self._wait = wait
        self._turns = Turns()
        self._was_away = False
        self._wants_mute = False
        self._mutes_asked = 0
        self._ring_is_ours = False
        self._shown = b""
        self._complained = False

    @property
    def waiting(self) -> tuple[int, int]:
        """How many threads wait for the board now, and how many to mute it."""
        return self._turns.waiting

    def version(self) -> tuple[int, int, int]:
        """The firmware's."""
        major, minor, patch = self._read(_VERSION)
        return major, minor, patch

    def mute(self, on: bool) -> None:
        """Set the mute pin, X0D30, and with it the board's red lamp. `is_muted` says whether it worked.

        Muting waits for one transfer at most. An unmuting that a muting overtakes is an error.
        """
        self._mutes_asked += on
        asked = self._mutes_asked
        with self._reached(urgent=on) as control:
            if not on and asked != self._mutes_asked:
                raise UsbError("the XVF3800 was muted before it could be unmuted", "ask again")
            self._wants_mute |= on
            _send(control, _GPO_WRITE_VALUE, bytes((_MUTE_PIN, on)))
            self._wants_mute = on

    def is_muted(self) -> bool:
        """The mute pin's level, read now. The board's own button changes it too."""
        level = self._read(_GPO_READ_VALUES)[_MUTE_PLACE]
        if level > 1:
            raise UsbError(f"the XVF3800 says that its mute pin is at {level}", "its firmware may be of another kind")
        return level == 1

    def lamps(self, colours: Sequence[Rgb]) -> None:
        """Show twelve colours, exactly as bright as they say, instead of the board's own effects.

        LED_RING_COLOR takes 0xRRGGBB (the vendor's page calls 0xff8800 orange for LED_COLOR; the channels are in
        order since firmware 2.0.6), so blue is each lamp's first byte. Nobody has seen it on a board of ours. The
        same colours again mean that they may be lost: everything is set anew.
        """
        if len(colours) != LAMPS:
            raise UsbError(f"the XVF3800 has {LAMPS} lamps, not {len(colours)}", f"set hardware.ring.lamps: {LAMPS}")
        payload = b"".join(bytes((blue, green, red, 0)) for red, green, blue in colours)
        if not self._ring_is_ours or payload == self._shown:
            self._take_ring()
        with self._reached() as control:
            _send(control, _LED_RING_COLOR, payload)
            self._shown = payload

    def brightness(self, level: int) -> None:
        """How bright the board's own breath and rainbow are, 0-255; it is not said to change `lamps`."""
        if not 0 <= level <= 255:
            raise UsbError(f"a brightness of {level} is not between 0 and 255", "take one that is")
        self._write(_LED_BRIGHTNESS, level)

    def bearing(self) -> float | None:
        """Degrees clockwise from the USB connector, seen from the lamps' side; None without speech. Never raises."""
        try:
            degrees, speech = struct.unpack("<HH", self._read(_DOA_VALUE, tries=2))
            if degrees > 359 or speech > 1:
                raise UsbError(f"the XVF3800 tells a direction of {degrees} degrees with speech {speech}")
        except UsbError as error:
            if not self._complained:
                _log.warning("no direction from the XVF3800: %s", error.what)
            self._complained = True
            return None
        self._complained = False
        return float(degrees) if speech else None

    def close(self) -> None:
        """Let go of the board; the next call opens it again."""
        with self._turns.turn():
            self._control.close()

    def _take_ring(self) -> None:
        self._write(_GPO_WRITE_VALUE, _LAMP_POWER_PIN, 1)
        # The colours are corrected already; a second time would put out what is dim.
        self._write(_LED_GAMMIFY, 0)
        with self._reached() as control:
            _send(control, _LED_EFFECT, bytes((_RING,)))
            self._ring_is_ours = True

    def _read(self, command: Command, tries: int = 0) -> bytes:
        for left in reversed(range(tries or self._tries)):
            with self._reached() as control:
                number = _READS | command.number
                untrusted_answer = control.read(0, number, command.resource, command.size + 1)
            status = untrusted_answer[0]
            if status == _OK:
                return untrusted_answer[1:]
            if status != _BUSY:
                what = f"the XVF3800 answered {command.name} with status {status}"
                raise UsbError(what, "its firmware may be of another kind; unplug it and plug it in again")
            if left:
                self._wait(_PAUSE)
        raise UsbError(f"the XVF3800 is too busy for {command.name}", "unplug it and plug it in again")

    def _write(self, command: Command, *values: int) -> None:
        with self._reached() as control:
            _send(control, command, bytes(values))

    @contextmanager
    def _reached(self, *, urgent: bool = False) -> Iterator[Control]:
        """The board for one transfer, after the mute if it may have forgotten that."""
        with self._turns.turn(urgent=urgent):
            try:
                if self._was_away:
                    self._remind()
                yield self._control
            except UsbGone:
                self._was_away = True
                self._ring_is_ours = False
                raise

    def _remind(self) -> None:
        if self._wants_mute:
            _send(self._control, _GPO_WRITE_VALUE, bytes((_MUTE_PIN, 1)))
            _log.warning("the XVF3800 was away and forgets its mute; it is set again")
        self._was_away = False


def open_xvf3800(control: Control | None = None, serial: str | None = None) -> Xvf3800:
    """The board that is plugged in, or the one behind `control`.

    Raises UsbError without it, with two of them, and for firmware before 2.0.10.
    """
    board = Xvf3800(control or open_control(VENDOR, PRODUCT, serial))
    version = board.version()
    if version < OLDEST:
        board.close()
        has, needs = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
        hint = f"update it to {needs} or later with dfu-util, as the vendor's dfu_guide.md says"
        raise UsbError(f"the XVF3800 has firmware {has}", hint)
    return board


def _send(control: Control, command: Command, payload: bytes) -> None:
    control.write(0, command.number, command.resource, payload)
