"""A house for experiments: a real broker, a recipient and an uplink as processes, and a tapped line between them."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Self

import yaml

from keepmum import config
from keepmum.demo import machine
from keepmum.errors import LabError
from keepmum.lab.experiments.hurried import HurriedClock
from keepmum.lab.experiments.way_out import PATIENCE, WayOut
from keepmum.lab.experiments.wire_tap import BadLine
from keepmum.seal import Keys
from keepmum.settings import Settings
from keepmum.terms import Purpose

PURPOSES = (Purpose.ASR_IMPROVEMENT, Purpose.WAKE_TUNING, Purpose.RESEARCH)
"""What can be agreed to with the voice as it was, one consent each."""
_WEEKS = 14
_LINES = ("persistence false", "allow_anonymous true", "max_packet_size 131072")


def program(name: str) -> str:
    """Where one of the broker's programs is; raises LabError if it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise LabError(f"{name} is not installed, and this experiment needs a real broker", "apt install mosquitto")
    return found


class House:
    """All of it, as a context: whatever was started is ended on the way out."""

    def __init__(
        self,
        seed: int,
        *,
        speed: float = 1.0,
        desk: str = "honest",
        lines: Sequence[str] = _LINES,
        impatient: bool = False,
    ) -> None:
        """`speed` hurries the speaker's clocks; `desk` is honest or one of `desk/liars.py`; `lines` configure the
        broker; `impatient` plants an uplink that knocks without a pause. Raises LabError without a broker."""
        self._mosquitto = program("mosquitto")
        self._desk, self._lines, self._impatient = desk, lines, impatient
        self.some, self.clock = Random(seed), HurriedClock(speed)
        # A Unix socket's path must be short, whatever folder temporary files are in.
        self.folder = Path(tempfile.mkdtemp(prefix="km-", dir="/tmp"))
        self.port = machine.free_port()
        self._undo = ExitStack()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.sharing: dict[str, Any] = {}
        """What the owner has set of that section; it counts from the next life of the speaker on."""

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
            undo.callback(self._end_all)
            self.broker()
            self.line = BadLine(self.port, self.some)
            self.line.start()
            undo.callback(self.line.close)
            self.new_keys()
            self.collector()
            self.settings = self.written()
            self.speaker = self.begin()
            undo.callback(self._close_speaker)
            self.uplink()
            self.speaker.until(lambda: self.speaker.online, "a connection to the broker")
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    # ---- who plays

    def broker(self, *more: str) -> None:
        """A mosquitto; `more` are lines of its configuration for this time."""
        self.broker_folder.mkdir(exist_ok=True)
        own = ("log_dest stderr", "log_type subscribe", "log_type error", f"user {getpass.getuser()}")
        replaced = {line.partition(" ")[0] for line in more}
        kept = [line for line in self._lines if line.partition(" ")[0] not in replaced]
        lines = [f"listener {self.port} 127.0.0.1", f"persistence_location {self.broker_folder}/", *own, *kept, *more]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self._start("mosquitto", [self._mosquitto, "-c", str(self.folder / "mosquitto.conf")])
        self.until(lambda: machine.answers(self.port), "mosquitto")

    @property
    def broker_folder(self) -> Path:
        """What the broker writes down, if it does."""
        return self.folder / "broker"

    def collector(self) -> None:
        """The recipient, honest or not; returns when it hears what is sent to it."""
        self.written(**self.sharing)
        files = [str(self.folder / "desk.yaml"), str(self.folder / "desk.keys"), str(self.desk_folder / "clips.db")]
        self.desk_folder.mkdir(exist_ok=True)
        honest = ["keepmum.desk", "--config", files[0], "--keys", files[1], "--store", files[2]]
        words = honest if self._desk == "honest" else ["keepmum.desk.liars", self._desk, *files]
        heard = self._log("mosquitto").count("keepmum/clips/")
        self._start("desk", [sys.executable, "-m", *words])
        self.until(lambda: self._log("mosquitto").count("keepmum/clips/") > heard, "the recipient")

    @property
    def desk_folder(self) -> Path:
        """The recipient's files."""
        return self.folder / "desk"

    def uplink(self) -> None:
        """The real one, by the speaker's clock."""
        words = ["-m", "keepmum.lab.experiments.carrier", "--config", str(self.folder / "keepmum.yaml")]
        clock = self.clock
        words += [f"--speed={clock.speed}", f"--begun={clock.begun}", f"--wall={clock.begun_wall}"]
        self._start("uplink", [sys.executable, *words, *(["--impatient"] if self._impatient else [])])

    def begin(self, **more: Any) -> WayOut:
        """A life of the speaker, in which nothing mutes it. `more` is for `WayOut`."""
        speaker = WayOut(self.settings, self.clock, **more)
        speaker.open_ears()
        return speaker

    def again(self, **more: Any) -> WayOut:
        """The speaker falls over and begins again with the same files, and perhaps with other settings."""
        self.speaker.close()
        self.settings = self.written(**self.sharing)
        self.speaker = self.begin(**more)
        self.speaker.until(lambda: self.speaker.online, "a connection to the broker")
        return self.speaker

    def pid(self, name: str) -> int:
        """The number of a process that runs."""
        return self._running[name].pid

    def _close_speaker(self) -> None:
        self.speaker.close()  # the one that lives now

    def end(self, name: str, *, kill: bool = False) -> None:
        """End one process, with a word or without."""
        process = self._running.pop(name, None)
        if process is not None and kill:
            process.kill()
            process.wait()
        elif process is not None:
            machine.end(process)

    # ---- what is written down for them

    def new_keys(self) -> None:
        """Another recipient's keys, from this week of the speaker's on, and its card: nobody has agreed to it."""
        wall = self.clock.wall()
        self.keys = Keys.generate("Lab", "lab@example.org", "a disk", "Utopia", 2, 30, 2, PURPOSES, wall, _WEEKS)
        file = self.folder / "desk.keys"
        file.unlink(missing_ok=True)
        self.keys.save(file)
        self.new_card(self.keys.people)

    def new_card(self, people: int) -> None:
        """A card that says of the same recipient that so many people listen there: the notice is another one then."""
        (self.folder / "card.json").write_text(replace(self.keys, people=people).card.to_json())

    def move_in(self, **more: Any) -> WayOut:
        """A speaker that nobody has ever set up, in the same house. `more` is for `WayOut`."""
        self.speaker.close()
        shutil.rmtree(self.folder / "speaker", ignore_errors=True)
        return self.again(**more)

    def written(self, **sharing: Any) -> Settings:
        """The settings of both sides."""
        speaker = self.folder / "speaker"
        told = {
            "broker": {"host": "127.0.0.1", "port": self.line.port if hasattr(self, "line") else self.port},
            "recipient": {"card": str(self.folder / "card.json")},
            "sharing": {"release": "at once", "quota": 60, **sharing},
            "folders": {"run": str(self.folder / "run"), "state": str(speaker), "outbox": str(speaker / "outbox")},
        }
        (self.folder / "keepmum.yaml").write_text(yaml.safe_dump(told))
        desk = {"broker": {"host": "127.0.0.1", "port": self.port}}
        (self.folder / "desk.yaml").write_text(yaml.safe_dump(desk))
        return config.load(self.folder / "keepmum.yaml")

    # ---- how

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for something outside the speaker; raises LabError, naming it, if it never comes."""
        end = time.monotonic() + PATIENCE
        while not holds():
            for name, process in self._running.items():
                if process.poll() is not None:
                    last = self._log(name).strip().splitlines()[-2:]
                    raise LabError(f"{name} ended with {process.returncode}", f"it said: {' '.join(last)}")
            if time.monotonic() > end:
                raise LabError(f"{what} did not come up within {PATIENCE:g} s", "is this computer very busy?")
            time.sleep(0.01)

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)

    def _end_all(self) -> None:
        for name in reversed(list(self._running)):
            self.end(name)

    def _log(self, name: str) -> str:
        with suppress(FileNotFoundError):
            return (self.folder / f"{name}.log").read_text(errors="replace")
        return ""
