"""A real button's driver, on gpiozero's own pretended pins."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from keepmum.errors import ButtonError
from keepmum.hardware.button_gpio import GpioButton
from keepmum.settings_hardware import ButtonSettings


class HeldPin(MockPin):
    """A pin that a finger holds down from before the program starts, whatever the pull says."""

    def _set_pull(self, value: str) -> None:
        self._pull = value
        self._change_state(False)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    """Pretended pins, all let go of afterwards."""
    factory = MockFactory()
    yield factory
    factory.close()


def test_edges(factory: MockFactory) -> None:
    """Pressing and releasing the pin arrive as edges, and the level is read from the pin."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    told: list[tuple[bool, bool]] = []
    button.watch(lambda down: told.append((down, button.is_down())))
    pin = factory.pin(17)
    assert not button.is_down()
    pin.drive_low()
    pin.drive_high()
    pin.drive_low()
    assert told == [(True, True), (False, False), (True, True)]


def test_pull_down(factory: MockFactory) -> None:
    """A button that connects its pin to the supply is pressed when the pin is high."""
    button = GpioButton(ButtonSettings(pin=22, pull_up=False), factory)
    factory.pin(22).drive_high()
    assert button.is_down()


def test_held_at_start() -> None:
    """A button that is down before anything starts gives no edge, but its level says so."""
    factory = MockFactory(pin_class=HeldPin)
    button = GpioButton(ButtonSettings(pin=17), factory)
    told: list[bool] = []
    button.watch(told.append)
    assert (button.is_down(), told) == (True, [])
    factory.close()


def test_an_error_does_not_kill_the_thread(factory: MockFactory, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails while an edge is passed on, the next edge still arrives, and the log says what happened."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    told: list[bool] = []

    def fail_once(down: bool) -> None:
        told.append(down)
        if len(told) == 1:
            raise KeyError("listener")

    button.watch(fail_once)
    pin = factory.pin(17)
    with caplog.at_level(logging.ERROR):
        pin.drive_low()
    pin.drive_high()
    assert told == [True, False]
    assert "could not be passed on" in caplog.text


def test_unwatched(factory: MockFactory) -> None:
    """An edge that nobody watches is harmless."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    factory.pin(17).drive_low()
    assert button.is_down()


def test_pin_in_use(factory: MockFactory) -> None:
    """A pin that another device has is refused by its number."""
    GpioButton(ButtonSettings(pin=17), factory)
    with pytest.raises(ButtonError, match="GPIO17 is in use"):
        GpioButton(ButtonSettings(pin=17), factory)


def test_wrong_pin(factory: MockFactory) -> None:
    """A pin that the board has not, or whose pull resistor cannot be set, is refused."""
    with pytest.raises(ButtonError, match="GPIO40 cannot be a button"):
        GpioButton(ButtonSettings(pin=40), factory)
    with pytest.raises(ButtonError, match=r"GPIO2 cannot be a button.*fixed pull"):
        GpioButton(ButtonSettings(pin=2, pull_up=False), factory)


def test_closed(factory: MockFactory) -> None:
    """A closed button lets go of its pin, tells nothing more and cannot be read."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    told: list[bool] = []
    button.watch(told.append)
    button.close()
    button.close()
    assert factory.pin(17).function == "input"
    with pytest.raises(ButtonError, match="cannot be read"):
        button.is_down()
    assert GpioButton(ButtonSettings(pin=17), factory).is_down() is False
    assert told == []


PROBE = """
import json, os, sys, threading
before = os.getcwd()
from keepmum.errors import ButtonError
from keepmum.hardware.button_gpio import lgpio_factory
try:
    found = type(lgpio_factory()).__name__
except ButtonError as error:
    found = f"{error.what} | {error.hint}"
alive = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
print(json.dumps([found, os.getcwd() == before, os.listdir(), len(alive)]))
"""


def test_lgpio_leaves_nothing_behind(tmp_path: Path) -> None:
    """Loading lgpio leaves no FIFO in the current folder and does not move the process."""
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True)
    found, stayed, left, _ = json.loads(done.stdout)
    assert (stayed, left) == (True, [])
    assert found == "LGPIOFactory" or "hint" not in found


@pytest.mark.skipif(Path("/proc/device-tree/model").exists(), reason="this machine is a board and may have pins")
def test_no_pins_no_fallback() -> None:
    """On a machine without GPIO the error says so; no other pin factory is tried."""
    before = threading.active_count()
    with pytest.raises(ButtonError, match=r"no GPIO pins|lgpio is missing") as caught:
        GpioButton(ButtonSettings(pin=17))
    assert caught.value.hint
    assert threading.active_count() <= before + 1
