"""One pin that the ring drives: its power, its clock or its data."""

from __future__ import annotations

from gpiozero import Factory, OutputDevice
from gpiozero.exc import GPIOPinInUse

from keepmum.errors import HardwareError, RingError


class OutputPin:
    """Low until it is set. Raises RingError."""

    def __init__(self, number: int, use: str, factory: Factory) -> None:
        """Take GPIO `number` for the ring's `use` (a word for the error)."""
        self._what = f"GPIO{number} cannot drive the ring's {use}"
        try:
            self._device = OutputDevice(number, initial_value=False, pin_factory=factory)
        except GPIOPinInUse as error:
            raise RingError(f"GPIO{number} is in use", f"give the ring's {use} another pin") from error
        except Exception as error:  # lgpio's own error is a bare Exception; to name it would be to import lgpio
            hint = f"`pinctrl` lists the pins; hardware.ring.{use}_pin is a BCM number"
            raise RingError(f"{self._what}: {error}", hint) from error

    def set(self, high: bool) -> None:
        """Drive the pin. It goes past gpiozero's device, which takes twice as long; a picture is hundreds of these."""
        try:
            self._device.pin.state = high
        except Exception as error:  # as above, and a closed device has no pin
            raise RingError(f"{self._what}: {error}", "open the hardware again") from error

    def close(self) -> None:
        """Let the pin float. Closing twice is allowed."""
        self._device.close()


def ring_pins(factory: Factory | None) -> Factory:
    """The pins of this board, lgpio's unless others are given."""
    if factory is not None:
        return factory
    from keepmum.hardware.pins import lgpio_factory

    try:
        return lgpio_factory()
    except HardwareError as error:
        raise RingError(error.what, error.hint) from error
