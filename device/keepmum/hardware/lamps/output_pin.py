"""One pin that the ring drives: its power, its clock or its data."""

from __future__ import annotations

from gpiozero import Factory, OutputDevice

from keepmum.errors import RingError
from keepmum.hardware.pins import failures, lgpio_factory, told_as


class OutputPin:
    """Low until it is set. Raises RingError."""

    def __init__(self, number: int, use: str, factory: Factory | None = None) -> None:
        """Take GPIO `number` for the ring's `use` (a word for the error), from lgpio's pins unless others are given."""
        self._fails = f"cannot drive the ring's {use}"
        self._number = number
        hint = f"`pinctrl` lists the pins; hardware.ring.{use}_pin is a BCM number"
        with told_as(RingError, number, self._fails, hint):
            self._device = OutputDevice(number, initial_value=False, pin_factory=factory or lgpio_factory())
            self._pin = self._device.pin

    def set(self, high: bool) -> None:
        """Drive the pin itself, past gpiozero's device: a picture is hundreds of these."""
        try:
            self._pin.state = high
        except failures() as error:
            raise RingError(f"GPIO{self._number} {self._fails}: {error}", "open the hardware again") from error

    def close(self) -> None:
        """Let the pin float. Closing twice is allowed."""
        self._device.close()
