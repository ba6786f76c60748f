"""The two boards behind USB, without USB: they speak the firmware's side of the protocol.

`Xvf3800(SimulatedXvf3800())` is a board that works. The protocol's numbers are written down here a second time, on
purpose: a wrong one in the driver then meets a board that knows better.
"""

from __future__ import annotations

import errno
import struct

from keepmum.hardware.lamps import Rgb
from keepmum.hardware.usb.nodes import Wanted
from keepmum.hardware.usb.simulated_pipe import Fault, SimulatedPipe, Transfer, failure

__all__ = ["Fault", "SimulatedUsb4Mic", "SimulatedXvf3800", "Transfer"]

_XVF3800_COMMANDS = {
    # (wIndex, wValue): name
    (48, 0x80): "VERSION",
    (48, 7): "REBOOT",
    (20, 0x80): "GPO_READ_VALUES",
    (20, 1): "GPO_WRITE_VALUE",
    (20, 12): "LED_EFFECT",
    (20, 13): "LED_BRIGHTNESS",
    (20, 14): "LED_GAMMIFY",
    (20, 19): "LED_RING_COLOR",
    (20, 0x92): "DOA_VALUE",
}
_SIZES = {
    "LED_EFFECT": 1,
    "LED_BRIGHTNESS": 1,
    "LED_GAMMIFY": 1,
    "LED_RING_COLOR": 48,
    "GPO_WRITE_VALUE": 2,
    "REBOOT": 1,
}
_PINS_AT_START = {11: 0, 30: 0, 31: 0, 33: 1, 39: 0}
"""In the order in which GPO_READ_VALUES tells them, with the levels of the vendor's example."""


class SimulatedXvf3800(SimulatedPipe):
    """A reSpeaker XVF3800 with its mute button. Firmware 2.1.0 unless told otherwise."""

    def __init__(self, firmware: tuple[int, int, int] = (2, 1, 0)) -> None:
        super().__init__(Wanted(0x2886, 0x001A), _XVF3800_COMMANDS, status_bytes=1)
        self.firmware = firmware
        self.busy = 0
        """So many of the next answers will be "ask again" (status 64)."""
        self.direction = (0, False)
        """Degrees, and whether somebody speaks."""
        self._start()

    @property
    def muted(self) -> bool:
        """Whether X0D30 is high."""
        return self.pins[30] == 1

    @property
    def lamps(self) -> list[Rgb] | None:
        """What the twelve lamps show; None while they play an effect of the board's own."""
        if not self.pins[33] or self.effect == 0:
            return [(0, 0, 0)] * 12
        return list(self._colours) if self.effect == 5 else None

    def press_mute_button(self) -> None:
        """The button on the board: the firmware turns the pin over by itself and tells nobody."""
        self.pins[30] ^= 1

    def reset(self) -> None:
        """Start again, as after REBOOT or a hiccup of the power: on the bus it is a new device."""
        self.plug()

    def _start(self) -> None:
        self.pins = dict(_PINS_AT_START)
        self.effect, self.brightness, self.gamma = 4, 255, 1
        self._colours: list[Rgb] = [(0, 0, 0)] * 12

    def _take(self, name: str, data: bytes) -> None:
        if len(data) != _SIZES.get(name):
            raise failure(errno.EPIPE)
        match name:
            case "GPO_WRITE_VALUE" if data[0] in self.pins:
                self.pins[data[0]] = int(data[1] > 0)
            case "LED_EFFECT":
                self.effect = data[0]
            case "LED_BRIGHTNESS":
                self.brightness = data[0]
            case "LED_GAMMIFY":
                self.gamma = data[0]
            case "LED_RING_COLOR":
                words = struct.unpack("<12I", data)
                self._colours = [(word >> 16 & 255, word >> 8 & 255, word & 255) for word in words]
            case "REBOOT":
                self.reset()
            case _:
                raise failure(errno.EPIPE)

    def _tell(self, name: str) -> bytes:
        answers = {
            "VERSION": bytes(self.firmware),
            "GPO_READ_VALUES": bytes(self.pins.values()),
            "DOA_VALUE": struct.pack("<HH", *self.direction),
        }
        if name not in answers:
            raise failure(errno.EPIPE)
        if self.busy:
            self.busy -= 1
            return b"\x40" + bytes(len(answers[name]))
        return b"\x00" + answers[name]


_USB4MIC_COMMANDS = {
    (0x1C, 0): "TRACE",
    (0x1C, 6): "SHOW",
    (0x1C, 0x20): "BRIGHTNESS",
    (21, 0xC0): "DOAANGLE",
    (19, 0xE0): "VOICEACTIVITY",
}


class SimulatedUsb4Mic(SimulatedPipe):
    """A ReSpeaker USB Mic Array v2.0."""

    def __init__(self) -> None:
        super().__init__(Wanted(0x2886, 0x0018), _USB4MIC_COMMANDS, status_bytes=0)
        self.direction = (0, False)
        """Degrees, and whether there is a voice."""
        self._start()

    @property
    def lamps(self) -> list[Rgb] | None:
        """What the twelve lamps are told to show; None while they follow the voice by themselves."""
        return self._colours

    def _start(self) -> None:
        self.brightness = 8
        self._colours: list[Rgb] | None = None

    def _take(self, name: str, data: bytes) -> None:
        match name:
            case "SHOW" if len(data) == 48:
                self._colours = [(data[at], data[at + 1], data[at + 2]) for at in range(0, 48, 4)]
            case "BRIGHTNESS" if len(data) == 1 and data[0] <= 31:
                self.brightness = data[0]
            case "TRACE":
                self._colours = None
            case _:
                raise failure(errno.EPIPE)

    def _tell(self, name: str) -> bytes:
        answers = {"DOAANGLE": self.direction[0], "VOICEACTIVITY": int(self.direction[1])}
        if name not in answers:
            raise failure(errno.EPIPE)
        return struct.pack("<ii", answers[name], 0)
