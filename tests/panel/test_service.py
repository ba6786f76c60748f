"""When the page ends, with a clock that a test moves; and the sockets on which visitors arrive."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from selectors import BaseSelector, SelectorKey
from typing import Any

import pytest
from panel_house import MUTED, QUIET, ScriptedListener

from keepmum import wire
from keepmum.errors import PeerError
from keepmum.notify import Notify
from keepmum.panel import door, service
from keepmum.panel.page import Page
from keepmum.panel.service import IDLE, Idle, Service

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
