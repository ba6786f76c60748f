"""APA102 lamps on two ordinary pins, as on the Adafruit Voice Bonnet, whose lamps hang on no SPI bus."""

from __future__ import annotations

from gpiozero import Factory

from keepmum.errors import RingError
from keepmum.hardware.lamps.apa102 import encode
from keepmum.hardware.lamps.output_pin import OutputPin
from keepmum.hardware.lamps.wired import WiredStrip
from keepmum.settings_hardware import RingSettings


class PinStrip(WiredStrip):
    """The clock and data lines made by hand. Three lamps are some 400 changes of a pin."""

    def __init__(self, settings: RingSettings, factory: Factory | None = None) -> None:
        """`factory` has the pins, lgpio's unless others are given. Raises RingError for a pin that cannot be had."""
        super().__init__(settings, encode, lambda: _PinLine(settings, factory), factory)


class _PinLine:
    def __init__(self, settings: RingSettings, factory: Factory | None) -> None:
        assert settings.data_pin is not None
        assert settings.clock_pin is not None
        self._data = OutputPin(settings.data_pin, "data", factory)
        try:
            self._clock = OutputPin(settings.clock_pin, "clock", factory)
        except RingError:
            self._data.close()
            raise

    def send(self, picture: bytes) -> None:
        """A lamp reads the data line when the clock rises; between pictures the clock rests low."""
        self._clock.set(False)  # a picture that was cut short may have left it high
        before: bool | None = None
        for byte in picture:
            for bit in range(7, -1, -1):
                level = bool(byte >> bit & 1)
                if level != before:
                    self._data.set(level)
                    before = level
                self._clock.set(True)
                self._clock.set(False)

    def close(self) -> None:
        self._data.close()
        self._clock.close()
