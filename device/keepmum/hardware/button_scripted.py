"""A button that a scene presses."""

from __future__ import annotations

from collections.abc import Callable

from keepmum.errors import ButtonError
from keepmum.hardware.scenes.room import Room


class ScriptedButton:
    """Obeys the room. `history` holds every edge as (room time in seconds, is down)."""

    def __init__(self, room: Room) -> None:
        self.history: list[tuple[float, bool]] = []
        self._room = room
        self._changed: Callable[[bool], None] | None = None
        self._closed = False
        room.on_edge(self._turn)

    def watch(self, changed: Callable[[bool], None]) -> None:
        self._check_open()
        self._changed = changed

    def is_down(self) -> bool:
        self._check_open()
        return self._room.button_is_down

    def close(self) -> None:
        self._closed = True
        self._changed = None

    def _turn(self, down: bool) -> None:
        self.history.append((self._room.now(), down))
        if self._changed is not None:
            self._changed(down)

    def _check_open(self) -> None:
        if self._closed:
            raise ButtonError("the button is closed", "open the hardware again")
