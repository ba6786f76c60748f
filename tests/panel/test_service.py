"""The line to the listener, the viewers, and when the page ends: in one process, with a clock that a test moves."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from selectors import BaseSelector, SelectorKey
from typing import Any

import pytest
from panel_house import LISTENING, MUTED, QUIET, ScriptedListener

from keepmum import wire
from keepmum.errors import PeerError
from keepmum.messages import Done, Message, Refused, Seen, Status, StatusReport, Tighten
from keepmum.notify import Notify
from keepmum.panel import door, service
from keepmum.panel.line import Listener
from keepmum.panel.page import Page
from keepmum.panel.service import IDLE, Idle, Service
from keepmum.panel.viewers import MOST, Viewers

LONG = 60.0
LOCKED = """
from keepmum import lockdown
from keepmum.panel import door
arriving = door.own(0)
lockdown.lock_panel({}, (OWN))
"""


@pytest.fixture
def listener(last_listener: ScriptedListener) -> ScriptedListener:
    """One to which nobody is connected yet."""
    return last_listener


def with_line(listener: ScriptedListener, do: Callable[[Listener], Awaitable[None]], patience: float = LONG) -> None:
    """Do something with a line to the listener."""

    async def main() -> None:
        line = Listener(wire.connect(listener.folder, "panel", 0.0), patience)
        try:
            await do(line)
        finally:
            line.close()

    asyncio.run(main())


# ---- the line


def test_questions_that_come_at_once_get_each_their_own_answer(listener: ScriptedListener) -> None:
    """One line for everybody: the answers come in the order of the questions, whatever happens in between."""
    usual = listener.answers
    listener.answers = lambda message: [Seen(at=0.0, kind="row"), *usual(message), Seen(at=0.0, kind="row")]

    async def many(line: Listener) -> None:
        wants = ("mute", "guest", "local") * 5
        answers = await asyncio.gather(*[line.ask(Tighten(want=want)) for want in wants], line.ask(Status()))
        assert [each.text for each in answers if isinstance(each, Done)] == [f"Done: {want}." for want in wants]
        assert isinstance(answers[-1], StatusReport)
        assert line.changed.is_set()

    with_line(listener, many)


def test_an_answer_that_comes_too_late_is_nobodys(listener: ScriptedListener) -> None:
    """The next question is refused until it came, and then gets an answer of its own."""
    usual = listener.answers
    listener.answers = lambda _message: []

    async def late(line: Listener) -> None:
        with pytest.raises(PeerError, match="does not answer"):
            await line.ask(Tighten(want="mute"))
        line._patience = LONG
        with pytest.raises(PeerError, match="does not answer"):
            await line.ask(Status())
        listener.answers = usual
        listener._lines[0].send(Done(text="Done: mute."))
        listener._lines[0].send(Seen(at=0.0, kind="row"))
        await line.changed.wait()
        assert await line.ask(Status()) == LISTENING

    with_line(listener, late, patience=0.01)


def test_a_listener_that_goes_away_is_told_to_everybody_who_waits(listener: ScriptedListener) -> None:
    """Whoever asks later hears the same."""

    def goes(message: Message) -> list[Message]:
        if isinstance(message, Status):
            listener._lines[0]._socket.shutdown(socket.SHUT_RDWR)
        return []

    listener.answers = goes

    async def gone(line: Listener) -> None:
        for _ in range(2):
            with pytest.raises(PeerError, match="has stopped"):
                await line.ask(Status())
        assert line.gone == "The speaker has stopped."

    with_line(listener, gone)


def test_a_refusal_that_nobody_asked_for_ends_the_line(listener: ScriptedListener) -> None:
    """There are too many panels: the words are the listener's."""
    listener.answers = lambda _message: [Refused(why="8 panel is connected already")]

    async def full(line: Listener) -> None:
        await line.changed.wait()
        assert "8 panel is connected already" in line.gone

    with_line(listener, full)


def test_a_listener_of_another_version_is_no_listener(listener: ScriptedListener) -> None:
    """What is no message of ours is not guessed at."""

    def strange(message: Message) -> list[Message]:
        listener._lines[0]._socket.send(b'{"type": "tomorrow"}')
        return []

    listener.answers = strange

    async def other(line: Listener) -> None:
        await line.changed.wait()
        assert "different versions" in line.gone

    with_line(listener, other)


# ---- the viewers


def test_a_viewer_is_sent_the_newest_picture_and_no_older_one() -> None:
    """However many there were while it did not look; the same picture is not sent twice."""

    async def main() -> None:
        came: list[int] = []
        viewers = Viewers(lambda: came.append(1))
        viewer = viewers.come()
        stream = viewers.follow(viewer)
        assert await anext(stream) == "retry: 2000\n\n"
        for number in range(1_000):
            viewers.show(f"picture {number}\n")
        assert await anext(stream) == 'event: picture\ndata: "picture 999\\n"\n\n'
        viewers.show("picture 999\n")
        viewers.show("new")
        assert await anext(stream) == 'event: picture\ndata: "new"\n\n'
        viewers.leave(viewer)
        assert (len(viewers), came) == (0, [1])

    asyncio.run(main())


