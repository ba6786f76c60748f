"""The real speaker on an island: listener, uplink and skills at one end, broker, witness and recipient at the other."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from island import HOUSE, Island

from keepmum import ledger
from keepmum.clock import RealClock
from keepmum.demo.stage import Stage
from keepmum.errors import KeepmumError, PeerError
from keepmum.hardware.scenes.scene import Scene
from keepmum.messages import Seen
from keepmum.wire import Line

SPEAKERS = ("listener", "uplink", "skills")
Wrap = Callable[[str, list[str]], list[str]]
"""Puts words in front of a process's command, or other ones in its place: (name, command) -> command."""
_TO_END = 15.0
"""Seconds that a traced program gets to close in order."""
Tell = Callable[[float], None]
"""Is told how many seconds of sound have passed."""


@dataclass
class Life:
    """What the listener reported, for as long as the scene was."""

    counts: Counter[str] = field(default_factory=Counter)
    """Reports of each kind; rows of the ledger also as `row WHAT`, and as `row WHAT STATE` where they have one."""
    began: float = 0.0
    until: float = 0.0
    failures: int = 0
    """Things that the scene waited for and that did not happen."""

    @property
    def seconds(self) -> float:
        """How long the scene was, by the listener's own clock."""
        return self.until - self.began

    def take(self, seen: Seen) -> bool:
        """Take in one report; whether it was the last."""
        self.counts[seen.kind] += 1
        if seen.kind == "row":
            self.counts[f"row {seen.facts['what']}"] += 1
            self.counts[f"row {seen.facts['what']} {seen.facts.get('state', '')}"] += 1
        self.began, self.until = self.began or seen.at, seen.at
        if seen.kind == "over":
            self.failures = int(str(seen.facts["failures"]))
        return seen.kind == "over"


class Apart(Stage):
    """A stage with a wire between the speaker and everybody else."""

    patience = 180.0
    """A small Pi under strace takes its time."""

    def __init__(self, island: Island, hardware: Mapping[str, object], scene: Scene, wrap: Wrap | None = None) -> None:
        super().__init__(hardware, None, scene, HOUSE)
        self._island, self._wrap = island, wrap or (lambda _, command: command)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            _end_traced(process)
        super().__exit__(kind, error, trace)

    def command(self, name: str) -> list[str]:
        command = self._wrap(name, super().command(name))
        return self._island.in_speaker(command) if name in SPEAKERS else command


def _end_traced(process: subprocess.Popen[bytes]) -> None:
    """End a program before the strace that started it, which leaves its filter behind: there the program would hang."""
    about = Path(f"/proc/{process.pid}")
    try:
        if (about / "comm").read_text() != "strace\n":
            return
        for child in (about / f"task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
        process.wait(_TO_END)
    except (OSError, subprocess.TimeoutExpired):
        # It has ended already, or will not: then both are ended as all others are.
        return


class House:
    """A scene and everything that it needs, as a context. What it is about happens in `live`."""

    def __init__(self, island: Island, scene: str | Path, *, fast: bool = True, wrap: Wrap | None = None) -> None:
        """`scene` is a file, or the text of one."""
        self._folder = tempfile.TemporaryDirectory(prefix="km-prove-")
        self.scene = scene if isinstance(scene, Path) else Path(self._folder.name) / "scene.txt"
        if isinstance(scene, str):
            self.scene.write_text(scene)
        self.island = island
        self.stage = Apart(island, hardware(self.scene, fast=fast), Scene.load(self.scene), wrap)
        self.life = Life()
        self._clock = RealClock()

    def __enter__(self) -> Self:
        self.stage.__enter__()
        try:
            with self.island.house():
                self.stage.broker(self._clock)
                self.stage.hub("It is mild.", self._clock)
                self.stage.collector(self._clock)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stage.__exit__(None, None, None)
        self._folder.cleanup()

    def live(self, tell: Tell, until: Callable[[], bool] = lambda: False) -> Life:
        """Start the speaker and follow it to the end of its scene, or until somebody says so.

        Raises KeepmumError if one of its processes ends.
        """
        with self.island.house():
            line = self.stage.speaker(self._clock)
            try:
                self._follow(line, tell, until)
            finally:
                line.close()
            self.stage.watched(self._clock)
        return self.life

    def _follow(self, line: Line, tell: Tell, until: Callable[[], bool]) -> None:
        over = False
        while not over and not until():
            try:
                received = line.receive()
            except PeerError as error:
                raise KeepmumError(self.stage.hung_up(), "run scripts/demo, which shows the same processes") from error
            if received is not None and isinstance(received[0], Seen):
                over = self.life.take(received[0])
                tell(self.life.seconds)

    def idle(self, until: Callable[[], bool]) -> None:
        """Start the speaker and leave it alone until somebody says so."""
        with self.island.house():
            line = self.stage.speaker(self._clock)
            while not until():
                if problem := self.stage.ended():
                    raise KeepmumError(problem, "run scripts/demo, which shows the same processes")
                time.sleep(0.1)
            line.close()

    def rows(self, what: str) -> list[Mapping[str, object]]:
        """The facts of the ledger's rows of one kind."""
        return [row.facts for row in ledger.read(self.stage.state / "ledger") if row.what == what]


def hardware(scene: Path, *, fast: bool) -> dict[str, object]:
    """The owner's section for a speaker that lives in a scene."""
    return {
        "scene": str(scene.resolve()),
        "fast": fast,
        "microphone": {"driver": "wav"},
        "button": {"driver": "scripted"},
        "ring": {"driver": "recorder"},
        "speaker": {"driver": "wav", "file": "replies.wav"},
    }
