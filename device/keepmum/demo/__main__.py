"""Runs the demo: sets the stage, draws what happens, and closes with the two counts."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.live import Live

from keepmum.clock import RealClock
from keepmum.demo import account, count, screen
from keepmum.demo.stage import Stage
from keepmum.demo.story import Story
from keepmum.errors import KeepmumError, PeerError
from keepmum.hardware.scenes import text
from keepmum.messages import Seen
from keepmum.wire import Line

SCENE = Path(__file__).parent / "scenes" / "household.txt"
FRAMES = 8
"""Pictures a second."""

Reports = queue.SimpleQueue[Seen | None]


def main(
    *,
    mic: bool = False,
    scene: Path | None = None,
    fast: bool = False,
    keep: Path | None = None,
    aloud: bool = False,
    device: str | None = None,
) -> int:
    """Play; 0 if the scene went as written and the two counts agree.

    `aloud` answers on the loudspeaker; `device` is a part of the sound card's name, for what is real of the two;
    `keep` is an empty folder for the logs, the ledger, the witness's count and the answers as a WAV. Raises
    KeepmumError if something does not come up, or ends before its time.
    """
    # Ended from outside, or its window closed, the stage must be cleared all the same.
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, _leave)
    console, story, clock = Console(), Story(), RealClock()
    played = None if mic else text.read(scene or SCENE)
    hardware = _microphone(device) if played is None else _scene(played.path, fast)
    if aloud or mic:
        hardware["speaker"] = {"driver": "sounddevice", "device": device}
    with Stage(hardware, keep, played) as stage:
        with console.status("setting the stage: broker, collector, listener, skills, uplink"):
            stage.broker(clock)
            stage.hub("It is mild, with a little rain in the evening.", clock)
            stage.collector(clock)
            line = stage.speaker(clock)
        try:
            _play(console, stage, story, _reports(line))
        except KeyboardInterrupt:
            console.print("[dim]broken off[/]")
        stage.watched(clock)
        return _close(console, stage, story)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _scene(scene: Path, fast: bool) -> dict[str, object]:
    return {
        "scene": str(scene.resolve()),
        "fast": fast,
        "microphone": {"driver": "wav"},
        "button": {"driver": "scripted"},
        "ring": {"driver": "recorder"},
        # A relative path is seen from the stage's own configuration file.
        "speaker": {"driver": "wav", "file": "replies.wav"},
    }


def _microphone(device: str | None) -> dict[str, object]:
    return {
        "microphone": {"driver": "sounddevice", "device": device},
        "button": {"driver": "keyboard"},
        "ring": {"driver": "recorder"},
    }


def _reports(line: Line) -> Reports:
    """Everything that the listener reports, read by a thread of its own so that no report is lost to a slow screen."""
    reports: Reports = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(PeerError):
            while True:
                received = line.receive()
                if received is not None and isinstance(received[0], Seen):
                    reports.put(received[0])
        reports.put(None)

    threading.Thread(target=read, daemon=True, name="reports").start()
    return reports


def _play(console: Console, stage: Stage, story: Story, reports: Reports) -> None:
    """Until the scene is over; raises KeepmumError if a process ends before that."""
    clock = RealClock()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not story.over:
            told = len(story.talk)
            alive = _take(story, reports, 1 / FRAMES)
            problem = stage.ended() if alive else stage.hung_up()
            if problem and not story.over:
                raise KeepmumError(problem, f"its log is in {stage.folder}; `--keep FOLDER` keeps it")
            if console.is_terminal:
                seen = count.witnessed(stage.witness)
                live.update(screen.picture(story, seen, clock.now(), console.size), refresh=True)
            else:
                for who, what in story.talk[told:]:
                    console.print(*screen.line(who, what, console.width), sep="\n")


def _take(story: Story, reports: Reports, seconds: float) -> bool:
    """Take what came within `seconds`; False when nothing will come any more."""
    try:
        report = reports.get(timeout=seconds)
        while report is not None:
            story.take(report)
            report = reports.get_nowait()
    except queue.Empty:
        return True
    return False


def _close(console: Console, stage: Stage, story: Story) -> int:
    ours, theirs = count.ledgers(stage.state / "ledger"), count.witnessed(stage.witness)
    console.print(account.chapters(story), account.sums(story, ours), "", account.books(ours, theirs))
    if story.failures:
        console.print(f"[red]{story.failures} of the things that the scene waited for did not happen[/]")
    agree = ours == theirs
    console.print(
        "[green]The ledger and mosquitto agree, byte for byte.[/]"
        if agree
        else "[red]The ledger and mosquitto disagree.[/]"
    )
    if stage.kept:
        console.print(f"[dim]logs, ledger, witness.txt and replies.wav are in {stage.folder}[/]")
    return 0 if agree and not story.failures else 1
