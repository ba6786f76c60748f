"""A real button's driver, on gpiozero's own pretended pins."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPin
from gpiozero.pins.pi import PiPin

from keepmum.errors import ButtonError
from keepmum.hardware.button_gpio import GpioButton
from keepmum.hardware.pins import lgpio_factory
from keepmum.settings_hardware import ButtonSettings

Told = list[tuple[float, bool]]


class TimedPin(MockPin):
    """A pretended pin whose edges carry the factory's time, as lgpio's do."""

    def _call_when_changed(self) -> None:
        PiPin._call_when_changed(self, self.factory.now, self._state)


class TimedFactory(MockFactory):  # type: ignore[misc]
    """Pretended pins that live in a time of their own, in seconds."""

    def __init__(self, pin_class: type[MockPin] = TimedPin) -> None:
        super().__init__(pin_class=pin_class)
        self.now = 1_000.0

    def ticks(self) -> float:
        return self.now


class HeldPin(TimedPin):
    """A pin that a finger holds down from before the program starts, whatever the pull says."""

    def _set_pull(self, value: str) -> None:
        self._pull = value
        self._change_state(False)


class LibraryError(Exception):
    """Like lgpio's own error: neither an OSError nor gpiozero's."""


@pytest.fixture
def factory() -> Iterator[TimedFactory]:
    """Pretended pins, all let go of afterwards."""
    factory = TimedFactory()
    yield factory
    factory.close()


def watched(button: GpioButton, factory: TimedFactory) -> Told:
    """What a button tells, with the moment of each."""
    told: Told = []
    button.watch(lambda down: told.append((factory.now, down)))
    return told


def push(factory: TimedFactory, down: bool, at: float) -> None:
    """Pull the pin of a button to ground, or let it go, so many seconds after the start."""
    factory.now = 1_000.0 + at
    (factory.pin(17).drive_low if down else factory.pin(17).drive_high)()


@pytest.mark.parametrize("kind", ["push", "switch"])
def test_edges(factory: TimedFactory, kind: str) -> None:
    """Going down and coming up arrive as edges at once, and the level is read from the pin; both kinds alike."""
    button = GpioButton(ButtonSettings(pin=17, kind=kind), factory)  # type: ignore[arg-type]
    told: list[tuple[bool, bool]] = []
    button.watch(lambda down: told.append((down, button.is_down())))
    assert not button.is_down()
    for number, down in enumerate([True, False, True]):
        push(factory, down, number)
    assert told == [(True, True), (False, False), (True, True)]


def test_pull_down(factory: TimedFactory) -> None:
    """A button that connects its pin to the supply is pressed when the pin is high."""
    button = GpioButton(ButtonSettings(pin=22, pull_up=False), factory)
    told = watched(button, factory)
    factory.pin(22).drive_high()
    assert (button.is_down(), told) == (True, [(1_000.0, True)])


@pytest.mark.parametrize("bounce_seconds", [0.03, 0.2])
def test_held_at_start(bounce_seconds: float) -> None:
    """A button that is down before anything starts gives no edge, but its level says so from the first look on."""
    factory = TimedFactory(HeldPin)
    button = GpioButton(ButtonSettings(pin=17, bounce_seconds=bounce_seconds), factory)
    told = watched(button, factory)
    assert (button.is_down(), told) == (True, [])
    factory.close()


def test_press_is_never_late(factory: TimedFactory) -> None:
    """The first edge of a press that bounces is told in the moment when it comes; the bounces are not."""
    button = GpioButton(ButtonSettings(pin=17, bounce_seconds=0.03), factory)
    told = watched(button, factory)
    for number in range(9):
        push(factory, number % 2 == 0, 1 + number * 0.002)
    assert told == [(1_001.0, True)]
    assert button.is_down()
    assert factory.pin(17).bounce is None


def test_chatter(factory: TimedFactory) -> None:
    """Bouncing at 1 kHz for three seconds is told at once, then at most once in each bounce time."""
    button = GpioButton(ButtonSettings(pin=17, bounce_seconds=0.03), factory)
    told = watched(button, factory)
    for half in range(6_000):
        push(factory, half % 2 == 0, half / 2_000)
    assert told[0] == (1_000.0, True)
    assert 90 < len(told) <= 101
    assert not button.is_down()


def test_codec_on_the_line(factory: TimedFactory) -> None:
    """Where a codec pulses the line, its pulses are neither edges nor presses, and a press counts once it is stable."""
    button = GpioButton(ButtonSettings(pin=17, bounce_seconds=0.2), factory)
    told = watched(button, factory)
    for number in range(50):
        push(factory, True, number / 10)
        assert not button.is_down()
        push(factory, False, number / 10 + 0.01)
    push(factory, True, 6)
    seen = []
    for look in range(4):
        factory.now = 1_006.02 + look / 10
        seen.append(button.is_down())
    assert (seen, told) == ([False, False, True, True], [])


def test_an_error_does_not_kill_the_thread(factory: TimedFactory, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails while an edge is passed on, the thread that brought it lives, and the next edge still arrives."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    told: list[bool] = []

    def fail_once(down: bool) -> None:
        told.append(down)
        if len(told) == 1:
            raise KeyError("listener")

    button.watch(fail_once)
    survived = []

    def bring_edges() -> None:
        push(factory, True, 1)
        push(factory, False, 2)
        survived.append(True)

    with caplog.at_level(logging.ERROR):
        thread = threading.Thread(target=bring_edges)
        thread.start()
        thread.join()
    assert (told, survived) == ([True, False], [True])
    assert "could not be passed on" in caplog.text


def test_strange_ticks_do_not_kill_the_thread(factory: TimedFactory, caplog: pytest.LogCaptureFixture) -> None:
    """An edge with a time that is none is logged, not raised."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    factory.now = None  # type: ignore[assignment]
    factory.pin(17).drive_low()
    assert "could not be passed on" in caplog.text
    assert button.close() is None


