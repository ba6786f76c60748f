"""What a speech model costs and how well it hears wake phrases, beside pocketsphinx on the same recordings.

The bundled model, official ones that scripts/fetch-model has put where it puts them, and any given folder are loaded
several times in fresh processes. Then every keyword of tests/audio, in a quiet room and with home noise 10 dB below
the voice, is played to each model in turn before the next recording comes, so that whatever else the machine does
slows all of them alike. The speaker's own spotter hears it, with a grammar of alexa, computer, jarvis and the
recipe's rivals; pocketsphinx listens for the three keyphrases, at thresholds that nobody tuned.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from _contestants import PHRASES, Absent, Contestant, Heard, Load, Sphinx, Vosk, answer, load
from _figures import machine, percentage
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from keepmum import shipped
from keepmum.forge import recipe
from keepmum.forge.evaluation import corpus, figure, phrases, sounds
from keepmum.forge.evaluation.corpus import Recording
from keepmum.forge.evaluation.figure import Figure
from keepmum.forge.evaluation.room import Room, rooms
from keepmum.settings import SpeechSettings
from keepmum.sound import seconds

ROOT = Path(__file__).parents[2]
AUDIO = ROOT / "tests" / "audio"
THRESHOLDS = (1e-20, 1e-40)
# The same two files that scripts/fetch-model goes by.
sys.path.append(str(ROOT / "scripts" / "models"))

_Pool = partial(ProcessPoolExecutor, 1, get_context("spawn"))
"""One process that has loaded nothing yet."""


@dataclass
class Row:
    """What was found about one of them."""

    name: str
    why: str = ""
    """It could not be measured, because."""
    loads: list[Load] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    sound: float = 0.0
    """Seconds that were heard."""
    cpu: float = 0.0
    wall: float = 0.0

    def add(self, heard: Heard, sound: float) -> str:
        """Count what hearing so many seconds of sound cost; the phrase that was found."""
        self.sound, self.cpu, self.wall = self.sound + sound, self.cpu + heard.cpu, self.wall + heard.wall
        return heard.phrase

    def cells(self) -> list[str]:
        """The line of the first table."""
        if self.why:
            return [self.name, "", "", "", "", "", self.why]
        known = self.loads[0].known
        missing = [phrase for phrase in PHRASES if phrase not in known.phrases]
        pace = f"{self.cpu / self.sound:.3f} ({self.wall / self.sound:.3f})" if self.sound else ""
        took, grew = self._median("seconds"), self._median("resident")
        remark = f"does not know {', '.join(missing)}" if missing else ""
        return [
            self.name,
            f"{known.size / 1e6:.1f} MB",
            f"{known.words:,}",
            f"{took:.2f} s",
            f"{grew:.0f} MiB",
            pace,
            remark,
        ]

    def share(self, what: str, condition: str) -> str:
        """The cell of the second table: a phrase that was heard, or all other keywords that were taken for one."""
        if what in PHRASES and what not in self.loads[0].known.phrases:
            return "not among its words"
        asked = "wake phrase heard" if what in PHRASES else "other keyword taken for a phrase"
        found = [one for one in self.figures if (one.question, one.what, one.condition) == (asked, what, condition)]
        return percentage(found[0].count, found[0].of) if found else "none"

    def written(self) -> dict[str, Any]:
        """For JSON."""
        if self.why:
            return {"model": self.name, "not_measured": self.why}
        known = self.loads[0].known
        return {
            "model": self.name,
            "bytes": known.size,
            "words": known.words,
            "phrases": known.phrases,
            "load_seconds": [one.seconds for one in self.loads],
            "resident_mib": [one.resident for one in self.loads],
            "sound_seconds": self.sound,
            "cpu_seconds": self.cpu,
            "wall_seconds": self.wall,
            "figures": figure.written(self.figures),
        }

    def _median(self, what: str) -> float:
        return statistics.median(float(getattr(one, what)) for one in self.loads)


def main(argv: list[str]) -> int:
    """Measure, print two tables; exit code 0 even if a row could not be measured."""
    parser = argparse.ArgumentParser(prog="scripts/bench model", description=__doc__)
    parser.add_argument("--model", type=Path, action="append", default=[], help="another model's folder (repeatable)")
    parser.add_argument("--threshold", type=float, action="append", help="of pocketsphinx (repeatable)")
    parser.add_argument("--loads", type=int, default=5, help="fresh processes for the time to load")
    parser.add_argument("--every", type=int, default=1, help="play only every so many recordings")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args(argv)
    began = time.monotonic()
    recordings = [one for one in corpus.recordings(AUDIO) if one.phrase and one.kind in ("wake", "speech")]
    noises = [one.path for one in corpus.recordings(AUDIO) if one.path.stem in sounds.HOME_NOISE]
    rows = measure(
        list(contestants(options.model, options.threshold or THRESHOLDS)),
        recordings[:: max(1, options.every)],
        rooms(noises),
        max(1, options.loads),
    )
    command = shlex.join(["scripts/bench", "model", *argv])
    _print(rows, f"{date.today()}, {machine()}; {time.monotonic() - began:.0f} s. {command}")
    if options.json:
        found = {"date": str(date.today()), "machine": machine(), "command": command, "recordings": "tests/audio"}
        options.json.write_text(json.dumps({**found, "rows": [row.written() for row in rows]}, indent=1) + "\n")
    return 0


def contestants(folders: Sequence[Path], thresholds: Sequence[float]) -> Iterator[Contestant]:
    """The bundled model, the given ones, the official ones, and pocketsphinx at each threshold."""
    from fetched import home
    from shelf import pinned

    rivals = recipe.read(shipped.folder() / "recipes" / "en-household.yaml").rivals
    yield Vosk("bundled", SpeechSettings().model, rivals)
    for folder in folders:
        yield Vosk("/".join(folder.resolve().parts[-2:]), folder, rivals)
    for name in pinned():
        there = home() / name
        yield Vosk(name, there, rivals) if there.is_dir() else Absent(name, "not here: scripts/fetch-model")
    for threshold in thresholds:
        yield Sphinx(threshold)


def measure(
    taking_part: Sequence[Contestant], recordings: Sequence[Recording], where: Sequence[Room], loads: int
) -> list[Row]:
    """Load each several times, then play every recording in every room to all of them."""
    rows = {one: Row(one.name) for one in taking_part}
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("loading", total=loads * len(rows))
        for _ in range(loads):
            for one, row in rows.items():
                _load(one, row)
                progress.advance(bar)
        bar = progress.add_task("recordings", total=len(recordings) * len(where))
        measured = {one: row for one, row in rows.items() if not row.why}
        with ExitStack() as stack:
            pools = {one: stack.enter_context(_Pool()) for one in measured}
            for room in where:
                for each in _play(recordings, room, measured, pools):
                    progress.advance(bar, each)
    return list(rows.values())


def _load(one: Contestant, row: Row) -> None:
    """In a fresh process; a model that ends the process is a finding as well."""
    if row.why:
        return
    try:
        with _Pool() as pool:
            found = pool.submit(load, one).result()
    except BrokenProcessPool:
        found = "its process ended while it was loaded"
    if isinstance(found, str):
        row.why = found
    else:
        row.loads.append(found)


def _play(
    recordings: Sequence[Recording],
    room: Room,
    rows: dict[Contestant, Row],
    pools: dict[Contestant, ProcessPoolExecutor],
) -> Iterator[int]:
    """Each recording to all of them, beginning with another one each time; one after the other, never two at once."""
    answers: dict[Contestant, dict[str, str]] = {one: {} for one in rows}
    for number, recording in enumerate(recordings):
        sound = room.played(recording.path, recording.name)
        for one in turned(list(rows), number):
            try:
                heard = pools[one].submit(answer, one, sound).result()
            except BrokenProcessPool:
                rows.pop(one).why = f"its process ended at {recording.name}"
                continue
            answers[one][recording.name] = rows[one].add(heard, seconds(sound))
        yield 1
    for one, row in rows.items():
        row.figures += phrases.counted(answers[one], recordings, PHRASES, room.name)


def turned(order: list[Contestant], number: int) -> list[Contestant]:
    """The same ones, beginning `number` places later."""
    at = number % len(order) if order else 0
    return order[at:] + order[:at]


def _print(rows: Sequence[Row], made: str) -> None:
    console = Console(width=None if sys.stdout.isatty() else 132)
    pace = "CPU (clock) s per s of sound"
    cost = Table("model", "on disk", "words", "to load", "memory", pace, "", title="What it costs")
    for row in rows:
        cost.add_row(*row.cells())
    console.print(cost)
    console.print(_accuracy([row for row in rows if not row.why]))
    console.print("To load: median of fresh processes, in files that were read before. Memory: with the library.")
    console.print(made, soft_wrap=True)


def _accuracy(rows: Sequence[Row]) -> Table:
    """One line for each phrase and model, so that the models stand below each other."""
    where = list(dict.fromkeys(one.condition for row in rows for one in row.figures))
    table = Table("", "model", *where, title="What it hears: count, share and 95 % interval")
    for what in (*PHRASES, "all"):
        for number, row in enumerate(rows):
            title = f"{what}, heard" if what in PHRASES else "other keywords, taken"
            table.add_row("" if number else title, row.name, *(row.share(what, condition) for condition in where))
        table.add_section()
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
