"""The hand on the button, as the privacy core hears of it: its edges, and its level, which is the truth."""

from __future__ import annotations

import logging

from keepmum.clock import Clock
from keepmum.errors import ButtonError
from keepmum.hardware import Button
from keepmum.listener.capture import Capture
from keepmum.listener.keeper import Keeper
from keepmum.listener.press import Presses
from keepmum.privacy import Owner, events
from keepmum.privacy.events import Cause

log = logging.getLogger(__name__)

HELD = 0.05
"""Seconds between two looks at a button that is down: a hold counts only while every look agrees."""

LAPSE = 0.5
"""Seconds between two looks from which on nobody can say what the finger did: its hold begins again. Less than any hold
lasts, and more than a slow card takes to keep a row and a state."""


class Hand:
    """Edges come from the button's own thread and may be lost; the level is read once a turn of the loop."""

    def __init__(
        self, clock: Clock, button: Button, presses: Presses, capture: Capture, keeper: Keeper, *, switch: bool
    ) -> None:
        """`switch`: the button stays where it was put, and down is muted."""
        self._clock = clock
        self._button = button
        self._presses = presses
        self._capture = capture
        self._keeper = keeper
        self._switch = switch
        self._down = True
        self._unknown = False
        self.looked = 0.0
        """When somebody last looked: all that the button did until then is told. Seconds of the forward-only clock."""
        self.readable = True
        """Whether the level could be read when somebody last looked."""

    def start(self) -> None:
        """Watch the button. One that is down already gives no edge: muting is all that it can do, it may be stuck."""
        self._button.watch(self._presses.changed)
        level = self._level()
        self._down = level is not False
        if level:
            self._mute(Cause.DOWN_AT_START)

    def look(self) -> None:
        """Report what the button did since the last look, then what it says now."""
        before, self.looked = self.looked, self._clock.now()
        for down, at in self._presses.take():
            self._edge(down, at, before)
            if down:
                self._capture.settle()
        level = self._level()
        if level is None:
            if self._keeper.state.earning:
                # Edges alone earn nothing: a hold counts only while the level agrees.
                self._mute(Cause.UNREADABLE)
        elif self._unknown:
            self._found(level)
        elif level != self._down or (self._keeper.state.earning and level is self._switch):
            # The edge was lost: a button that is not down must not go on earning, and one that is down mutes.
            self._edge(level, self._clock.now(), before)
        elif self._keeper.state.earning and self.looked - before > LAPSE:
            self._edge(level, self.looked, before)

    def end(self) -> None:
        """The process ends: a press that nobody has understood yet is a mute for the next one."""
        if any(down for down, _ in self._presses.take()):
            self._mute(Cause.PRESSED)

    def patience(self) -> float | None:
        """Seconds until somebody should look again, if it cannot wait for an edge."""
        return HELD if self._keeper.state.earning else None

    def _found(self, level: bool) -> None:
        """It can be read again. A button has to come up first; a switch that listens was not put there by anybody."""
        self._unknown, self._down = False, level
        if level:
            self._mute(Cause.UNREADABLE)
        else:
            self._keeper.tell(events.Released(*self._keeper.moment()))

    def _edge(self, down: bool, at: float, before: float) -> None:
        """An edge at `at`. Whatever it ends counts until somebody saw it last, which was `before`.

        The edge itself may be late: a process that stood still is told of it, and reads the clock, when it goes on.
        """
        wall = self._clock.wall()
        self._down = down
        if self._switch:
            if not down:
                self._keeper.tell(events.Switched(min(at, before), wall, down))
            self._keeper.tell(events.Switched(at, wall, down))
        else:
            self._keeper.tell(events.Pressed(at, wall) if down else events.Released(min(at, before), wall))

    def _level(self) -> bool | None:
        """The level; None if it cannot be read, which mutes."""
        try:
            level = self._button.is_down()
        except ButtonError as error:
            if self.readable:
                log.error("%s", error)
                self._mute(Cause.UNREADABLE)
            self.readable, self._unknown = False, True
            return None
        self.readable = True
        return level

    def _mute(self, cause: Cause) -> None:
        self._keeper.tell(events.Quieter(*self._keeper.moment(), "mute", Owner.BUTTON, cause))
