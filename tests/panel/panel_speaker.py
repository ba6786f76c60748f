"""The real listener in a process of its own, in a room where nobody does anything, and what was agreed to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from panel_house import PATIENCE

from agreed_household import agree, keys
from keepmum import config, wire
from keepmum.messages import Message, StatusReport
from keepmum.terms import Purpose, Rung


class RealListener:
    """A listener that listens, and shares what `agreed` says."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, folder / "run"
        (folder / "scene.txt").write_text("pause 36000\n")
        now = time.time()
        (folder / "recipient.card").write_text(keys(now - 3_600).card.to_json())
        (folder / "keepmum.yaml").write_text(yaml.safe_dump(self._settings()))
        settings = config.load(folder / "keepmum.yaml")
        agree(settings, [(Purpose.COMMANDS, Rung.TEXT, False), (Purpose.RESEARCH, Rung.VOICE, True)], now - 3_600)  # type: ignore[list-item]
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.settimeout(PATIENCE)
        self._told.bind(str(folder / "notify"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "keepmum.listener", "--config", str(folder / "keepmum.yaml")],
            env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")},
            stderr=subprocess.DEVNULL,
        )
        self.until("READY=1")

    def _settings(self) -> dict[str, object]:
        return {
            "hardware": {
                "scene": str(self.folder / "scene.txt"),
                "microphone": {"driver": "wav"},
                "button": {"driver": "scripted"},
                "ring": {"driver": "recorder"},
                "speaker": {"driver": "wav", "file": str(self.folder / "replies.wav")},
            },
            "broker": {"host": "hub.local"},
            "recipient": {"card": str(self.folder / "recipient.card")},
            "folders": {name: str(self.folder / name) for name in ("run", "state", "outbox")},
        }

    def until(self, line: str) -> None:
        """Wait until it has said this to systemd."""
        while self._told.recv(200).decode() != line:
            pass

    def asks(self, message: Message) -> Message:
        """What it answers another panel."""
        line = wire.connect(self.run, "panel", PATIENCE)
        try:
            line.send(message)
            received = line.receive()
        finally:
            line.close()
        assert received is not None
        return received[0]

    def report(self, message: Message) -> StatusReport:
        answer = self.asks(message)
        assert isinstance(answer, StatusReport)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._told.close()