def test_a_viewer_hears_that_all_is_well_only_while_it_is() -> None:
    """A page that hears nothing says so: when the listener does not answer, nobody says that all is well."""

    async def main() -> None:
        viewers = Viewers(lambda: None, beat=0.0)
        stream = viewers.follow(viewers.come())
        await anext(stream)
        assert await anext(stream) == ":\n\n"
        viewers.show("picture")
        assert "picture" in await anext(stream)
        assert await anext(stream) == "event: beat\ndata:\n\n"
        viewers.doubt()
        assert await anext(stream) == ":\n\n"

    asyncio.run(main())


def test_viewers_are_let_go_after_a_while_and_at_the_end() -> None:
    """Each stream ends, and a full house takes nobody else."""

    async def main() -> None:
        short = Viewers(lambda: None, lasts=0.0)
        assert [each async for each in short.follow(short.come())] == ["retry: 2000\n\n"]
        viewers = Viewers(lambda: None)
        inside = [viewers.come() for _ in range(MOST)]
        assert viewers.full
        stream = viewers.follow(inside[0])
        await anext(stream)
        viewers.close()
        assert [each async for each in stream] == []

    asyncio.run(main())


# ---- the end


def test_ten_idle_minutes() -> None:
    """Counted from the last visit, by a clock that only goes forward."""
    idle = Idle(100.0)
    assert not idle.over(100.0 + IDLE - 1)
    idle.used(400.0)
    idle.used(300.0)
    assert not idle.over(400.0 + IDLE - 1)
    assert idle.over(400.0 + IDLE)


class Leaps:
    """A clock that goes on by so many seconds whenever it is looked at."""

    def __init__(self, step: float) -> None:
        self.step, self.time = step, 0.0

    def now(self) -> float:
        self.time += self.step
        return self.time

    def wall(self) -> float:
        return self.time

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        raise NotImplementedError("nobody waits here")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page looks at its clock all the time."""
    monkeypatch.setattr(service, "_TICK", 0.0)


@pytest.mark.usefixtures("quick")
def test_it_ends_by_itself_when_nobody_looks(listener: ScriptedListener, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody came for ten minutes of its clock, and it says why it goes."""
    caplog.set_level("INFO")
    clock = Leaps(50.0)
    started: list[int] = []
    line = wire.connect(listener.folder, "panel", 0.0)
    with door.own(0) as arriving:
        asyncio.run(Service(Page(), "pi", clock, Notify({})).serve(arriving, line, lambda: started.append(1)))
    assert started == [1]
    assert IDLE <= clock.time < IDLE + 200
    assert "nobody looks at it" in caplog.text
    assert line.fileno() == -1


@pytest.mark.usefixtures("quick")
def test_it_stays_while_somebody_looks(listener: ScriptedListener) -> None:
    """An open page is a visit as long as it is open: hours may pass."""

    async def main() -> int:
        clock = Leaps(60.0)
        arriving = door.own(0)
        port = arriving.getsockname()[1]
        serving = asyncio.create_task(
            Service(Page(), "pi", clock, Notify({})).serve(arriving, wire.connect(listener.folder, "panel", 0.0))
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await reader.readuntil(b"is open")
        begun = clock.time
        while clock.time < begun + 10 * IDLE:
            await asyncio.sleep(0)
        assert not serving.done()
        listener.becomes(MUTED, QUIET)
        await reader.readuntil(b"is closed")
        writer.close()
        await serving
        return 1

    assert asyncio.run(main()) == 1


# ---- the door


def test_the_socket_of_systemd_is_found_by_its_name() -> None:
    """Only if it was passed to this very process, and bears the name of the unit's."""
    pid = str(os.getpid())
    assert door.inherited({}) is None
    assert door.inherited({"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}) is None
    assert door.inherited({"LISTEN_PID": pid, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "panel"}) is None


def test_a_port_that_somebody_has_is_one_plain_error() -> None:
    """With what to look for."""
    with door.own(0) as first, pytest.raises(PeerError, match="cannot be had"):
        door.own(first.getsockname()[1])


def test_its_own_socket_reaches_this_computer_alone() -> None:
    """On a laptop nobody else can look."""
    with door.own(0) as arriving:
        assert arriving.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(("own", "ends"), [("arriving.fileno(),", 0), ("", 1)])
def test_the_lock_takes_the_socket_that_it_is_told_of(own: str, ends: int) -> None:
    """And no other: a socket that nobody named stops the start."""
    code = LOCKED.replace("OWN", own)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True, timeout=LONG)
    assert done.returncode == ends, done.stderr
    assert ("LockdownError" in done.stderr) is bool(ends)


def test_without_a_listener_the_command_says_what_to_start(tmp_path: Path) -> None:
    """On a laptop, where nobody starts it again: two plain lines, and no page that knows nothing."""
    settings: Any = tmp_path / "keepmum.yaml"
    settings.write_text(f"folders: {{run: {tmp_path}/run}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "keepmum.cli", "--config", str(settings), "run", "panel"],
        capture_output=True,
        check=False,
        text=True,
        timeout=LONG,
    )
    assert done.returncode == 1
    assert "the listener does not answer" in done.stderr
    assert "keepmum run listener" in done.stderr
