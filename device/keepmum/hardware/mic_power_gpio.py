"""A GPIO pin that switches the microphones' supply, and another that sees the supply itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gpiozero import Factory, InputDevice, OutputDevice

from keepmum.errors import MicPowerError
from keepmum.hardware.pins import lgpio_factory, told_as
from keepmum.settings_hardware import MicPowerSettings

PULLED_UP = range(9)
"""GPIO0-8 are pulled up until Linux runs, all others of the header down (BCM2835 ARM Peripherals, table 6-31)."""

_OPENING = "`pinctrl` lists the pins; those of hardware.mic_power are BCM numbers"
_USING = "microphones count as on: look at the switch's cables, and start keepmum again"


class GpioMicPower:
    """Wiring rule: **a line that floats is off.** A resistor must hold the switch off while nobody drives the line.

    `on_high: false` is for a switch that inverts (a P-FET at the pin) and is still off when the line floats, because
    its resistor pulls up; one that is on then must not be used. A pin whose own pull at power-up would switch the
    microphones on is refused. A killed process cannot switch off: a Pi's kernel keeps the last level, unless
    `dtparam=strict_gpiod` lets the line float.

    The read-back is pulled up, so that a loose cable reads as on; what holds the cut supply low must be stronger
    (10 kilohms to ground are).
    """

    def __init__(
        self,
        settings: MicPowerSettings,
        factory: Factory | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Off to begin with. `factory` is lgpio's unless another is given; `pause` waits for so many seconds.

        An inverting switch is on for some microseconds here: gpiozero makes an output of a line before it sets it.
        Raises MicPowerError without such free pins, and for a pin that is on before Linux runs.
        """
        assert settings.pin is not None, "the settings see to it"
        self._pin, self._readback_pin = settings.pin, settings.readback_pin
        self._off_pull = "down" if settings.on_high else "up"
        self._settle, self._pause = settings.settle, pause
        self._turn = threading.Lock()
        self._closed = False
        _refuse_pull(settings.pin, settings.on_high)
        with told_as(MicPowerError, self._pin, "cannot be the microphones' switch", _OPENING):
            factory = factory or lgpio_factory()
            self._line = OutputDevice(self._pin, active_high=settings.on_high, pin_factory=factory)
        try:
            self._readback = None if self._readback_pin is None else _open_readback(self._readback_pin, factory)
        except MicPowerError:
            self._readback = None
            self.close()
            raise

    def on(self) -> None:
        with self._turn:
            self._write(on=True)
        self._pause(self._settle)
        if self._told_off():
            raise MicPowerError(f"GPIO{self._pin} was switched off again before the microphones worked", "try again")
        if self._seen_off():
            self.off()
            what = f"GPIO{self._pin} is on, but GPIO{self._readback_pin} sees no supply"
            raise MicPowerError(what, "is the switch connected, and hardware.mic_power.settle long enough?")

    def off(self) -> None:
        with self._turn:
            if not self._closed:
                self._write(on=False)

    def is_off(self) -> bool:
        """Whether the line has the level for off, and the supply, where it is seen, is low too."""
        told = self._told_off()
        return told and (self._readback is None or self._seen_off())

    def close(self) -> None:
        with self._turn:
            if self._closed:
                return
            self._closed = True
            try:
                self._write(on=False)
            finally:
                self._let_go()

    def _write(self, *, on: bool) -> None:
        with told_as(MicPowerError, self._pin, "cannot be set", _USING):
            self._line.value = on

    def _told_off(self) -> bool:
        with told_as(MicPowerError, self._pin, "cannot be read", _USING):
            return not self._line.value

    def _seen_off(self) -> bool:
        """False where nobody sees the supply."""
        if self._readback is None or self._readback_pin is None:
            return False
        with told_as(MicPowerError, self._readback_pin, "cannot be read", _USING):
            # It is pulled up, so gpiozero calls the low level active.
            return bool(self._readback.is_active)

    def _let_go(self) -> None:
        pin = self._line.pin
        with told_as(MicPowerError, self._pin, "cannot be let go", _USING):
            self._line.close()
            # gpiozero leaves an input that floats. The pin's own pull helps a resistor that is missing.
            pin.pull = self._off_pull
            if self._readback is not None:
                self._readback.close()


def _open_readback(pin: int, factory: Factory) -> InputDevice:
    with told_as(MicPowerError, pin, "cannot see the microphones' supply", _OPENING):
        return InputDevice(pin, pull_up=True, pin_factory=factory)


def _refuse_pull(pin: int, on_high: bool) -> None:
    pulled_up = pin in PULLED_UP
    if pulled_up == on_high:
        way, choice = (
            ("up", "one from GPIO9 on") if pulled_up else ("down", "one of GPIO4-8, or a switch that is on when high")
        )
        what = f"GPIO{pin} is pulled {way} until Linux runs, which would switch the microphones on"
        raise MicPowerError(what, f"connect the switch to {choice}")
