"""What stands at which address. Every address that changes something asks for quiet, or proposes; there is no other."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import get_args

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from keepmum.errors import PeerError
from keepmum.messages import (
    Done,
    Message,
    Overview,
    OverviewReport,
    Propose,
    Refused,
    Status,
    StatusReport,
    Tighten,
    Want,
)
from keepmum.panel.connection import EVENTS
from keepmum.panel.page import Page
from keepmum.panel.picture import Agreement, Picture, picture
from keepmum.panel.viewers import Viewer, Viewers
from keepmum.panel.wording import SURE

WANTS = frozenset(get_args(Want))
ABSENT = "The speaker is not running, or does not let this page in."

_KEPT = 16
"""Answers that wait to be shown; somebody who asked looks at theirs at once."""

Ask = Callable[[Message], Awaitable[Message]]


class Pages:
    """The addresses. `ask` reaches the listener, `used` hears of every request."""

    def __init__(self, page: Page, ask: Ask, viewers: Viewers, used: Callable[[], None]) -> None:
        self._page, self._ask, self._viewers, self._used = page, ask, viewers, used
        self._said: dict[str, str] = {}

    def app(self) -> Starlette:
        """The application, without its gate."""
        routes = [
            Route("/", self._whole, methods=["GET"]),
            Route(EVENTS, self._events, methods=["GET"]),
            Route("/sure/{want}", self._sure, methods=["GET"]),
            Route("/ask/{want}", self._tighten, methods=["POST"]),
            Route("/propose", self._offers, methods=["GET"]),
            Route("/propose/{purpose}/{rung}/{how}", self._proposal, methods=["GET", "POST"]),
            Route("/static/{name}", self._static, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={PeerError: self._trouble})

    async def look(self) -> Picture:
        """How the speaker is now. Raises PeerError."""
        status, overview = await self._ask(Status()), await self._ask(Overview())
        if isinstance(status, StatusReport) and isinstance(overview, OverviewReport):
            return picture(status, overview)
        raise _refused(status if isinstance(status, Refused) else overview)

    # ---- looking

    async def _whole(self, request: Request) -> Response:
        self._used()
        said = self._said.get(request.query_params.get("said", ""), "")
        return HTMLResponse(self._page.whole(await self.look(), said, time.strftime("%H:%M:%S")))

    async def _events(self, request: Request) -> Response:
        self._used()
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if self._viewers.full:
            return PlainTextResponse("Too many pages are open already.\n", 503)
        return _Stream(self._viewers)

    async def _sure(self, request: Request) -> Response:
        want = request.path_params["want"]
        return HTMLResponse(self._page.sure(want)) if want in SURE else _nothing()

    async def _offers(self, _request: Request) -> Response:
        self._used()
        return HTMLResponse(self._page.offers((await self.look()).offered))

    async def _static(self, request: Request) -> Response:
        file = self._page.files.get(request.path_params["name"])
        return _nothing() if file is None else Response(file[0], media_type=file[1])

    # ---- asking

    async def _tighten(self, request: Request) -> Response:
        self._used()
        want = request.path_params["want"]
        return self._answered(await self._ask(Tighten(want=want))) if want in WANTS else _nothing()

    async def _proposal(self, request: Request) -> Response:
        """A look at what it means, or the proposal itself; only what the listener offers has an address."""
        self._used()
        words = request.path_params
        path = f"{words['purpose']}/{words['rung']}/{words['how']}"
        offer = next((each for each in (await self.look()).offered if each.path == path), None)
        if offer is None:
            return _nothing()
        if request.method != "POST":
            return HTMLResponse(self._page.propose(offer))
        return self._answered(await self._ask(_proposed(offer)))

    def _answered(self, answer: Message) -> Response:
        """Back to the page, which then shows the answer: to reload it asks for nothing again."""
        if isinstance(answer, Refused):
            said = f"{answer.why}. {answer.hint}" if answer.hint else answer.why
        else:
            said = answer.text if isinstance(answer, Done) else ""
        key = secrets.token_hex(8)
        self._said = {**dict(list(self._said.items())[1 - _KEPT :]), key: said}
        return RedirectResponse(f"/?said={key}", 303)

    async def _trouble(self, _request: Request, error: Exception) -> Response:
        """One plain sentence. It is the only error that a handler may meet."""
        what, hint = (error.what, error.hint) if isinstance(error, PeerError) else (ABSENT, "")
        return HTMLResponse(self._page.trouble(what, hint), 503)


class _Stream(StreamingResponse):
    """What one viewer is sent, until it leaves."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers, self._viewer = viewers, viewers.come()
        super().__init__(viewers.follow(self._viewer), media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._viewers.leave(self._viewer)


def _proposed(offer: Agreement) -> Propose:
    purpose, rung, how = offer.path.split("/")
    return Propose.model_validate({"purpose": purpose, "rung": rung, "asks": how == "asked"})


def _refused(answer: Message) -> PeerError:
    return PeerError(answer.why, answer.hint) if isinstance(answer, Refused) else PeerError(ABSENT)


def _nothing() -> Response:
    return PlainTextResponse("There is no such page.\n", 404)


__all__ = ["Pages", "Viewer"]
