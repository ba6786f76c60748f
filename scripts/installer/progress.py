"""Shows one line for each step with its time, and a bar while something long is fetched."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_NAME = 11
_BAR = 20


class Progress:
    """Tells people how far it is. On anything but a terminal it prints whole lines only."""

    def __init__(self, to: TextIO = sys.stdout, clock: Callable[[], float] = time.monotonic) -> None:
        self._to = to
        self._clock = clock
        self._live = to.isatty()
        self._name = ""
        self._began = clock()

    @property
    def took(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._began

    @contextmanager
    def step(self, name: str, what: str) -> Iterator[None]:
        """One step: its name and what it does, and when it is done how long that took."""
        began, self._name = self._clock(), name
        if not self._live:
            self.line(f"{name:<{_NAME}} {what}")
        else:
            self._draw(what)
        yield
        took = f"{self._clock() - began:.1f} s"
        self.line(f"{name:<{_NAME}} {what}: {took}" if self._live else f"{name:<{_NAME}} done: {took}")

    def at(self, part: float, what: str) -> None:
        """How much of a step is done, 0 to 1, and what it is at."""
        if self._live:
            full = round(_BAR * min(max(part, 0.0), 1.0))
            self._draw(f"[{'#' * full}{'.' * (_BAR - full)}] {what}")

    def line(self, text: str) -> None:
        """A line that stays."""
        clear = "\r\x1b[K" if self._live else ""
        print(f"{clear}install: {text}", file=self._to, flush=True)

    def _draw(self, text: str) -> None:
        width = shutil.get_terminal_size((80, 24)).columns - 1
        print(f"\r\x1b[K{f'install: {self._name:<{_NAME}} {text}'[:width]}", end="", file=self._to, flush=True)
