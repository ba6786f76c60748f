"""What systemd is told: ready, well, what it does, and nothing where there is no systemd."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepmum.notify import Notify


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The other end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
        line.bind(str(tmp_path / "notify"))
        yield line


def heard(line: socket.socket) -> list[str]:
    said = []
    while True:
        try:
            said.append(line.recv(4096).decode())
        except BlockingIOError:
            return said


def test_it_says_what_it_is_told_to(systemd: socket.socket, tmp_path: Path) -> None:
    """Ready once, a status when it changes, the watchdog twice in its time, and that it stops."""
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "10000000"}
    notify = Notify(environ)
    notify.ready()
    notify.ready()
    for status in ("muted", "muted", "waiting"):
        notify.status(status)
    for now in (0.0, 1.0, 4.9, 5.0, 6.0, 11.0):
        notify.alive(now)
    notify.close()
    notify.status("late")
    assert heard(systemd) == [
        "READY=1", "STATUS=muted", "STATUS=waiting", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1",
    ]  # fmt: skip


def test_what_is_not_well_is_not_said_to_be(
    systemd: socket.socket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The watchdog hears nothing for as long as there is a reason, and the log has each reason once."""
    caplog.set_level(0)
    notify = Notify({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "10000000"})
    for now, unwell in ((0.0, None), (5.0, "stuck"), (10.0, "stuck"), (15.0, "worse"), (20.0, None)):
        notify.alive(now, unwell)
    assert heard(systemd) == ["WATCHDOG=1", "WATCHDOG=1"]
    assert [record.message for record in caplog.records] == ["not well: stuck", "not well: worse", "well again"]
    notify.close()


@pytest.mark.parametrize(
    ("watchdog", "seconds"),
    [({}, 60.0), ({"WATCHDOG_USEC": "10000000"}, 2.5), ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, 60.0)],
)
def test_a_loop_with_nothing_to_do_comes_round_in_time(watchdog: dict[str, str], seconds: float) -> None:
    """Twice as often as something has to be said, so that no moment is missed; rarely where nobody watches."""
    assert Notify(watchdog).patience == seconds


def test_an_abstract_address_works_too() -> None:
    """systemd may name a socket that is no file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
        line.bind(f"\0keepmum-test-{os.getpid()}")
        notify = Notify({"NOTIFY_SOCKET": f"@keepmum-test-{os.getpid()}"})
        notify.ready()
        assert heard(line) == ["READY=1"]
        notify.close()


@pytest.mark.parametrize(
    "watchdog",
    [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "-5"}],
)
def test_without_a_watchdog_nothing_is_said_to_it(
    systemd: socket.socket, tmp_path: Path, watchdog: dict[str, str]
) -> None:
    """No time, nonsense, or somebody else's watchdog."""
    notify = Notify({"NOTIFY_SOCKET": str(tmp_path / "notify"), **watchdog})
    notify.alive(0.0)
    assert heard(systemd) == []
    notify.close()


def test_without_systemd_nothing_happens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No address is silence; an address without anybody is one warning, and the speaker starts."""
    Notify({}).ready()
    assert not caplog.records
    Notify({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()
    assert [record.message for record in caplog.records] == [
        f"systemd cannot be reached at {tmp_path / 'nobody'}: No such file or directory"
    ]
