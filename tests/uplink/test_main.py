"""The uplink as a process of its own, behind its lock."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keepmum.messages import BrokerState, Next, UplinkHello


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start `python -m keepmum.uplink` with this configuration."""
    started: list[subprocess.Popen[str]] = []

    def begin(broker: str) -> subprocess.Popen[str]:
        file = tmp_path / "owner.yaml"
        file.write_text(f"folders: {{run: {tmp_path / 'run'}}}\nbroker: {broker}\n")
        words = [sys.executable, "-m", "keepmum.uplink", "--config", str(file)]
        started.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_locked_uplink_delivers(mosquitto: Any, counter: Any, household: Any, start: Any, wait_until: Any) -> None:
    """The whole process, locked by seccomp, finds a broker by name, delivers a home action, and ends on SIGTERM."""
    broker = mosquitto()
    count = counter(broker.port, "house/#")
    process = start(f"{{host: localhost, port: {broker.port}}}")
    name = household.put(b"ON", "action", "house/lamp", 60.0)
    wait_until(lambda: household.delivered == [name], lambda: household.turn(0.1))
    assert count.until(1) == [("house/lamp", 2)]
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert "Seccomp:\t2" in status
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert log.splitlines() == [
        "uplink: the uplink is ready",
        "uplink: broker: connecting",
        "uplink: broker: connected",
    ]


def test_without_a_broker_it_waits(household: Any, start: Any, wait_until: Any) -> None:
    """With nothing configured the uplink says so to the listener and asks for nothing."""
    start("{}")
    wait_until(lambda: bool(household.of(BrokerState)), lambda: household.turn(0.1))
    assert household.heard[:2] == [UplinkHello(), BrokerState(online=False, why="no broker is configured")]
    assert household.of(Next) == []


def test_it_waits_for_a_listener_and_finds_the_next_one(
    mosquitto: Any, household: Any, start: Any, wait_until: Any
) -> None:
    """A listener that restarts finds its uplink again."""
    broker = mosquitto()
    start(f"{{host: 127.0.0.1, port: {broker.port}}}")
    wait_until(lambda: len(household.of(Next)) == 1, lambda: household.turn(0.1))
    household.line.close()
    household.line = None
    wait_until(lambda: len(household.of(Next)) == 2, lambda: household.turn(0.1))
    assert len(household.of(UplinkHello)) == 2


def test_a_fault_in_the_settings_is_one_clear_error(start: Any) -> None:
    """A password file that is not there ends the process before it sends anything."""
    process = start("{host: 127.0.0.1, username: u, password_file: none}")
    _, log = process.communicate(timeout=20)
    assert process.returncode == 1
    assert log.startswith("uplink: error: broker.password_file")
    assert "Traceback" not in log
