"""Shows that a closed microphone is closed, and goes on looking for as long as it should be."""

from __future__ import annotations

import logging
from typing import Protocol

from keepmum.clock import Clock
from keepmum.listener.capture import Capture, Objection
from keepmum.listener.keeper import Keeper
from keepmum.privacy import Fault, Owner, events
from keepmum.privacy.events import Cause

log = logging.getLogger(__name__)

SETTLE = 0.5
"""Seconds that the microphones' supply may take to fall after it was cut; capacitors hold it up for a while."""

EVERY = 2.0
"""Seconds between two looks at a microphone that has been shown to be closed, or that could not be; and at the board of
one that is open."""


class Wiped(Protocol):
    """Whatever holds sound or words."""

    def is_clean(self) -> bool:
        """Whether nothing of what was heard is left."""
        ...


class Proof:
    """Asks the hardware, never the intention. Until it is satisfied, nothing shows red."""

    def __init__(self, clock: Clock, capture: Capture, hearing: Wiped, keeper: Keeper) -> None:
        self._clock = clock
        self._capture = capture
        self._hearing = hearing
        self._keeper = keeper
        self._next = 0.0
        self._since: float | None = None
        """When the proof of this closing was first looked for."""
        self._told: Cause | None = None

    def look(self) -> None:
        """Prove what there is to prove, at once after the microphone was closed and now and then afterwards."""
        state = self._keeper.state
        if not self._wanted():
            self._since = None
            self._look_at_the_board()
            return
        now = self._clock.now()
        self._since = now if self._since is None else self._since
        waiting = state.proven or Fault.PROOF in state.faults
        if waiting and now < self._next:
            return
        self._next = now + EVERY
        objections = self._objections()
        if objections and now - self._since < SETTLE and {each.cause for each in objections} == {Cause.POWERED}:
            return
        if objections:
            self._object(objections)
        elif not state.proven:
            self._told = None
            self._keeper.tell(events.Proved(*self._keeper.moment()))

    def _look_at_the_board(self) -> None:
        """A mute button or switch of the board's own is a hand, too: what it closed, no retry may open again."""
        now = self._clock.now()
        if now < self._next:
            return
        self._next = now + EVERY
        if self._capture.cut_off():
            moment = self._keeper.moment()
            self._keeper.tell(events.Quieter(*moment, "mute", Owner.BUTTON, Cause.ON_THE_BOARD))
            # The finger was on the board's own button: ours has nothing to be let go of.
            self._keeper.tell(events.Released(*moment))

    def _wanted(self) -> bool:
        """A microphone that merely broke claims nothing: its light says so."""
        state = self._keeper.state
        return bool(state.mutes - {Owner.FAULT}) or Fault.PROOF in state.faults

    def _objections(self) -> list[Objection]:
        found = self._capture.objections()
        if not self._hearing.is_clean():
            found.append(Objection(Cause.NOT_WIPED, "sound or words are left behind the microphone"))
        return found

    def _object(self, objections: list[Objection]) -> None:
        if objections[0].cause is not self._told:
            self._told = objections[0].cause
            for objection in objections:
                log.error("the microphone cannot be shown to be closed: %s", objection.words)
        self._keeper.tell(events.Broken(*self._keeper.moment(), Fault.PROOF, objections[0].cause))
