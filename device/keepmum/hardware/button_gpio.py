"""A real button on a GPIO pin: its edges, as fast as they come, and its level, read from the pin itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gpiozero import Factory, InputDevice

from keepmum.errors import ButtonError
from keepmum.hardware.bouncing import Bouncing, Contacts, Pulses
from keepmum.hardware.pins import lgpio_factory, told_as
from keepmum.settings_hardware import ButtonSettings

_log = logging.getLogger(__name__)

PULSED = 0.1
"""Seconds of bounce time from which on the line counts as one that something else pulses. No contacts bounce so long;
the codec of ReSpeaker 2-Mics v1 pulls its line down for up to 10 ms while sound plays."""

_OPENING = "`pinctrl` lists the pins; hardware.button.pin is a BCM number"
_READING = "look at the button's cable, and start keepmum again"


class GpioButton:
    """One pin, push button or switch: both are levels, and what they mean is decided elsewhere.

    Latency of a press: below `PULSED` the first edge is told at once, from the factory's thread, and further ones at
    most once per `bounce_seconds`. From `PULSED` on no edge is told; `is_down` follows `bounce_seconds` after the
    line has become stable, and whoever polls it adds the time between two polls.
    """

    def __init__(self, settings: ButtonSettings, factory: Factory | None = None) -> None:
        """`factory` is lgpio's unless another is given. Raises ButtonError without one, or without such a free pin."""
        self._pin = settings.pin
        self._up = settings.pull_up
        self._changed: Callable[[bool], None] | None = None
        self._turn = threading.Lock()
        with told_as(ButtonError, self._pin, "cannot be a button", _OPENING):
            self._factory = factory or lgpio_factory()
            self._line = InputDevice(settings.pin, pull_up=settings.pull_up, pin_factory=self._factory)
        self._start = self._factory.ticks()
        self._bouncing: Bouncing = Contacts(settings.bounce_seconds)
        try:
            if settings.bounce_seconds >= PULSED:
                self._bouncing = Pulses(settings.bounce_seconds, self._read())
            self._listen()
        except ButtonError:
            self._line.close()
            raise

    def watch(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed

    def is_down(self) -> bool:
        down = self._read()
        with self._turn:
            return self._bouncing.level(down, self._seconds(self._factory.ticks()))

    def close(self) -> None:
        self._changed = None
        with told_as(ButtonError, self._pin, "cannot be let go", _READING):
            self._line.close()

    def _read(self) -> bool:
        with told_as(ButtonError, self._pin, "cannot be read", _READING):
            return bool(self._line.is_active)

    def _listen(self) -> None:
        with told_as(ButtonError, self._pin, "gives no edges", _OPENING):
            # A pin that was a button before still has that one's watcher, and gpiozero would not ask for edges again.
            self._line.pin.when_changed = None
            # lgpio's own bounce time would keep back every edge until the level is stable, for ever if it never is.
            self._line.pin.bounce = None
            self._line.pin.edges = "both"
            self._line.pin.when_changed = self._edge

    def _edge(self, ticks: float, state: bool) -> None:
        try:
            down = bool(state) is not self._up
            with self._turn:
                worth_telling = self._bouncing.edge(down, self._seconds(ticks))
            changed = self._changed
            if worth_telling and changed is not None:
                changed(down)
        except Exception:  # noqa: BLE001 - lgpio has one thread for all edges: an error in it leaves every button dead
            _log.exception("the button's edge could not be passed on")

    def _seconds(self, ticks: float) -> float:
        return float(self._factory.ticks_diff(ticks, self._start))
