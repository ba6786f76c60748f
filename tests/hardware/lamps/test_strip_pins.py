"""APA102 lamps on two ordinary pins, read back edge by edge as the lamps read them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepmum.errors import RingError
from keepmum.hardware.lamps.apa102 import encode
from keepmum.hardware.lamps.strip_pins import PinStrip
from keepmum.settings_hardware import RingSettings

BONNET = RingSettings(driver="apa102", lamps=3, data_pin=5, clock_pin=6)
COLOURS = [(79, 43, 0), (0, 0, 0), (170, 85, 255)]
DARK = encode([(0, 0, 0)] * 3)

levels = st.integers(0, 255)
three = st.lists(st.tuples(levels, levels, levels), min_size=3, max_size=3)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(colours=three)
def test_colours(pins: Any, colours: list[tuple[int, int, int]]) -> None:
    """Any picture is clocked out whole, highest bit first, with the data line still while the clock is high."""
    strip = PinStrip(BONNET, pins)
    pins.edges.clear()
    strip.write(colours)
    assert pins.clocked_out("GPIO5", "GPIO6") == encode(colours)
    clock = False
    for name, level in pins.edges:
        clock = level if name == "GPIO6" else clock
        assert name == "GPIO6" or not clock
    assert not clock
    strip.close()


def test_two_pictures(pins: Any) -> None:
    """The second picture does not depend on the level in which the first one left the data line."""
    strip = PinStrip(BONNET, pins)
    strip.write(COLOURS)
    strip.write(COLOURS[::-1])
    assert pins.clocked_out("GPIO5", "GPIO6") == encode(COLOURS) + encode(COLOURS[::-1])


@pytest.mark.parametrize("after", [0, 70, 71, 72, 73])
def test_stops_in_the_middle(pins: Any, after: int) -> None:
    """A pin that fails within a picture is an error, and the next picture is whole whatever level was left."""
    strip = PinStrip(BONNET, pins)
    pins.edges.clear()
    pins.breaks_after = after
    with pytest.raises(RingError, match=r"GPIO[56] cannot drive the ring's (data|clock): bad handle"):
        strip.write(COLOURS)
    pins.breaks_after = None
    pins.edges.clear()
    strip.write(COLOURS)
    assert pins.clocked_out("GPIO5", "GPIO6") == encode(COLOURS)


def test_dark_on_close(pins: Any) -> None:
    """Closing shows darkness and frees both pins; a second time does nothing; a closed strip takes no picture."""
    strip = PinStrip(BONNET, pins)
    strip.write(COLOURS)
    pins.edges.clear()
    strip.close()
    strip.close()
    assert pins.clocked_out("GPIO5", "GPIO6") == DARK
    assert [pins.pin(number).function for number in (5, 6)] == ["input", "input"]
    with pytest.raises(RingError, match="closed"):
        strip.write(COLOURS)
    PinStrip(BONNET, pins).close()


def test_close_of_dead_pins(pins: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Pins that no longer move are let go of all the same, and the log says that the colour stayed."""
    strip = PinStrip(BONNET, pins)
    strip.write(COLOURS)
    pins.breaks_after = 0
    with caplog.at_level(logging.WARNING):
        strip.close()
    assert "keeps its last colour" in caplog.text


def test_power(pins: Any) -> None:
    """The power pin is high before anything is clocked and low after the darkness."""
    strip = PinStrip(BONNET.model_copy(update={"power_pin": 22}), pins)
    strip.close()
    assert (pins.edges[0], pins.edges[-1]) == (("GPIO22", True), ("GPIO22", False))


@pytest.mark.parametrize("taken", [5, 6, 22])
def test_pin_in_use(pins: Any, taken: int) -> None:
    """A pin that another part of keepmum has is named, and the other pins are free again."""
    other = PinStrip(RingSettings(driver="apa102", data_pin=taken, clock_pin=12), pins)
    powered = BONNET.model_copy(update={"power_pin": 22})
    with pytest.raises(RingError, match=f"GPIO{taken} is in use") as caught:
        PinStrip(powered, pins)
    other.close()
    PinStrip(powered, pins).close()
    assert caught.value.hint  # the error was alive until here, and with it whatever was not let go of


@pytest.mark.parametrize(
    ("said", "told"), [("GPIO busy", "GPIO5 is in use by "), ("bad handle", "GPIO5 cannot drive the ring's data: bad")]
)
def test_taken_by_another_program(pins: Any, said: str, told: str) -> None:
    """A line that the kernel or another program has, or that cannot be driven, is an error with its number."""
    pins.pin(5)._state = True
    pins.breaks_after, pins.breaks_with = 0, said
    with pytest.raises(RingError, match=told) as caught:
        PinStrip(BONNET, pins)
    assert caught.value.hint


@pytest.mark.skipif(Path("/proc/device-tree/model").exists(), reason="this machine is a board and may have pins")
def test_no_pins() -> None:
    """On a machine without pins the error is the ring's, and says what to do."""
    with pytest.raises(RingError, match=r"no GPIO pins|lgpio is missing") as caught:
        PinStrip(BONNET)
    assert caught.value.hint
