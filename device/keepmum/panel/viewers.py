"""Everybody who has the page open: each is sent the newest picture, and nobody makes a queue grow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

MOST = 12
"""Viewers at a time; all of them share one line to the listener."""

BEAT = 5.0
"""Seconds after which a viewer to whom nothing happened is told that all is well: a page that hears nothing says so."""

LASTS = 300.0
"""Seconds; then the browser is asked to come again."""


@dataclass(eq=False)
class Viewer:
    """One open page."""

    seen: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Viewers:
    """The open pages."""

    def __init__(self, came: Callable[[], None], beat: float = BEAT, lasts: float = LASTS) -> None:
        """`came` is called when somebody new wants a picture."""
        self._came = came
        self._inside: set[Viewer] = set()
        self._newest = ""
        self._well = False
        self._closed = False
        self._beat, self._lasts = beat, lasts

    def __len__(self) -> int:
        return len(self._inside)

    @property
    def full(self) -> bool:
        """Whether nobody else may look."""
        return self._closed or len(self._inside) >= MOST

    def show(self, picture: str) -> None:
        """The newest picture, for everybody who has not seen it."""
        self._newest, self._well = picture, True
        for viewer in self._inside:
            if viewer.seen != picture:
                viewer.news.set()

    def doubt(self) -> None:
        """Nobody knows how the speaker is: until the next picture no viewer is told that all is well."""
        self._well = False

    def close(self) -> None:
        """Let everybody go."""
        self._closed = True
        for viewer in self._inside:
            viewer.news.set()

    def come(self) -> Viewer:
        """Somebody looks from now on; they must `leave`."""
        viewer = Viewer()
        self._inside.add(viewer)
        self._came()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Somebody looks no more."""
        self._inside.discard(viewer)

    async def follow(self, viewer: Viewer) -> AsyncIterator[str]:
        """What one viewer is sent, as server-sent events, from the next picture on."""
        yield "retry: 2000\n\n"
        ends = asyncio.get_running_loop().time() + self._lasts
        while not self._closed and asyncio.get_running_loop().time() < ends:
            yield await self._next(viewer)

    async def _next(self, viewer: Viewer) -> str:
        try:
            async with asyncio.timeout(self._beat):
                await viewer.news.wait()
        except TimeoutError:
            # A comment keeps the line open and says nothing to the page.
            return "event: beat\ndata:\n\n" if self._well else ":\n\n"
        viewer.news.clear()
        if self._closed:
            return ""
        viewer.seen = self._newest
        # JSON has no line breaks of its own, which would end an event.
        return f"event: picture\ndata: {json.dumps(viewer.seen)}\n\n"
