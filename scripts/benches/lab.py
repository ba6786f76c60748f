"""What the lab costs: hours of audio per minute of a core, memory for a short and a long corpus, one and two processes.

An hour of a household is spoken by espeak-ng and heard; for longer corpora the same hour is listed again and again, so
that nothing but the length differs. Each run is made by a process of its own, whose CPU and greatest memory count.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from _figures import machine
from rich.console import Console
from rich.table import Table

from keepmum.errors import KeepmumError
from keepmum.lab.corpus.speech import speak_household
from keepmum.lab.pipeline.crew import Crew
from keepmum.lab.pipeline.tuning import Tuning
from keepmum.lab.running import make_run

_MIB = 1024
"""`ru_maxrss` is in KiB."""


@dataclass(frozen=True)
class Cost:
    """One run."""

    hours: float
    jobs: int
    seconds: float
    """On the clock, of a machine that may do other things."""
    cpu: float
    """Seconds of all processes."""
    memory: float
    """MiB of the process that had most at once."""

    @property
    def hours_a_minute(self) -> float:
        """Of audio, in a minute of one core."""
        return self.hours / self.cpu * 60


def main(argv: list[str]) -> int:
    """Speak, hear, print a table; exit code 0, and 1 if nothing can be spoken or heard."""
    if argv[:1] == ["--one"]:
        return _one(Path(argv[1]), Path(argv[2]), int(argv[3]))
    parser = argparse.ArgumentParser(prog="scripts/bench lab", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument(
        "--hours", type=int, action="append", help="length of a corpus; may be repeated (1 and 5; try 50)"
    )
    parser.add_argument("--jobs", type=int, action="append", help="processes for the first length (1 and 2)")
    options = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as name:
            costs = _measured(Path(name), options.hours or [1, 5], options.jobs or [1, 2])
    except KeepmumError as error:
        print(error.told_by("bench"), file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        # What the run itself had to tell it has told: its errors go where ours go.
        print(f"bench: error: a run ended with status {error.returncode}", file=sys.stderr)
        return 1
    _print(costs)
    print(f"{date.today()}, {machine()}")
    if options.json:
        figures = [{**asdict(cost), "hours_a_minute": cost.hours_a_minute} for cost in costs]
        options.json.write_text(json.dumps({"machine": machine(), "runs": figures}, indent=1) + "\n")
    return 0


def _measured(folder: Path, hours: Sequence[int], jobs: Sequence[int]) -> list[Cost]:
    spoken = speak_household(folder / "hour", seed=1, minutes=60)
    costs = []
    for place, length in enumerate(hours):
        corpus = _again(spoken, folder / f"{length}-hours", length)
        for count in jobs if not place else [1]:
            costs.append(_cost(corpus, folder / f"run-{length}-{count}", length, count))
    return costs


def _again(spoken: Path, place: Path, times: int) -> Path:
    """The same hour so many times: sound by links, truths under their new names."""
    place.mkdir()
    shutil.copy(spoken / "corpus.yaml", place)
    for number in range(times):
        for path in sorted(spoken.rglob("*.*")):
            name = path.relative_to(spoken)
            if name.parent == Path():
                continue
            copy = place / f"{number:03}" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".flac":
                copy.symlink_to(path)
            else:
                copy.write_text(path.read_text().replace('"recording":"', f'"recording":"{number:03}/'))
    return place


def _cost(corpus: Path, out: Path, hours: float, jobs: int) -> Cost:
    """By a process of its own, as memory that was once taken is counted for ever."""
    command = [sys.executable, str(Path(__file__).parent), "lab", "--one", str(corpus), str(out), str(jobs)]
    begin = time.monotonic()
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return Cost(hours, jobs, time.monotonic() - begin, told["cpu"], told["memory"])


def _one(corpus: Path, out: Path, jobs: int) -> int:
    make_run(corpus, out, Tuning(), Crew(jobs))
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(each.ru_utime + each.ru_stime for each in (mine, theirs))
    print(json.dumps({"cpu": cpu, "memory": max(mine.ru_maxrss, theirs.ru_maxrss) / _MIB}))
    return 0


def _print(costs: Sequence[Cost]) -> None:
    table = Table(
        "audio",
        "processes",
        "hours of audio per minute of one core",
        "most memory of one",
        "on the clock",
        "against one",
    )
    for cost in costs:
        alone = next(each for each in costs if each.hours == cost.hours)
        table.add_row(
            f"{cost.hours:g} h",
            str(cost.jobs),
            f"{cost.hours_a_minute:.2f}",
            f"{cost.memory:.0f} MiB",
            f"{cost.seconds:.0f} s",
            f"{alone.seconds / cost.seconds:.2f}",
        )
    Console(width=None if sys.stdout.isatty() else 132).print(table)
