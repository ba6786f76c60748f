"""Keeps the ring at the look of the moment: shown when it changes, kept moving, and told to whoever watches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from keepmum.errors import RingError
from keepmum.hardware import Compass, Look, Ring
from keepmum.listener.ear import Ear
from keepmum.listener.look import Moment
from keepmum.listener.look import look as ladder
from keepmum.listener.news import Fact, News

log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds until a ring that failed is tried again."""


REFRESH = 2.0
"""Seconds between two times that a still look is drawn again: a ring that lost its power comes back right."""

BEARING_STEP = 10
"""Degrees; a ring of twelve lamps shows a third of that at best."""


class Light:
    """The ring, and the look that it has now. `lost(is_lost)` hears when it fails and when it is back."""

    def __init__(self, ring: Ring, news: News, lost: Callable[[bool], None], compass: Compass | None = None) -> None:
        self._ring = ring
        self._compass = compass
        self._news = news
        self._lost = lost
        self._shown: Look | None = None
        self._turn_at = 0.0
        self._still = False
        self.alive = True
        """Whether the ring took what it was last told."""
        self.drawn = 0.0
        """When it did; seconds, forward only."""

    def shine(self, moment: Moment, now: float) -> None:
        """Show this moment at `now` (seconds, forward only). A ring that fails is tried again, and reported once."""
        look = replace(ladder(moment), bearing=self._bearing(moment.ear))
        if look == self._shown and now < self._turn_at:
            return
        try:
            if look != self._shown:
                self._ring.show(look)
            wanted = self._ring.turn(now)
        except RingError as error:
            self._failed(error, now)
            return
        self.drawn = now
        self._told(look)
        self._shown, self._still = look, wanted is None
        self._turn_at = now + (REFRESH if wanted is None else wanted)
        if not self.alive:
            self.alive = True
            self._lost(False)

    def patience(self, now: float) -> float | None:
        """Seconds until it wants to be drawn again; None while nothing moves."""
        return None if self._still else max(0.0, self._turn_at - now)

    def _bearing(self, ear: Ear) -> float | None:
        """Where the voice comes from while somebody is heard, in steps that an eye can see."""
        if self._compass is None or ear not in (Ear.HEARING, Ear.THINKING):
            return None
        bearing = self._compass.bearing()
        return None if bearing is None else round(bearing / BEARING_STEP) * BEARING_STEP % 360

    def _failed(self, error: RingError, now: float) -> None:
        # What it shows now is anybody's guess, so whatever is right is shown anew.
        self._shown, self._still, self._turn_at = None, False, now + RETRY
        if self.alive:
            log.error("%s", error)
            self.alive = False
            self._lost(True)

    def _told(self, look: Look) -> None:
        if self._shown is not None and replace(look, bearing=None) == replace(self._shown, bearing=None):
            return
        told: dict[str, Fact] = {"meaning": look.meaning, "motion": look.motion.value}
        told["colour"] = list(look.colour.value)
        self._news.tell("ring", told)
