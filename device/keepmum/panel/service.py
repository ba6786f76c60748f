"""Serves the page until nobody looks any more, the listener has gone, or somebody ends it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

import uvicorn

from keepmum.clock import Clock
from keepmum.errors import PeerError
from keepmum.messages import Message
from keepmum.notify import Notify
from keepmum.panel.connection import LONGEST_HEAD, Connection
from keepmum.panel.gate import Gate
from keepmum.panel.line import Listener
from keepmum.panel.page import Page
from keepmum.panel.pages import ABSENT, Pages
from keepmum.panel.viewers import Viewers
from keepmum.wire import Line

log = logging.getLogger(__name__)

IDLE = 600.0
"""Seconds without a visitor after which it ends; systemd starts it at the next visit."""

ABSENT_FOR = 5.0
"""Seconds for which a page without a listener says so; then it ends, because behind the lock it can reach none."""

GAP = 0.25
"""Seconds between two pictures at least, however much happens."""

REFRESH = 10.0
"""Seconds between two pictures at most: a date that has come is no news."""

_START, _TICK = 0.01, 0.5
"""Seconds between two looks at the server, before it has started and afterwards."""


class Idle:
    """Whether anybody has looked of late."""

    def __init__(self, now: float, lasts: float = IDLE) -> None:
        self._last, self._lasts = now, lasts

    def used(self, now: float) -> None:
        """Somebody looks at `now` (seconds, forward only)."""
        self._last = max(now, self._last)

    def over(self, now: float) -> bool:
        """Whether nobody has for long enough."""
        return now >= self._last + self._lasts


class Service:
    """One page, one line to the listener, any number of visitors after each other."""

    def __init__(self, page: Page, machine: str, clock: Clock, notify: Notify) -> None:
        """`machine` is this computer's own name."""
        self._page, self._machine, self._clock, self._notify = page, machine, clock, notify
        self._listener: Listener | None = None
        self._viewers = Viewers(self._look)

    async def serve(self, door: socket.socket, line: Line | None, started: Callable[[], None] = lambda: None) -> None:
        """Serve visitors who arrive at `door`; `line` is None if there is no listener. `started` is called once."""
        self._idle = Idle(self._clock.now(), ABSENT_FOR if line is None else IDLE)
        self._listener = _reached(line)
        pages = Pages(self._page, self._ask, self._viewers, lambda: self._idle.used(self._clock.now()))
        server = uvicorn.Server(_config(Gate(pages.app(), self._machine)))
        others = [asyncio.create_task(self._draw(pages)), asyncio.create_task(self._attend(server, started))]
        try:
            await server.serve([door])
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            if self._listener is not None:
                self._listener.close()

    def _look(self) -> None:
        if self._listener is not None:
            self._listener.changed.set()

    async def _ask(self, question: Message) -> Message:
        if self._listener is None:
            raise PeerError(ABSENT)
        return await self._listener.ask(question)

    async def _attend(self, server: uvicorn.Server, started: Callable[[], None]) -> None:
        """Watch over the server, and end it when its time has come."""
        while not server.started:
            await asyncio.sleep(_START)
        started()
        while not server.should_exit:
            now = self._clock.now()
            self._notify.alive(now)
            if len(self._viewers):
                self._idle.used(now)
            if self._listener is not None and self._listener.gone:
                log.info("the page ends: %s", self._listener.gone)
                server.should_exit = True
            elif self._idle.over(now):
                log.info("the page ends: nobody looks at it")
                server.should_exit = True
            await asyncio.sleep(_TICK)
        self._viewers.close()

    async def _draw(self, pages: Pages) -> None:
        """One picture for all viewers, whenever something has changed."""
        while True:
            await self._something()
            if len(self._viewers):
                try:
                    self._viewers.show(self._page.moving(await pages.look()))
                except PeerError:
                    self._viewers.doubt()
            await asyncio.sleep(GAP)

    async def _something(self) -> None:
        if self._listener is None:
            await asyncio.sleep(REFRESH)
            return
        try:
            async with asyncio.timeout(REFRESH):
                await self._listener.changed.wait()
        except TimeoutError:
            return
        self._listener.changed.clear()


def _reached(line: Line | None) -> Listener | None:
    try:
        return Listener(line) if line is not None else None
    except PeerError as error:
        log.warning("the listener hung up at once: %s", error.what)
        return None


def _config(app: Gate) -> uvicorn.Config:
    """Only what a page needs; nothing about a visitor is logged, and no header of theirs says who they are."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    config.load()
    return config
