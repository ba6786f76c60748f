"""Whoever is on the local network may be hostile: nonsense, floods and slow connections, against the real process."""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from panel_house import PanelProcess, ScriptedListener, parsed

MALFORMED = 10_000
SLOW = 100


def nonsense(dice: random.Random, host: str) -> bytes:
    """Random bytes, or a request with something in it that does not belong there."""
    good = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    match dice.randrange(7):
        case 0:
            return dice.randbytes(dice.randrange(1, 400))
        case 1:
            place = dice.randrange(len(good))
            return good[:place] + dice.randbytes(dice.randrange(1, 5)) + good[place + 1 :]
        case 2:
            return good[: dice.randrange(1, len(good))]
        case 3:
            word = dice.choice([b"PUT", b"CONNECT", b"TRACE", b"PRI", b"get", b"\x00", b"DELETE", b"OPTIONS"])
            return word + good[3:]
        case 4:
            line = dice.choice(
                [b"Content-Length: -1", b"Transfer-Encoding: x, chunked", b" folded", b"A" * 300, b": x"]
            )
            return good[:-2] + line + b"\r\n\r\n"
        case 5:
            path = dice.choice(
                [b"/../../etc/passwd", b"//", b"/%00", b"/static/%2e%2e%2fpage.py", b"*", b"http://x/", b"/ask/mute"]
            )
            return b"GET " + path + good[5:]
        case _:
            body = dice.randbytes(dice.randrange(1, 200))
            return b"POST /ask/mute" + good[5:-2] + b"Content-Length: 9\r\n\r\n" + body


@pytest.mark.slow
def test_ten_thousand_malformed_requests_change_nothing(listener: ScriptedListener, panel: PanelProcess) -> None:
    """Each is refused or dropped; the listener hears of none, nothing is logged, and the page still opens."""
    dice = random.Random(8321)
    statuses: set[int] = set()
    before = memory(panel)
    for _ in range(MALFORMED):
        answer = panel.raw(nonsense(dice, panel.host))
        if answer:
            statuses.add(int(answer.split()[1]))
            assert b"root:" not in answer
    assert listener.asked() == []
    assert panel.get().status == 200
    assert statuses <= {200, 400, 403, 404, 405, 413, 421, 431, 505}, statuses
    assert {400, 404, 405, 421} <= statuses
    assert memory(panel) < before + 16_000, "kB"
    assert len(panel.log.read_text()) < 1_000, panel.log.read_text()


def memory(panel: PanelProcess) -> int:
    """What the process has in memory, in kB."""
    # Behind the lock its /proc belongs to root; statm stays readable for everybody.
    pages = int(Path(f"/proc/{panel.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_024


def test_a_hundred_slow_connections_keep_nobody_out(panel: PanelProcess) -> None:
    """Each sends half a request and waits; the page opens as before, and the oldest of them are cut off."""
    with ExitStack() as connections:
        slow = []
        for number in range(SLOW):
            slow.append(connections.enter_context(panel.connect()))
            slow[-1].sendall(f"GET / HTTP/1.1\r\nHost: {panel.host}\r\nX-{number}: ".encode())
            if number % 10 == 0:
                assert panel.get().status == 200
        assert panel.get().status == 200
        assert all(ended(one) for one in slow[: SLOW - 40])


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_flood_of_viewers_keeps_nobody_out(panel: PanelProcess) -> None:
    """Viewers that never read take the twelve places of viewers, and no more."""
    with ExitStack() as viewers:
        for _ in range(60):
            one = viewers.enter_context(panel.connect())
            one.sendall(f"GET /events HTTP/1.1\r\nHost: {panel.host}\r\n\r\n".encode())
        assert panel.get().status == 200


def test_headers_without_end_are_cut_off(panel: PanelProcess) -> None:
    """Sixteen kilobytes are enough for every browser."""
    answer = panel.raw(f"GET / HTTP/1.1\r\nHost: {panel.host}\r\nX: {'y' * 40_000}".encode())
    assert answer == b"" or parsed(answer).status == 400


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{8321}", "127.0.0.1.evil.example", ""])
def test_another_name_for_us_shows_nothing(panel: PanelProcess, host: str) -> None:
    """Not the page, not its files and not its news; and the answer says nothing about the house."""
    for path in ("/", "/events", "/static/panel.css", "/propose", "/nothing"):
        answer = panel.ask("GET", path, host=host)
        assert answer.status == 421
        assert "microphone is" not in answer.body


def test_a_wish_from_another_site_reaches_nobody(listener: ScriptedListener, panel: PanelProcess) -> None:
    """A form, a script and a page without an origin, as a browser would send them for another site."""
    for said in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": f"{panel.url}/"},
        {"Origin": panel.url, "Sec_Fetch_Site": "cross-site"},
    ):
        for path in ("/ask/mute", "/ask/forget", "/propose/research/voice/asked"):
            assert panel.ask("POST", path, Content_Length="0", **said).status == 403
    assert listener.asked() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(panel: PanelProcess, method: str) -> None:
    """In one plain line, with no word about what would be allowed across sites."""
    answer = panel.ask(method, "/")
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/nothing", "/static/panel.js", "/sure/forget", "/ask/mute", "/events?x"])
def test_every_answer_carries_what_protects_it(panel: PanelProcess, path: str) -> None:
    """No script but ours, no frame, no cache, no cookie, no name of the server."""
    answer = panel.ask("HEAD", path)
    said = answer.headers
    assert "default-src 'none'" in said["content-security-policy"]
    assert "frame-ancestors 'none'" in said["content-security-policy"]
    assert "unsafe" not in said["content-security-policy"]
    assert (said["x-frame-options"], said["cache-control"], said["x-content-type-options"]) == (
        "DENY",
        "no-store",
        "nosniff",
    )
    assert not {"set-cookie", "server", "etag", "access-control-allow-origin"} & said.keys()
