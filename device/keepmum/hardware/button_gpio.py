"""A real button on a GPIO pin. The pin factory is named here, so gpiozero never falls back to another one."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable

from gpiozero import Button, Factory
from gpiozero.exc import GPIOPinInUse, GPIOZeroError, PinError

from keepmum.errors import ButtonError
from keepmum.settings_hardware import ButtonSettings

_log = logging.getLogger(__name__)


class GpioButton:
    """One pin. Edges come from the factory's thread, and late if the pin bounces; `is_down` reads the pin itself."""

    def __init__(self, settings: ButtonSettings, factory: Factory | None = None) -> None:
        """`factory` is lgpio's unless another is given. Raises ButtonError without one, or without such a free pin."""
        self._pin = settings.pin
        self._changed: Callable[[bool], None] | None = None
        try:
            self._button = Button(
                settings.pin,
                pull_up=settings.pull_up,
                bounce_time=settings.bounce_seconds or None,
                pin_factory=factory or lgpio_factory(),
            )
        except GPIOPinInUse as error:
            raise ButtonError(f"GPIO{settings.pin} is in use", "give the button another pin") from error
        except (PinError, GPIOZeroError) as error:
            hint = "`pinctrl` lists the pins; hardware.button.pin is a BCM number"
            raise ButtonError(f"GPIO{settings.pin} cannot be a button: {error}", hint) from error
        self._button.when_pressed = lambda: self._tell(True)
        self._button.when_released = lambda: self._tell(False)

    def watch(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed

    def is_down(self) -> bool:
        try:
            return bool(self._button.is_pressed)
        except (GPIOZeroError, OSError) as error:
            raise ButtonError(f"GPIO{self._pin} cannot be read: {error}", "open the hardware again") from error

    def close(self) -> None:
        self._changed = None
        self._button.close()

    def _tell(self, down: bool) -> None:
        changed = self._changed
        if changed is None:
            return
        try:
            changed(down)
        except Exception:  # noqa: BLE001 - lgpio has one thread for all edges: an error in it leaves every button dead
            _log.exception("the button's edge could not be passed on")


def lgpio_factory() -> Factory:
    """lgpio's pins; raises ButtonError where there are none."""
    try:
        # At import, lgpio makes a FIFO in the current folder, fails if it may not, and keeps the FIFO open: the
        # folder is only needed while it does.
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            from gpiozero.pins.lgpio import LGPIOFactory
        return LGPIOFactory()
    except ImportError as error:
        raise ButtonError("lgpio is missing", "sudo apt install python3-lgpio, or pip install lgpio") from error
    except (GPIOZeroError, OSError) as error:
        raise ButtonError(f"this machine has no GPIO pins: {error}", "set hardware.button.driver: keyboard") from error
