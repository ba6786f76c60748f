"""Keeps the ring at the look of the moment: shown when it changes, and told to whoever watches."""

from __future__ import annotations

import logging

from keepmum.errors import RingError
from keepmum.hardware import Look, Ring
from keepmum.listener.news import Fact, News

log = logging.getLogger(__name__)


class Light:
    """The ring, and the look that it has now."""

    def __init__(self, ring: Ring, news: News) -> None:
        self._ring = ring
        self._news = news
        self._shown: Look | None = None
        self._dark = False

    def shine(self, look: Look) -> None:
        """Show this look, if it is another. A ring that fails is tried again every time, and logged once."""
        if look == self._shown:
            return
        try:
            self._ring.show(look)
        except RingError as error:
            if not self._dark:
                log.error("%s", error)
            self._dark = True
            return
        self._shown, self._dark = look, False
        told: dict[str, Fact] = {"meaning": look.meaning, "motion": look.motion.value}
        told["colour"] = list(look.colour.value)
        self._news.tell("ring", told)
