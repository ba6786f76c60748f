"""APA102 lamps on SPI, on a bus that remembers, and every way in which it can fail."""

from __future__ import annotations

import errno
import logging
import os
import sys
from typing import Any

import pytest

from keepmum.errors import RingError
from keepmum.hardware.lamps.apa102 import encode
from keepmum.hardware.lamps.strip_spi import SpiStrip
from keepmum.settings_hardware import RingSettings

SETTINGS = RingSettings(driver="apa102", lamps=3, bus=0, device=1)
COLOURS = [(79, 43, 0), (0, 0, 0), (1, 2, 3)]
DARK = encode([(0, 0, 0)] * 3)


class RecordedBus:
    """What spidev's SpiDev is to keepmum: it remembers, and fails with the error that it is told to."""

    def __init__(self, fails_to_open: int = 0) -> None:
        self.max_speed_hz = 125_000_000
        self.mode = 3
        self.sent: list[bytes] = []
        self.opened: list[tuple[int, int]] = []
        self.fails = 0
        self.closed = 0
        self._fails_to_open = fails_to_open

    def open(self, bus: int, device: int) -> None:
        if self._fails_to_open:
            raise OSError(self._fails_to_open, os.strerror(self._fails_to_open))
        self.opened.append((bus, device))

    def writebytes2(self, data: bytes) -> None:
        if self.fails:
            raise OSError(self.fails, os.strerror(self.fails))
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed += 1


def test_colours() -> None:
    """The bus that the settings name gets the encoded picture, in mode 0 at a speed that lamps take."""
    bus = RecordedBus()
    SpiStrip(SETTINGS, lambda: bus).write(COLOURS)
    assert bus.opened == [(0, 1)]
    assert (bus.mode, 1_000_000 <= bus.max_speed_hz <= 8_000_000) == (0, True)
    assert bus.sent == [encode(COLOURS)]


@pytest.mark.parametrize(
    ("number", "what", "hint"),
    [
        (errno.ENOENT, r"/dev/spidev0\.1 is not there: SPI is off", "dtparam=spi=on"),
        (errno.EACCES, r"/dev/spidev0\.1 may not be opened", "usermod -aG spi"),
        (errno.EBUSY, r"/dev/spidev0\.1 cannot be opened: .*busy", "fuser"),
    ],
)
def test_no_bus(number: int, what: str, hint: str) -> None:
    """SPI that is off, a user without the right, a bus that something else has: each says what to do."""
    bus = RecordedBus(fails_to_open=number)
    with pytest.raises(RingError, match=what) as caught:
        SpiStrip(SETTINGS, lambda: bus)
    assert hint in caught.value.hint
    assert bus.closed == 1


def test_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without spidev the error names the package, and that .venv has to see it; nothing else is tried."""
    monkeypatch.setitem(sys.modules, "spidev", None)
    with pytest.raises(RingError, match="spidev is missing") as caught:
        SpiStrip(SETTINGS)
    assert "python3-spidev" in caught.value.hint
    assert "--system-site-packages" in caught.value.hint


def test_stops_taking_data() -> None:
    """A bus that fails in the middle is an error for each picture, and works again when it does."""
    bus = RecordedBus()
    strip = SpiStrip(SETTINGS, lambda: bus)
    strip.write(COLOURS)
    bus.fails = errno.EIO
    with pytest.raises(RingError, match=r"/dev/spidev0\.1 takes no more data: Input/output error"):
        strip.write(COLOURS)
    bus.fails = 0
    strip.write(COLOURS[::-1])
    assert bus.sent == [encode(COLOURS), encode(COLOURS[::-1])]


def test_dark_on_close() -> None:
    """Closing shows darkness and lets go; a second time does nothing; a closed strip takes no picture."""
    bus = RecordedBus()
    strip = SpiStrip(SETTINGS, lambda: bus)
    strip.write(COLOURS)
    strip.close()
    strip.close()
    assert (bus.sent[-1], len(bus.sent), bus.closed) == (DARK, 2, 1)
    with pytest.raises(RingError, match="closed"):
        strip.write(COLOURS)


def test_close_of_a_dead_bus(caplog: pytest.LogCaptureFixture) -> None:
    """A bus that does not take the darkness is let go of all the same, and the log says that the colour stayed."""
    bus = RecordedBus()
    strip = SpiStrip(SETTINGS, lambda: bus)
    bus.fails = errno.EIO
    with caplog.at_level(logging.WARNING):
        strip.close()
    assert bus.closed == 1
    assert "keeps its last colour" in caplog.text


def test_power(pins: Any) -> None:
    """The pin that feeds the lamps is high before the first picture, and low and free after the last."""
    levels: list[bool] = []

    class Watching(RecordedBus):
        def writebytes2(self, data: bytes) -> None:
            levels.append(bool(pins.pin(5).state))

    strip = SpiStrip(SETTINGS.model_copy(update={"power_pin": 5}), Watching, pins)
    strip.write(COLOURS)
    strip.close()
    assert levels == [True, True]
    assert pins.edges == [("GPIO5", True), ("GPIO5", False)]
    assert pins.pin(5).function == "input"


def test_power_without_a_bus(pins: Any) -> None:
    """Where there is no bus, the lamps are not left with power, and the pin is free again."""
    powered = SETTINGS.model_copy(update={"power_pin": 5})
    with pytest.raises(RingError, match="is not there"):
        SpiStrip(powered, lambda: RecordedBus(fails_to_open=errno.ENOENT), pins)
    assert pins.edges == [("GPIO5", True), ("GPIO5", False)]
    SpiStrip(powered, RecordedBus, pins).close()


def test_no_power_pin(pins: Any) -> None:
    """A power pin that is in use, or that the board has not, is named; no bus is opened for lamps without power."""
    bus = RecordedBus()
    other = SpiStrip(SETTINGS.model_copy(update={"power_pin": 5}), RecordedBus, pins)
    with pytest.raises(RingError, match="GPIO5 is in use"):
        SpiStrip(SETTINGS.model_copy(update={"power_pin": 5}), lambda: bus, pins)
    with pytest.raises(RingError, match="GPIO40 cannot drive the ring's power") as caught:
        SpiStrip(SETTINGS.model_copy(update={"power_pin": 40}), lambda: bus, pins)
    assert "hardware.ring.power_pin" in caught.value.hint
    assert bus.opened == []
    other.close()