def test_unwatched(factory: TimedFactory) -> None:
    """An edge that nobody watches is harmless."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    push(factory, True, 1)
    assert button.is_down()


def test_pin_in_use(factory: TimedFactory) -> None:
    """A pin that another part has is refused by its number."""
    first = GpioButton(ButtonSettings(pin=17), factory)
    with pytest.raises(ButtonError, match="GPIO17 is in use") as caught:
        GpioButton(ButtonSettings(pin=17), factory)
    assert caught.value.hint
    assert not first.is_down()


def test_wrong_pin(factory: TimedFactory) -> None:
    """A pin that the board has not, or whose pull resistor cannot be set, is refused and stays free."""
    with pytest.raises(ButtonError, match="GPIO40 cannot be a button"):
        GpioButton(ButtonSettings(pin=40), factory)
    with pytest.raises(ButtonError, match=r"GPIO2 cannot be a button.*fixed pull"):
        GpioButton(ButtonSettings(pin=2, pull_up=False), factory)
    assert not GpioButton(ButtonSettings(pin=2), factory).is_down()


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded lgpio, as far as its error goes."""
    module = type(sys)("lgpio")
    module.error = LibraryError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", module)


class BusyPin(TimedPin):
    """A pin whose line the kernel has lent to somebody else."""

    def __init__(self, *there: Any) -> None:
        super().__init__(*there)
        raise LibraryError("'GPIO busy'")


class BrokenPin(TimedPin):
    """A pin that cannot be read once it is broken."""

    broken: Exception | None = None

    def _get_state(self) -> bool:
        if self.broken is not None:
            raise self.broken
        return bool(super()._get_state())


class DeafPin(TimedPin):
    """A pin that gives no edges."""

    def _enable_event_detect(self) -> None:
        raise LibraryError("'bad event request'")


@pytest.mark.usefixtures("lgpio")
def test_busy_pin() -> None:
    """A pin that another program or the kernel has is refused."""
    with pytest.raises(ButtonError, match="GPIO17 is in use by"):
        GpioButton(ButtonSettings(pin=17), TimedFactory(BusyPin))


@pytest.mark.usefixtures("lgpio")
def test_pin_without_edges() -> None:
    """A pin that gives no edges is no button, and is free again."""
    factory = TimedFactory(DeafPin)
    with pytest.raises(ButtonError, match="GPIO17 gives no edges: 'bad event request'") as caught:
        GpioButton(ButtonSettings(pin=17), factory)
    assert not factory._reservations[factory.pin(17).info]
    assert caught.value.hint


@pytest.mark.usefixtures("lgpio")
@pytest.mark.parametrize("cause", [LibraryError("'GPIO not allocated'"), OSError(5, "Input/output error")])
def test_read_fails(cause: Exception) -> None:
    """A level that cannot be read is an error, and never a level; it can be read again when it recovers."""
    factory = TimedFactory(BrokenPin)
    button = GpioButton(ButtonSettings(pin=17), factory)
    factory.pin(17).broken = cause
    with pytest.raises(ButtonError, match="GPIO17 cannot be read") as caught:
        button.is_down()
    assert caught.value.hint
    factory.pin(17).broken = None
    assert not button.is_down()


class KeepingPin(TimedPin):
    """A pin like lgpio's: closing it stops the edges but leaves the watcher where it was."""

    heard = 0

    def close(self) -> None:
        self.heard = 0
        self.function = "input"

    def _enable_event_detect(self) -> None:
        self.heard += 1

    def drive_low(self) -> None:
        if self.heard:
            super().drive_low()
        else:
            self._change_state(False)


def test_opened_again() -> None:
    """A pin that was a button before gives its edges to the new one, as it did to the old one."""
    factory = TimedFactory(KeepingPin)
    for opened in range(3):
        button = GpioButton(ButtonSettings(pin=17), factory)
        told = watched(button, factory)
        push(factory, True, opened)
        assert told == [(1_000.0 + opened, True)]
        button.close()
        gc.collect()


def test_closed(factory: TimedFactory) -> None:
    """A closed button lets go of its pin, tells nothing more and cannot be read."""
    button = GpioButton(ButtonSettings(pin=17), factory)
    told = watched(button, factory)
    button.close()
    button.close()
    push(factory, True, 1)
    assert factory.pin(17).function == "input"
    with pytest.raises(ButtonError, match="cannot be read"):
        button.is_down()
    push(factory, False, 2)
    assert GpioButton(ButtonSettings(pin=17), factory).is_down() is False
    assert told == []


@pytest.mark.skipif(bool(list(Path("/dev").glob("gpiochip*"))), reason="this machine has GPIO chips")
def test_no_pins_no_fallback() -> None:
    """On a machine without GPIO the error says so; no pin factory is tried, and no thread is left."""
    lgpio_factory.cache_clear()
    before = threading.active_count()
    with pytest.raises(ButtonError, match="no GPIO pins") as caught:
        GpioButton(ButtonSettings(pin=17))
    assert "keyboard" in caught.value.hint
    assert threading.active_count() == before
