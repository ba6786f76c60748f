"""One visitor's connection: only from near, only for a while, and never so many that the next one finds no room."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from keepmum.panel import viewers
from keepmum.panel.visitors import is_near

MOST = 32
"""Connections at a time. When there is no room, the oldest that has no place among the viewers goes: a page takes
milliseconds."""

PATIENCE = 10.0
"""Seconds for a whole request and its whole answer."""

VIEW = 330.0
"""Seconds after which a viewer that does not read is cut off; one that does is asked to come again before that."""

EVENTS = "/events"
"""Where viewers look."""

LONGEST_HEAD = 16_384
"""Bytes of a request's headers: other services of the same machine may have left cookies with the browser."""


class Connection(H11Protocol):
    """What uvicorn makes for each connection."""

    _deadline: asyncio.TimerHandle | None = None
    _viewed = False
    since = 0.0
    """When it came, by the loop's clock."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody came. Whoever is not near is cut off before anything is read or said."""
        super().connection_made(transport)
        self.since = self.loop.time()
        if self.client is None or not is_near(self.client[0]):
            transport.abort()
            return
        self._make_room()
        self._deadline = self.loop.call_later(PATIENCE, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Bytes came; nonsense that h11 has no answer to ends the connection."""
        try:
            super().data_received(data)
        except h11.LocalProtocolError:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, whoever ended it."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    @property
    def views(self) -> bool:
        """Whether it has asked, completely, to be told what happens, and was not sent away yet."""
        asked = self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete
        return asked and self.scope["path"] == EVENTS

    def _make_room(self) -> None:
        # One that is cut off stays in the list until the loop's next turn, and many may come in this one.
        others = [each for each in self.connections if isinstance(each, Connection) and not each.transport.is_closing()]
        if len(others) > MOST:
            others.sort(key=lambda each: each.since)
            # More may have asked to look than there are places for: those behind are about to be sent away anyhow.
            staying = [each for each in others if each.views][: viewers.MOST]
            next(each for each in others if each not in staying).transport.abort()

    def _too_slow(self) -> None:
        if self.views and not self._viewed:
            self._viewed = True
            self._deadline = self.loop.call_later(VIEW, self._too_slow)
        else:
            self.transport.abort()
