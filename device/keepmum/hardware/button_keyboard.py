"""A button on the keyboard: the space bar presses it, `h` holds it for three seconds.

A terminal tells when a key goes down but not when it comes up, so a key stands for a whole press or hold.
"""

from __future__ import annotations

import contextlib
import logging
import os
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from select import select
from threading import Thread
from typing import Any

from keepmum.errors import ButtonError

_log = logging.getLogger(__name__)

PRESS_SECONDS = 0.1
HOLD_SECONDS = 3.2
"""A little over the three seconds that confirm a proposal."""


class KeyboardButton:
    """Reads the controlling terminal in a thread of its own; `close` restores the terminal."""

    def __init__(
        self,
        terminal: Path = Path("/dev/tty"),
        press_seconds: float = PRESS_SECONDS,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        """Raises ButtonError where there is no terminal, or another program has it."""
        self._lengths = {b" ": press_seconds, b"h": hold_seconds, b"H": hold_seconds}
        self._changed: Callable[[bool], None] | None = None
        self._down = False
        self._hung_up = False
        self._terminal = _open(terminal)
        self._before = _take_keys(self._terminal, terminal)
        self._stopped, self._stop = os.pipe()
        self._thread: Thread | None = Thread(target=self._listen, name="keyboard", daemon=True)
        self._thread.start()

    def watch(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed

    def is_down(self) -> bool:
        """Whether a press or hold lasts. Nothing can be read from a terminal but keys, so this one is remembered.

        Raises ButtonError once the terminal has hung up or nobody reads it: a button that nobody can press mutes.
        """
        reader = self._thread
        if reader is not None and not reader.is_alive() and not self._hung_up:
            raise ButtonError("nobody reads the keyboard any more", "start it again")
        if self._hung_up:
            raise ButtonError("the keyboard's terminal has hung up", "start it again in a terminal")
        return self._down

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        os.close(self._stop)
        thread.join()
        # A terminal that has hung up needs no restoring.
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._terminal, termios.TCSANOW, self._before)
        os.close(self._terminal)
        os.close(self._stopped)

    def _listen(self) -> None:
        while self._terminal in select([self._terminal, self._stopped], [], [])[0]:
            try:
                untrusted_key = os.read(self._terminal, 1)
            except OSError:
                untrusted_key = b""
            if not untrusted_key:
                self._hung_up = True
                return
            self._push(self._lengths.get(untrusted_key))

    def _push(self, length: float | None) -> None:
        if length is None:
            return
        self._tell(True)
        select([self._stopped], [], [], length)
        self._tell(False)

    def _tell(self, down: bool) -> None:
        self._down = down
        changed = self._changed
        if changed is None:
            return
        try:
            changed(down)
        except Exception:  # noqa: BLE001 - an error in this thread leaves a keyboard that nobody reads any more
            _log.exception("the key could not be passed on")


def _open(terminal: Path) -> int:
    try:
        return os.open(terminal, os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise ButtonError(
            f"there is no keyboard: {terminal}: {error.strerror}", "start it in a terminal, or name another button"
        ) from error


def _take_keys(terminal: int, name: Path) -> list[Any]:
    """Have keys delivered one by one; returns what to restore."""
    if not _in_front(terminal):
        os.close(terminal)
        raise ButtonError(f"another program has {name}", "bring keepmum to the foreground, or name another button")
    try:
        before = termios.tcgetattr(terminal)
        tty.setcbreak(terminal, termios.TCSANOW)
    except termios.error as error:
        os.close(terminal)
        raise ButtonError(f"{name} is no terminal", "start it in a terminal, or name another button") from error
    return before


def _in_front(terminal: int) -> bool:
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        # Not our controlling terminal: no job control stands between us and it.
        return True
