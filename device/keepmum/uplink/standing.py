"""Tells the listener and the log how things stand with the broker: once for each change, not for each attempt."""

from __future__ import annotations

import logging

from keepmum.messages import BrokerState

log = logging.getLogger(__name__)

LONGEST = 200
"""Letters of a reason."""


class Standing:
    """What was told last."""

    def __init__(self) -> None:
        self._told: BrokerState | None = None

    def forget(self) -> None:
        """Another listener is there, which was told nothing."""
        self._told = None

    def told(self, online: bool, why: str, level: int = logging.WARNING) -> list[BrokerState]:
        """What the listener has to be told now, if anything."""
        new = BrokerState(online=online, why=why[:LONGEST])
        if new == self._told:
            return []
        self._told = new
        log.log(level, "broker: %s", why)
        return [new]
