"""A speaker that needs no hardware: a real listener in a real process that can really be killed, in a fast room.

Skills, uplink and a broker are started where a scenario plays sounds or looks at the wire. One object is a whole bench
for one scenario; `simulated_roles.py` gives it out role by role.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from jig.history import History
from jig.roles import RigError, SpeakerDied

from keepmum.clock import RealClock
from keepmum.demo.stage import WEATHER, Stage
from keepmum.hardware.scenes.scene import Scene

HERE = Path(__file__).parent
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
"""What the clock shows at the beginning, unless a scenario says."""
AGAIN = 1.0
"""Seconds until a listener that was killed is started again, and that one with power needs to come up."""


class SimulatedSpeaker:
    """The processes, the room's time across their lives, and everything that was seen."""

    def __init__(self, folder: Path, scene: Scene, *, peers: Sequence[str] = (), defect: str = "") -> None:
        """`peers` are the other processes that this scenario needs: `skills`, `uplink`."""
        self.light = History(self, ("off", "still"))
        """Colour and motion, as the ring was told."""
        self.captures = History(self, False)
        """Whether the stream is open or the microphones have power."""
        self._folder = folder
        self._scene = scene
        self._peers = peers
        self._defect = defect
        self._stage: Stage | None = None
        # A Unix socket's path must be short, however long the test's folder is.
        self._run = Path(tempfile.mkdtemp(prefix="km-"))
        self._began, self._now = 0.0, 0.0
        self._world: dict[str, str] = {}
        self._listener: subprocess.Popen[str] | None = None
        self._running: list[subprocess.Popen[bytes]] = []
        self._words = 0
        self.ledger = folder / "state" / "ledger" / "000000000000.jsonl"
        self.latch = folder / "state" / "privacy.json"

    # ---- time: it is a Beat itself

    def check(self) -> None:
        """It would have said at its start what is missing."""

    def now(self) -> float:
        return self._began + self._now

    def pause(self, seconds: float) -> None:
        """Let room time pass; without power it passes all the same."""
        if self._listener is None:
            self._began += seconds
        elif seconds > 0:
            self._order("go", seconds)

    # ---- what is done to it

    def begin(self, line: str) -> None:
        """A step of a scene, as it would be written there, begins now."""
        if self._listener is not None:
            self._order("begin", line)

    def change(self, part: str, line: str) -> None:
        """A step after which a part stays as it is, also over a restart."""
        self._world[part] = line
        self.begin(line)

    def start(self) -> None:
        """Begin a life, in the world as it is."""
        if self._stage is None and "uplink" in self._peers:
            self._open_stage()
        self._began, self._now = self.now(), 0.0
        self._listener = self._popen_listener()
        self._take(self._listener)
        self._start_peers()

    def kill(self) -> None:
        """SIGKILL; the kernel closes the microphone."""
        if self._listener is not None:
            self._listener.kill()
            self._end_listener()
        self.captures.add(False)

    def cut(self) -> None:
        """Every process dies at once, and the light with them."""
        self.kill()
        for process in self._running:
            process.kill()
            process.wait()
        self._running.clear()
        self.light.add(("off", "still"))

    def say_on_broker(self, topic: str, payload: str) -> None:
        """Publish, and something behind it that the listener can be seen to have heard."""
        assert self._stage is not None
        self._words += 1
        word = f"Word {self._words}."
        for where, what in ((topic, payload), (WEATHER, word)):
            login = self._stage.login("hub")
            subprocess.run(["mosquitto_pub", *login, "-q", "1", "-t", where, "-m", what], check=True)
        self._order("hear", word)

    def bytes_on_broker(self) -> int:
        """What the broker got from this speaker, as mosquitto_sub wrote it down."""
        assert self._stage is not None
        self._stage.watched(RealClock())
        lines = [line.rsplit(" ", 1) for line in self._stage.witness.read_text().splitlines()]
        said = ("house/", "keepmum/tighten")
        return sum(int(size) for topic, size in lines if not topic.startswith(said))

    def close(self) -> None:
        """End everything."""
        self.cut()
        if self._stage is not None:
            self._stage.__exit__(None, None, None)
            self._stage = None
        shutil.rmtree(self._run, ignore_errors=True)

    # ---- how

    def _open_stage(self) -> None:
        self._stage = Stage({}, self._folder / "stage")
        self._stage.broker(RealClock())
        self._stage.hub("It is mild.", RealClock())

    def _settings(self) -> Path:
        began = datetime.fromtimestamp((self._scene.clock or NOON) + self._began, UTC)
        (self._folder / "room.txt").write_text(f"clock {began:%Y-%m-%d %H:%M:%S}\npause 0\n")
        said: dict[str, Any] = {
            "hardware": {
                "scene": str(self._folder / "room.txt"),
                "fast": True,
                "microphone": {"driver": "wav"},
                "mic_power": {"driver": "recorder"},
                "button": {"driver": "scripted"},
                "ring": {"driver": "recorder"},
                "speaker": {"driver": "wav", "file": str(self._folder / "replies.wav")},
            },
            "folders": {
                "run": str(self._run),
                "state": str(self._folder / "state"),
                "outbox": str(self._folder / "outbox"),
            },
            "home": {"weather_topic": WEATHER, "things": {"kitchen light": "zigbee2mqtt/kitchen_light"}},
        }
        if self._stage is not None:
            said["broker"] = self._stage._broker("speaker")
        file = self._folder / "keepmum.yaml"
        file.write_text(yaml.safe_dump(said))
        return file

    def _popen_listener(self) -> subprocess.Popen[str]:
        asked = [str(self._settings()), str(self._scene.path.parent), json.dumps(dict(self._scene.speaker))]
        command = [sys.executable, str(HERE / "simulated_speaker.py"), *asked, json.dumps(list(self._world.values()))]
        with (self._folder / "listener.log").open("ab") as log:
            pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
            return subprocess.Popen([*command, self._defect], **pipes)

    def _start_peers(self) -> None:
        if not self._running:
            for name in self._peers:
                command = [sys.executable, "-m", f"keepmum.{name}", "--config", str(self._folder / "keepmum.yaml")]
                with (self._folder / f"{name}.log").open("ab") as log:
                    self._running.append(subprocess.Popen(command, stderr=log))
        if self._peers:
            self._order("meet", list(self._peers))

    def _order(self, order: str, what: object) -> None:
        assert self._listener is not None
        assert self._listener.stdin is not None
        self._listener.stdin.write(json.dumps({order: what}) + "\n")
        try:
            self._listener.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        self._take(self._listener)

    def _take(self, listener: subprocess.Popen[str]) -> None:
        """Read one answer, and remember what was seen."""
        assert listener.stdout is not None
        line = listener.stdout.readline()
        if not line:
            raise self._died()
        answer = json.loads(line)
        self._now = float(answer["now"])
        for at, what, *how in answer["seen"]:
            if what == "light":
                self.light.add(tuple(how), self._began + at)
            else:
                self.captures.add(bool(how[0]), self._began + at)
        if answer["error"]:
            raise RigError(f"the simulated speaker gave up: {answer['error']}", self._last_words())

    def _died(self) -> SpeakerDied:
        self._end_listener()
        return SpeakerDied("the listener has ended by itself", self._last_words())

    def _end_listener(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.wait(timeout=20)
            for pipe in (listener.stdin, listener.stdout):
                if pipe is not None:
                    pipe.close()

    def _last_words(self) -> str:
        lines = (self._folder / "listener.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
