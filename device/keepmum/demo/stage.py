"""Sets the stage: a broker, a collector and the speaker's three processes, all on this machine and all ended again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from keepmum import shipped
from keepmum.card import Keys
from keepmum.clock import Clock
from keepmum.errors import BrokerError, KeepmumError
from keepmum.messages import Watch
from keepmum.wire import Line, connect

_PATIENCE = 20.0
"""Seconds until a process that does not come up is given up."""

_STEP = 0.05

USERS = ("speaker", "desk", "witness", "hub")
WEATHER = "house/weather"


class Stage:
    """Everything that plays, as a context: whatever was started is ended on the way out."""

    def __init__(self, hardware: Mapping[str, Any], keep: Path | None) -> None:
        """`hardware` is the section of that name; `keep` is a folder for logs and records, else a temporary one."""
        self._temporary = None if keep else tempfile.TemporaryDirectory(prefix="keepmum-demo-")
        self.folder = Path(self._temporary.name) if self._temporary else keep or Path()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hardware = hardware
        self._port = _free_port()
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        # A Unix socket's path must be short, whatever folder was asked for.
        self._run = Path(tempfile.mkdtemp(prefix="km-"))
        self._outbox = _memory_folder()
        self.state = self.folder / "state"
        self.witness = self.folder / "witness.txt"
        """What mosquitto_sub wrote down: one line per message, topic and payload bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            _end(process)
        for folder in (self._run, self._outbox):
            shutil.rmtree(folder, ignore_errors=True)
        if self._temporary:
            self._temporary.cleanup()

    # ---- in the order in which they come on

    def broker(self, clock: Clock) -> None:
        """A real mosquitto with the household's example configuration, and a witness that only counts."""
        passwords = self.folder / "passwords"
        passwords.touch(mode=0o600)
        for user in USERS:
            subprocess.run([_program("mosquitto_passwd"), "-b", passwords, user, user], check=True, capture_output=True)
        text = (shipped.folder() / "mosquitto.conf").read_text()
        text = text.replace("listener 1883 127.0.0.1", f"listener {self._port} 127.0.0.1")
        text = text.replace("/etc/mosquitto/keepmum.passwords", str(passwords))
        conf = self.folder / "mosquitto.conf"
        # Started by root, mosquitto would become a user who may not read a temporary folder.
        conf.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
        self._start("mosquitto", [_program("mosquitto"), "-c", str(conf)])
        self._until(clock, lambda: _answers(self._port), "mosquitto")
        with self.witness.open("wb") as out:
            watching = ["mosquitto_sub", *self._login("witness"), "-q", "1", "-t", "#", "-F", "%t %l"]
            self._start("witness", watching, out)

    def hub(self, sentence: str) -> None:
        """The household's hub says what the weather is like, as a retained message."""
        told = ["mosquitto_pub", *self._login("hub"), "-r", "-t", WEATHER, "-m", sentence]
        subprocess.run(told, check=True, capture_output=True)

    def collector(self) -> None:
        """The recipient of clips, with keys of its own."""
        keys = Keys.generate("the demo's collector", "nobody@localhost")
        keys.save(self.folder / "collector.keys")
        (self.folder / "collector.card").write_text(keys.card.to_json())
        settings = self._written("collector", {"broker": self._broker("desk")})
        store = str(self.folder / "clips.db")
        self._python("collector", "desk", settings, "--keys", str(self.folder / "collector.keys"), "--store", store)

    def speaker(self, clock: Clock) -> Line:
        """Listener, skills and uplink; returns a line on which the listener tells what it sees."""
        settings = self._written(
            "keepmum",
            {
                "hardware": dict(self._hardware),
                "broker": self._broker("speaker"),
                "recipient": {"card": str(self.folder / "collector.card")},
                "home": {"weather_topic": WEATHER, "things": {"kitchen light": "zigbee2mqtt/kitchen_light"}},
                "folders": {
                    "run": str(self._run),
                    "state": str(self.state),
                    "outbox": str(self._outbox),
                },
                "panel": {"show_words": True},
            },
        )
        self._python("listener", "listener", settings)
        self._until(clock, (self._run / "panel.sock").exists, "listener")
        line = connect(self._run, "panel", timeout=None)
        line.send(Watch())
        self._python("skills", "skills", settings)
        self._python("uplink", "uplink", settings)
        return line

    def ended(self) -> str | None:
        """A process that ended although nobody asked it to, with what it said last."""
        for name, process in self._running:
            if process.poll() is not None:
                return f"{name} ended with {process.returncode}: {self._last_words(name)}"
        return None

    # ---- how

    def _login(self, user: str) -> list[str]:
        return ["-V", "5", "-h", "127.0.0.1", "-p", str(self._port), "-u", user, "-P", user]

    def _broker(self, user: str) -> dict[str, Any]:
        password = self.folder / f"{user}.password"
        password.write_text(user + "\n")
        return {"host": "127.0.0.1", "port": self._port, "username": user, "password_file": str(password)}

    def _written(self, name: str, settings: Mapping[str, Any]) -> str:
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(dict(settings), sort_keys=False))
        return str(path)

    def _python(self, name: str, module: str, settings: str, *words: str) -> None:
        self._start(name, [sys.executable, "-m", f"keepmum.{module}", "--config", settings, *words])

    def _start(self, name: str, command: list[str], out: Any = subprocess.DEVNULL) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._running.append((name, subprocess.Popen(command, stdout=out, stderr=log)))

    def _until(self, clock: Clock, ready: Any, name: str) -> None:
        from selectors import DefaultSelector

        deadline = clock.now() + _PATIENCE
        with DefaultSelector() as nothing:
            while not ready():
                problem = self.ended()
                if problem or clock.now() > deadline:
                    raise KeepmumError(problem or f"{name} does not come up", f"its log: {self._last_words(name)}")
                clock.wait(nothing, _STEP, pending=False)

    def _last_words(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing was said"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _memory_folder() -> Path:
    """A folder of our own, in memory where the computer has that."""
    memory = Path("/dev/shm")  # noqa: S108
    return Path(tempfile.mkdtemp(prefix="km-", dir=memory if memory.is_dir() else None))


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise BrokerError(f"{name} is not installed", "scripts/setup installs it")
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
