"""One connection: cut off before a word if it is from far away, and after a while whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from keepmum.panel.connection import MOST, PATIENCE, VIEW, Connection


class Transport:
    """What a socket would do, written down."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.said = b""
        self.gone = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": (self.address, 5), "sockname": ("127.0.0.1", 8321)}.get(name, default)

    def write(self, data: bytes) -> None:
        self.said += data

    def abort(self) -> None:
        self.gone = True

    close = abort

    def is_closing(self) -> bool:
        return self.gone

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Loop:
    """A loop whose time a test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        self.now += 0.001
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Any:
        self.due.append((self.now + seconds, call))
        return asyncio.TimerHandle(0, lambda: None, (), self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, _handle: Any) -> None: ...

    def create_task(self, task: Any) -> Any:
        task.close()
        return self

    def add_done_callback(self, _call: Any) -> None: ...

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        due = [call for at, call in self.due if at <= self.now]
        self.due = [each for each in self.due if each[0] > self.now]
        for call in due:
            call()


class Room:
    """The connections of one server."""

    def __init__(self) -> None:
        async def app(_scope: Any, _receive: Any, _send: Any) -> None: ...

        self.loop, self.state = Loop(), ServerState()
        self.config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None, ws="none")
        self.config.load()

    def comes(self, address: str = "192.168.0.7", says: bytes = b"") -> tuple[Connection, Transport]:
        """Somebody connects."""
        loop: Any = self.loop
        connection, transport = Connection(self.config, self.state, {}, loop), Transport(address)
        connection.connection_made(transport)  # type: ignore[arg-type]
        if says and not transport.gone:
            connection.data_received(says)
        return connection, transport


REQUEST = b"GET / HTTP/1.1\r\nHost: pi\r\n\r\n"
LOOKS = b"GET /events HTTP/1.1\r\nHost: pi\r\n\r\n"


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:db8::1", "", "::ffff:9.9.9.9"])
def test_whoever_is_far_away_is_cut_off_before_a_word(address: str) -> None:
    """Nothing is read, nothing is said, no deadline waits."""
    room = Room()
    _, transport = room.comes(address)
    assert (transport.gone, transport.said, room.loop.due) == (True, b"", [])


def test_whoever_is_near_is_heard() -> None:
    """The request becomes one call of the page."""
    connection, transport = Room().comes(says=REQUEST)
    assert not transport.gone
    assert connection.scope["path"] == "/"


@pytest.mark.parametrize(
    "says", [b"", b"GET / HT", REQUEST[:-2] + b"X: y\r\n", REQUEST, b"POST / HTTP/1.1\r\nHost: pi\r\n"]
)
def test_nobody_holds_a_connection_for_longer_than_ten_seconds(says: bytes) -> None:
    """Whether the request never ends or the answer is never read."""
    room = Room()
    _, transport = room.comes(says=says)
    room.loop.pass_time(PATIENCE - 1)
    assert not transport.gone
    room.loop.pass_time(2)
    assert transport.gone


def test_a_viewer_may_stay_for_minutes_and_not_for_ever() -> None:
    """Reading or not, it is cut off after that, and comes again if it wants."""
    room = Room()
    _, transport = room.comes(says=LOOKS)
    room.loop.pass_time(PATIENCE + 1)
    room.loop.pass_time(VIEW - 2)
    assert not transport.gone
    room.loop.pass_time(5)
    assert transport.gone


def test_when_there_is_no_room_the_oldest_that_only_passes_goes() -> None:
    """Viewers stay, newcomers get in, also if many come before the loop has taken away those that were cut off."""
    room = Room()
    viewers = [room.comes(says=LOOKS)[1] for _ in range(12)]
    passing = [room.comes(says=b"GET /")[1] for _ in range(MOST)]
    assert [each.gone for each in viewers] == [False] * 12
    assert [each.gone for each in passing] == [True] * 12 + [False] * (MOST - 12)


def test_more_viewers_than_places_keep_nobody_out() -> None:
    """Many may ask to look before the first of them is sent away: those behind the twelfth go, the newcomer stays."""
    room = Room()
    viewers = [room.comes(says=LOOKS)[1] for _ in range(MOST)]
    late = [room.comes(says=REQUEST)[1] for _ in range(3)]
    assert not any(each.gone for each in late)
    assert [each.gone for each in viewers] == [False] * 12 + [True] * 3 + [False] * (MOST - 15)


def test_a_viewer_that_was_sent_away_holds_no_place() -> None:
    """Its connection may stay open for its next request, like everybody's."""
    room = Room()
    sent_away, transport = room.comes(says=LOOKS)
    assert sent_away.views
    assert sent_away.cycle is not None
    sent_away.cycle.response_complete = True
    assert not sent_away.views
    for _ in range(MOST):
        room.comes(says=REQUEST)
    assert transport.gone


def test_nonsense_after_an_answer_ends_the_connection() -> None:
    """What HTTP has no answer to any more is no reason to fall over."""
    connection, transport = Room().comes(says=REQUEST)
    connection.conn.send_failed()
    for _ in range(3):
        connection.data_received(b"\x00\x01nonsense\r\n\r\n")
    assert transport.gone
