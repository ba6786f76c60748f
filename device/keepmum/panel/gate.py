"""Looks at every request before the page does, and at every answer before it leaves.

What it refuses gets one plain line. Every answer forbids the browser to run, frame, keep or pass on anything of it.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keepmum.panel.visitors import Headers, is_from_here, is_ours, values

MOST_HEADERS = 60
"""Header lines in a request; a browser sends about twenty."""

_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'"
_POLICY += "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

ALWAYS = (
    ("content-security-policy", _POLICY),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    # Not no-referrer: with that, a browser hides where a form was sent from, and the form would be refused.
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "microphone=(), camera=(), geolocation=()"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
    # One request for each connection: nobody keeps one open between two.
    ("connection", "close"),
)
_ALWAYS = [(name.encode(), value.encode()) for name, value in ALWAYS]


class Gate:
    """Stands before the pages. `machine` is this computer's own name."""

    def __init__(self, app: ASGIApp, machine: str) -> None:
        self._app = app
        self._machine = machine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_ALWAYS]
            await send(message)

        no = refusal(scope["http_version"], scope["method"], scope["path"], scope["headers"], self._machine)
        answer = self._app if no is None else PlainTextResponse(f"{no[1]}\n", no[0])
        await answer(scope, receive, guarded)


def refusal(version: str, method: str, path: str, headers: Headers, machine: str) -> tuple[int, str] | None:
    """Status and sentence for a request that the pages must not see; None for one that they may."""
    if version != "1.1":
        return 505, "This page speaks HTTP/1.1."
    if len(headers) > MOST_HEADERS:
        return 431, "Too many header lines."
    hosts = values(headers, b"host")
    if len(hosts) != 1 or not is_ours(hosts[0], machine):
        return 421, "That is no name of this speaker. Open this page by its address, or by its name with .local."
    if method == "POST":
        return _posted(headers)
    # Another site could hold all places for viewers, although it could not read a word.
    if path == "/events" and values(headers, b"sec-fetch-site") not in ([], ["same-origin"], ["none"]):
        return 403, "Only this page may watch."
    return None


def _posted(headers: Headers) -> tuple[int, str] | None:
    if not is_from_here(headers):
        return 403, "Another page sent this. Only this speaker's own page may ask."
    if values(headers, b"transfer-encoding") or values(headers, b"content-length") not in ([], ["0"]):
        return 413, "The wish stands in the address; nothing else is read."
    return None
