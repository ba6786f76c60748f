"""Lets several threads speak to one board: one transfer at a time, and whoever mutes goes first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Turns:
    """A queue in front of one board. A plain lock would let a busy ring overtake a waiting mute for ever."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._taken = False
        self._waiting = 0
        self._urgent = 0

    @property
    def waiting(self) -> tuple[int, int]:
        """How many wait now: for a turn, and for an urgent one."""
        return self._waiting, self._urgent

    @contextmanager
    def turn(self, *, urgent: bool = False) -> Iterator[None]:
        """Hold it for one transfer. An urgent turn waits for the transfer under way and for no other."""
        with self._changed:
            self._urgent += urgent
            self._waiting += not urgent
            self._changed.wait_for(lambda: not self._taken and (urgent or not self._urgent))
            self._urgent -= urgent
            self._waiting -= not urgent
            self._taken = True
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
