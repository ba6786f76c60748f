"""The real listener, killed: locked down, with its models and its sockets, and started again as systemd does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from keepmum import wire
from keepmum.messages import Done, Status, StatusReport, Tighten

PATIENCE = 60.0
"""Seconds for a start on a slow computer; nothing here waits for time to pass."""
MUTED, LISTENING = "STATUS=Muted.", "STATUS=Listening for the wake word."


class Speaker:
    """A listener in a process of its own, and what it tells systemd."""

    def __init__(self, folder: Path, scene: str) -> None:
        (folder / "scene.txt").write_text(scene)
        self._run = folder / "run"
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.settimeout(PATIENCE)
        self._told.bind(str(folder / "notify"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "keepmum.listener", "--config", str(_settings(folder))],
            env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")},
        )

    def until(self, *lines: str) -> None:
        """Wait until it has said these lines, one after the other."""
        for line in lines:
            while self._told.recv(200).decode() != line:
                pass

    def asks(self, message: Tighten | Status) -> StatusReport | Done:
        """What it answers a panel."""
        line = wire.connect(self._run, "panel", PATIENCE)
        try:
            line.send(message)
            received = line.receive()
        finally:
            line.close()
        assert received is not None
        assert isinstance(received[0], StatusReport | Done)
        return received[0]

    def report(self) -> StatusReport:
        """How it is."""
        report = self.asks(Status())
        assert isinstance(report, StatusReport)
        return report

    def kill(self) -> None:
        self._process.kill()
        assert self._process.wait(PATIENCE) == -signal.SIGKILL

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        self._told.close()


def _settings(folder: Path) -> Path:
    said = {
        "hardware": {
            "scene": str(folder / "scene.txt"),
            "microphone": {"driver": "wav"},
            "button": {"driver": "scripted"},
            "ring": {"driver": "recorder"},
            "speaker": {"driver": "wav", "file": str(folder / "replies.wav")},
        },
        "folders": {name: str(folder / name) for name in ("run", "state", "outbox")},
    }
    file = folder / "keepmum.yaml"
    file.write_text(yaml.safe_dump(said))
    return file


@contextmanager
def speaker(folder: Path, scene: str) -> Iterator[Speaker]:
    """A listener that is gone afterwards, however that comes."""
    (folder / "notify").unlink(missing_ok=True)
    one = Speaker(folder, scene)
    try:
        yield one
    finally:
        one.close()


def after_a_kill(folder: Path) -> StatusReport:
    """What the next one says, in a room in which nobody does anything."""
    with speaker(folder, "pause 3600\n") as one:
        one.until("READY=1")
        return one.report()


def test_one_that_listens_listens_again(tmp_path: Path) -> None:
    """Nobody muted it."""
    with speaker(tmp_path, "hold 1\npause 3600\n") as one:
        one.until(MUTED, LISTENING)
        assert (one.report().mutes, one.report().microphone) == ([], "open")
        one.kill()
    report = after_a_kill(tmp_path)
    assert (report.mutes, report.microphone) == ([], "open")


@pytest.mark.parametrize(("want", "owner"), [("mute", "panel"), ("guest", "guest")])
def test_one_that_somebody_muted_is_muted_again(tmp_path: Path, want: str, owner: str) -> None:
    """Killed as soon as it has said that it is done; shown red, and by the same owner."""
    with speaker(tmp_path, "hold 1\npause 3600\n") as one:
        one.until(MUTED, LISTENING)
        assert isinstance(one.asks(Tighten.model_validate({"want": want})), Done)
        one.kill()
    report = after_a_kill(tmp_path)
    assert (report.mutes, report.microphone, report.ring) == ([owner], "closed", "muted: the microphone is closed")


def test_one_that_is_killed_under_a_finger_is_muted_again(tmp_path: Path) -> None:
    """The press came, and the finger never left."""
    with speaker(tmp_path, "hold 1\npause 1\nhold 600\n") as one:
        one.until(MUTED, LISTENING, MUTED)
        one.kill()
    report = after_a_kill(tmp_path)
    assert (report.mutes, report.microphone) == (["button"], "closed")
