"""Tries a microphone that failed again, more and more patiently, and knows when it is well."""

from __future__ import annotations

import logging

from keepmum.clock import Clock
from keepmum.listener.keeper import Keeper
from keepmum.privacy import events
from keepmum.privacy.events import Cause

log = logging.getLogger(__name__)

RETRY = (1.0, 60.0)
"""Seconds until a microphone that failed is tried again: at first, and at most."""


class Repair:
    """One attempt at a time. An attempt has worked once sound has come, not when the device could be opened."""

    def __init__(self, clock: Clock, keeper: Keeper) -> None:
        self._clock = clock
        self._keeper = keeper
        self._at: float | None = None
        self._after = RETRY[0]

    def broke(self, cause: Cause, words: str) -> None:
        """No sound can be had; `words` are logged once, however often it is tried again."""
        if not self._keeper.state.trial:
            log.error("%s", words)
        self._keeper.tell(events.Broken(*self._keeper.moment(), cause=cause))

    def sounded(self) -> None:
        """A block of sound came."""
        self._after = RETRY[0]
        if self._keeper.state.trial:
            self._keeper.tell(events.Sounded(*self._keeper.moment()))

    def look(self) -> None:
        """Try again if it is time to."""
        if not self._keeper.faulty:
            self._at = None
            return
        now = self._clock.now()
        if self._at is None:
            self._at = now + self._after
        elif now >= self._at:
            self._at = None
            self._after = min(RETRY[1], self._after * 2)
            self._keeper.tell(events.Retried(*self._keeper.moment()))
