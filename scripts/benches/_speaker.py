"""The real speaker as a measurement sees it: from outside, through /proc, the panel's door and mosquitto_sub."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import yaml

from keepmum.clock import RealClock
from keepmum.demo import machine
from keepmum.demo.stage import Stage
from keepmum.errors import PeerError
from keepmum.messages import Seen, Status, StatusReport
from keepmum.wire import Line, connect

PROCESSES = ("listener", "uplink", "skills")
PATIENCE = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """CPU seconds that a process has used, with the children that it has waited for (espeak-ng)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def peak(pid: int) -> float:
    """The most memory that a process ever had resident, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@dataclass(frozen=True)
class Reported:
    """One report of the listener: when it came (Unix time), and when it was in the scene (Unix time there)."""

    came: float
    seen: Seen


@dataclass
class Life:
    """What a scene cost, and what was reported in it."""

    seconds: float = 0.0
    """Of sound, from the moment at which the microphone was opened."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of each process in that time."""
    peak: dict[str, float] = field(default_factory=dict)
    """MiB of each process, since its start."""
    reports: list[Reported] = field(default_factory=list)
    messages: list[tuple[float, str]] = field(default_factory=list)
    """When the broker passed a message on (Unix time), and its topic; the hub's are left out."""

    def count(self, kind: str) -> int:
        """How many reports of this kind came."""
        return sum(report.seen.kind == kind for report in self.reports)


def live(scene: Path, *, fast: bool, each: Callable[[Seen], None]) -> Life:
    """Play a scene to the real processes; `each` is told every report."""
    life, clock = Life(), RealClock()
    with tempfile.TemporaryFile("w+") as book, Stage(_hardware(scene, fast=fast), None) as stage:
        stage.broker(clock)
        with _subscriber(stage, book):
            stage.hub("It is mild.", clock)
            stage.collector(clock)
            _follow(stage, stage.speaker(clock), life, each)
            stage.watched(clock)
        book.seek(0)
        rows = [row.split(" ", 1) for row in book.read().splitlines()]
    life.messages = [(float(at), topic) for at, topic in rows if not topic.startswith("house/")]
    return life


def _follow(stage: Stage, line: Line, life: Life, each: Callable[[Seen], None]) -> None:
    """Take every report until the scene is over, and read what each process has used by then."""
    pids = {name: stage.pid(name) for name in PROCESSES}
    before: dict[str, float] = {}
    began, over = 0.0, False
    while not over:
        received = line.receive()
        if received is None or not isinstance(seen := received[0], Seen):
            continue
        life.reports.append(Reported(time.time(), seen))
        each(seen)
        over = seen.kind == "over"
        if not before and seen.kind == "ear":
            before, began = {name: cpu(pid) for name, pid in pids.items()}, seen.at
    life.cpu = {name: cpu(pid) - before[name] for name, pid in pids.items()}
    life.peak = {name: peak(pid) for name, pid in pids.items()}
    life.seconds = life.reports[-1].seen.at - began
    line.close()


def _hardware(scene: Path, *, fast: bool) -> dict[str, object]:
    """The owner's section for a speaker that lives in a scene."""
    return {
        "scene": str(scene),
        "fast": fast,
        "microphone": {"driver": "wav"},
        "button": {"driver": "scripted"},
        "ring": {"driver": "recorder"},
        "speaker": {"driver": "wav", "file": "replies.wav"},
    }


@contextmanager
def _subscriber(stage: Stage, book: IO[str]) -> Iterator[None]:
    """mosquitto_sub with its own clock: Unix time and topic of each message."""
    words = ["mosquitto_sub", *stage.login("witness"), "-q", "1", "-t", "#", "-F", "%U %t"]
    process = subprocess.Popen(words, stdout=book)
    try:
        yield
    finally:
        # It does not always go when it is asked to.
        machine.end(process)


# ---- the start


def starts(times: int) -> dict[str, list[float]]:
    """Seconds from the start of the process: of Python alone, of its imports, of the listener until it listens."""
    with tempfile.TemporaryDirectory(prefix="km-") as name:
        folder = Path(name)
        scene, settings = folder / "scene.txt", folder / "keepmum.yaml"
        folders = {part: str(folder / part) for part in ("run", "state", "outbox")}
        # Once with a hand that opens the microphone, so that every later start finds it unmuted.
        for text, fast in (("hold 1\npause 600\n", True), ("pause 600\n", False)):
            scene.write_text(text)
            settings.write_text(yaml.safe_dump({"hardware": _hardware(scene, fast=fast), "folders": folders}))
            _until_listening(settings, folder / "run")
        return {
            "Python": [_took("pass") for _ in range(times)],
            "imports": [_took("import keepmum.listener.__main__") for _ in range(times)],
            "listening": [_until_listening(settings, folder / "run") for _ in range(times)],
        }


def _took(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def _until_listening(settings: Path, run: Path) -> float:
    """Start the listener, ask it how it is until its microphone is open, and end it again."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "keepmum.listener", "--config", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while not _listens(run):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"the listener does not come up: {' '.join(command)}")
                time.sleep(0.005)
            return time.perf_counter() - began
        finally:
            process.terminate()


def _listens(run: Path) -> bool:
    try:
        line = connect(run, "panel", timeout=5.0)
        try:
            line.send(Status())
            received = line.receive()
        finally:
            line.close()
    except PeerError:
        return False
    return received is not None and isinstance(received[0], StatusReport) and received[0].microphone == "open"
