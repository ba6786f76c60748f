"""What strips on wires have in common: power before the first picture, and darkness after the last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from keepmum.errors import RingError
from keepmum.hardware.lamps import Rgb
from keepmum.settings_hardware import RingSettings

if TYPE_CHECKING:
    from gpiozero import Factory

    from keepmum.hardware.lamps.output_pin import OutputPin

_log = logging.getLogger(__name__)


class Line(Protocol):
    """Where a picture's bytes go. Raises RingError."""

    def send(self, picture: bytes) -> None:
        """All of them, or an error."""
        ...

    def close(self) -> None:
        """Let go of the hardware."""
        ...


class WiredStrip:
    """A strip that is an encoding and a line, and perhaps a pin that gives it power."""

    def __init__(
        self,
        settings: RingSettings,
        encode: Callable[[Sequence[Rgb]], bytes],
        open_line: Callable[[], Line],
        factory: Factory | None,
    ) -> None:
        self._dark = encode([(0, 0, 0)] * settings.lamps)
        self._encode = encode
        self._power = _power(settings.power_pin, factory)
        try:
            self._line: Line | None = open_line()
        except RingError:
            self._cut_power()
            raise

    def write(self, lamps: Sequence[Rgb]) -> None:
        """Show these colours, the first lamp first; as many as the settings say."""
        if self._line is None:
            raise RingError("the ring's strip is closed", "open the hardware again")
        self._line.send(self._encode(lamps))

    def close(self) -> None:
        """Go dark and let go, also of a strip that takes no more data. Closing twice is allowed."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            line.send(self._dark)
        except RingError as error:
            _log.warning("the ring keeps its last colour: %s", error.what)
        line.close()
        self._cut_power()

    def _cut_power(self) -> None:
        if self._power is None:
            return
        try:
            self._power.set(False)
        except RingError as error:
            _log.warning("the ring keeps its power: %s", error.what)
        self._power.close()


def _power(pin: int | None, factory: Factory | None) -> OutputPin | None:
    """The pin that feeds the lamps, already high."""
    if pin is None:
        return None
    from keepmum.hardware.lamps.output_pin import OutputPin

    power = OutputPin(pin, "power", factory)
    power.set(True)
    return power
