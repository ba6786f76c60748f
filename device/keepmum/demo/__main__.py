"""Runs the demo: sets the stage, draws what happens, and closes with the two counts."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
from pathlib import Path

from rich.console import Console
from rich.live import Live

from keepmum.clock import RealClock
from keepmum.demo import count, screen
from keepmum.demo.stage import Stage
from keepmum.demo.story import Story
from keepmum.errors import KeepmumError, PeerError
from keepmum.messages import Seen
from keepmum.wire import Line

SCENE = Path(__file__).parent / "scenes" / "household.txt"
FRAMES = 8
"""Pictures a second."""


def main(*, mic: bool = False, scene: Path | None = None, fast: bool = False, keep: Path | None = None) -> int:
    """Play; 0 if the scene went as written and the two counts agree."""
    console, story, clock = Console(), Story(), RealClock()
    hardware = _microphone() if mic else _scene(scene or SCENE, fast)
    with Stage(hardware, keep) as stage:
        with console.status("setting the stage: broker, collector, listener, skills, uplink"):
            stage.broker(clock)
            stage.hub("It is mild, with a little rain in the evening.")
            stage.collector()
            line = stage.speaker(clock)
        with contextlib.suppress(KeyboardInterrupt):
            _play(console, stage, story, _reports(line))
        return _close(console, stage, story)


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


def _microphone() -> dict[str, object]:
    return {"button": {"driver": "keyboard"}, "ring": {"driver": "recorder"}}


def _reports(line: Line) -> queue.SimpleQueue[Seen | None]:
    """Everything that the listener reports, read by a thread of its own so that no report is lost to a slow screen."""
    reports: queue.SimpleQueue[Seen | None] = queue.SimpleQueue()

    def read() -> None:
        try:
            while True:
                received = line.receive()
                if received is not None and isinstance(received[0], Seen):
                    reports.put(received[0])
        except PeerError:
            reports.put(None)

    threading.Thread(target=read, daemon=True, name="reports").start()
    return reports


def _play(console: Console, stage: Stage, story: Story, reports: queue.SimpleQueue[Seen | None]) -> None:
    """Until the scene is over, or the listener hangs up."""
    clock = RealClock()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not story.over:
            told = len(story.talk)
            if _take(story, reports, 1 / FRAMES) is None:
                raise KeepmumError(stage.ended() or "the listener hung up", f"see the logs in {stage.folder}")
            if console.is_terminal:
                live.update(screen.picture(story, _so_far(stage.witness), clock.now()), refresh=True)
            else:
                for who, what in story.talk[told:]:
                    console.print(screen.line(who, what))


def _take(story: Story, reports: queue.SimpleQueue[Seen | None], seconds: float) -> bool | None:
    """Take what came within `seconds`; None when nothing will come any more."""
    try:
        report = reports.get(timeout=seconds)
        while report is not None:
            story.take(report)
            report = reports.get_nowait()
    except queue.Empty:
        return True
    return None


def _so_far(witness: Path) -> tuple[int, int]:
    lines = witness.read_text().splitlines()
    return len(lines), sum(int(line.rpartition(" ")[2]) for line in lines if line)


def _close(console: Console, stage: Stage, story: Story) -> int:
    ours, theirs = count.ledgers(stage.state / "ledger.jsonl"), count.witnessed(stage.witness)
    console.print(screen.summary(story), screen.books(ours, theirs))
    if story.failures:
        console.print(f"[red]{story.failures} things that the scene waited for did not happen[/]")
    agree = ours == theirs
    console.print(
        "[green]The ledger and mosquitto agree, byte for byte.[/]"
        if agree
        else "[red]The ledger and mosquitto disagree.[/]"
    )
    return 0 if agree and not story.failures else 1


if __name__ == "__main__":
    sys.exit(main(fast="--fast" in sys.argv))
