"""Sets the stage: a broker, a collector and the speaker's three processes, all on this machine and all ended again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from selectors import DefaultSelector
from types import TracebackType
from typing import Any, Self

import yaml

from keepmum import shipped
from keepmum.clock import Clock
from keepmum.demo import machine
from keepmum.errors import BrokerError, KeepmumError
from keepmum.hardware.scenes.scene import Scene
from keepmum.messages import Watch
from keepmum.seal import Keys
from keepmum.wire import Line, connect

_STEP = 0.05
_LAST_WORDS = 2.0
"""Seconds that a process whose line is dead may take to end."""

USERS = ("speaker", "desk", "witness", "hub")
HOUSE = "house/"
"""What the household's hub says, which has nothing to do with the speaker."""
WEATHER = f"{HOUSE}weather"
_END = f"{HOUSE}end"

RECIPIENT: dict[str, Any] = {
    "name": "the demo's collector",
    "contact": "nobody@localhost",
    "storage": "this computer, until the demo is over",
    "jurisdiction": "your own",
    "people": 1,
    "retention_days": 30,
    "reviews": 0,
    "purposes": ("asr-improvement", "diagnostics", "research", "wake-tuning"),
}
"""What its card says; none of it is true of anybody else."""


class Stage:
    """Everything that plays, as a context: whatever was started is ended on the way out."""

    patience = 20.0
    """Seconds until a process that does not come up is given up."""

    def __init__(
        self, hardware: Mapping[str, Any], keep: Path | None, scene: Scene | None = None, address: str = "127.0.0.1"
    ) -> None:
        """`hardware` is the section of that name; `keep` is an empty folder for logs and records, else a temporary one.

        `scene` says what time it is on the stage, and how the speaker has to be set up for it. `address` is where the
        broker listens, for whoever wants a wire between it and the speaker. Raises ConfigError for a folder that has
        something in it.
        """
        self._address = address
        self._scene = scene
        self._temporary = None if keep else tempfile.TemporaryDirectory(prefix="keepmum-demo-")
        self.folder = Path(self._temporary.name) if self._temporary else machine.empty(keep or Path())
        self.kept = keep is not None
        self._hardware = hardware
        self._ahead = 0.0
        """What the scene's clock shows more than the real one, in seconds."""
        self._port = machine.free_port()
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        # A Unix socket's path must be short, whatever folder was asked for.
        self.run = Path(tempfile.mkdtemp(prefix="km-", dir=_short()))
        self.outbox = machine.memory_folder()
        self.state = self.folder / "state"
        self.witness = self.folder / "witness.txt"
        """What mosquitto_sub wrote down: one line per message, topic and payload bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            machine.end(process)
        for folder in (self.run, self.outbox):
            shutil.rmtree(folder, ignore_errors=True)
        if self._temporary:
            self._temporary.cleanup()

    # ---- in the order in which they come on

    def broker(self, clock: Clock) -> None:
        """A real mosquitto with the household's example configuration, and a witness that only counts."""
        passwords = self.folder / "passwords"
        passwords.touch(mode=0o600)
        for user in USERS:
            subprocess.run(
                [machine.program("mosquitto_passwd"), "-b", passwords, user, user], check=True, capture_output=True
            )
        text = (shipped.folder() / "mosquitto.conf").read_text()
        text = text.replace("listener 1883 127.0.0.1", f"listener {self._port} {self._address}")
        text = text.replace("/etc/mosquitto/keepmum.passwords", str(passwords))
        conf = self.folder / "mosquitto.conf"
        # Started by root, mosquitto would become a user who may not read a temporary folder.
        conf.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
        self._start("mosquitto", [machine.program("mosquitto"), "-c", str(conf)])
        self._until(clock, lambda: machine.answers(self._port, self._address), "mosquitto")
        with self.witness.open("wb") as out:
            watching = ["mosquitto_sub", *self.login("witness"), "-q", "1", "-t", "#", "-F", "%t %l"]
            self._start("witness", watching, out)

    def hub(self, sentence: str, clock: Clock) -> None:
        """The household's hub says what the weather is like, as a retained message; the witness is there to see it."""
        self._publish("-r", "-t", WEATHER, "-m", sentence)
        self._until(clock, lambda: WEATHER in self.witness.read_text(), "witness")

    def watched(self, clock: Clock) -> None:
        """Return once the witness has written down everything that the broker got until now.

        The broker passes messages on in their order, so the hub's word comes behind them all.
        """
        before = self._ends()
        self._publish("-q", "1", "-t", _END, "-m", "x")
        # The listener may have been ended by Ctrl-C; what it sent until then is counted all the same.
        self._until(clock, lambda: self._ends() > before, "witness", needed=("mosquitto", "witness"))

    def collector(self, clock: Clock) -> None:
        """The recipient of clips, with keys of its own, made for the weeks in which the scene plays."""
        begins = self._scene.clock if self._scene else None
        self._ahead = 0.0 if begins is None else begins - clock.wall()
        keys = Keys.generate(**RECIPIENT, wall=clock.wall() + self._ahead)
        keys.save(self.folder / "collector.keys")
        (self.folder / "collector.card").write_text(keys.card.to_json())
        self._written("collector", {"broker": self._broker("desk")})
        self._play("collector")

    def speaker(self, clock: Clock) -> Line:
        """Listener, skills and uplink; returns a line on which the listener tells what it sees."""
        line = self.listener(clock)
        self.peers()
        return line

    def listener(self, clock: Clock) -> Line:
        """The listener alone."""
        wanted = dict(self._scene.speaker) if self._scene else {}
        self._written(
            "keepmum",
            {
                "hardware": dict(self._hardware),
                # The window of a household comes at night, and nobody watches a demo for so long.
                "sharing": {"release": "at once"},
                "broker": self._broker("speaker"),
                "recipient": {"card": str(self.folder / "collector.card")},
                "home": {"weather_topic": WEATHER, "things": {"kitchen light": "zigbee2mqtt/kitchen_light"}},
                "folders": {
                    "run": str(self.run),
                    "state": str(self.state),
                    "outbox": str(self.outbox),
                },
                "panel": {"show_words": True},
            },
            wanted,
        )
        self._play("listener")
        self._until(clock, (self.run / "panel.sock").exists, "listener")
        line = connect(self.run, "panel", timeout=None)
        line.send(Watch())
        return line

    def peers(self) -> None:
        """Skills and uplink, which connect to the listener."""
        self._play("skills")
        self._play("uplink")

    def command(self, name: str) -> list[str]:
        """What is run for one of our processes."""
        if name != "collector":
            return [sys.executable, "-m", f"keepmum.{name}", "--config", str(self.folder / "keepmum.yaml")]
        files = {"config": "collector.yaml", "keys": "collector.keys", "store": "clips.db"}
        words = [word for option, file in files.items() for word in (f"--{option}", str(self.folder / file))]
        return [sys.executable, "-m", "keepmum.demo.recipient", *words, f"--ahead={self._ahead}"]

    def pid(self, name: str) -> int:
        """The number of a process that was started."""
        return dict(self._running)[name].pid

    def ended(self, among: Container[str] = ()) -> str | None:
        """A process, of these or of all, that ended although nobody asked it to, with what it said last."""
        for name, process in self._running:
            if process.poll() is not None and (not among or name in among):
                return f"{name} ended with {process.returncode}: {self._last_words(name)}"
        return None

    def hung_up(self) -> str:
        """Why the listener's line is dead; the process may take a moment to end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            dict(self._running)["listener"].wait(_LAST_WORDS)
        return self.ended() or "the listener hung up"

    # ---- how

    def login(self, user: str) -> list[str]:
        """Words for mosquitto's own programs: where the broker is, and who is asking."""
        return ["-V", "5", "-h", self._address, "-p", str(self._port), "-u", user, "-P", user]

    def _broker(self, user: str) -> dict[str, Any]:
        password = self.folder / f"{user}.password"
        password.write_text(user + "\n")
        return {"host": self._address, "port": self._port, "username": user, "password_file": str(password)}

    def _publish(self, *words: str) -> None:
        done = subprocess.run(
            ["mosquitto_pub", *self.login("hub"), *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BrokerError(f"the hub cannot publish: {done.stderr.strip()}", f"its broker is {self.ended() or 'up'}")

    def _ends(self) -> int:
        return self.witness.read_text().count(f"{_END} ")

    def _written(self, name: str, settings: dict[str, Any], wanted: Mapping[str, str] = {}) -> None:
        for key, value in wanted.items():
            *sections, last = key.split(".")
            there = settings
            for section in sections:
                there = there.setdefault(section, {})
            there[last] = yaml.safe_load(value)
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))

    def _play(self, name: str) -> None:
        self._start(name, self.command(name))

    def _start(self, name: str, command: list[str], out: Any = subprocess.DEVNULL) -> None:
        # Ctrl-C is for the listener, whose microphone must close at once; the others are ended behind it, in order.
        alone = name != "listener"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=out, stderr=log, start_new_session=alone)
        self._running.append((name, process))

    def _until(self, clock: Clock, ready: Callable[[], bool], name: str, needed: Container[str] = ()) -> None:
        deadline = clock.now() + self.patience
        with DefaultSelector() as nothing:
            while not ready():
                problem = self.ended(needed)
                if problem or clock.now() > deadline:
                    raise KeepmumError(problem or f"{name} does not come up", f"its log: {self._last_words(name)}")
                clock.wait(nothing, _STEP, pending=False)

    def _last_words(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        # An error is two lines, and the second one is only its hint.
        errors = [line for line in lines if ": error: " in line]
        return (errors or lines or ["nothing was said"])[-1]


def _short() -> str | None:
    """Where a socket's path has room: it must stay below 108 bytes, however long TMPDIR is."""
    return "/tmp" if len(tempfile.gettempdir()) > 60 else None  # noqa: S108
