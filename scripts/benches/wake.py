"""How often the wake phrase is missed, and how often something else wakes: every recording through the real stages.

The recordings of tests/audio run block by block through the wake engines and Vosk's confirmation, with a second
of the room before and half a second after each, as they are and with home noise (dishes, tap, exercise bike) 10 dB
below the voice. `alexa` has trained models; `computer` and `jarvis` are found by the speech model alone.

For a phrase with trained models it also asks what the confirmation is worth: how many of the real ones that came
through the first stages it refuses, what else it lets through, and how many neighbours of the phrase ("lexus",
"election"), which espeak-ng speaks on the spot. `--model` tries another speech model in its place.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import _neighbours
from _figures import machine, percentage, rate
from _stages import opened
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from keepmum.errors import ModelError
from keepmum.forge.evaluation import sounds
from keepmum.lab.intervals import garwood, wilson
from keepmum.listener.speech import model_folder
from keepmum.listener.wake import first as wake_models
from keepmum.settings import SpeechSettings
from keepmum.sound import RATE, seconds

AUDIO = Path(__file__).parents[2] / "tests" / "audio"
PHRASES = ("alexa", "computer", "jarvis")
HOME_NOISE = tuple(AUDIO / "noise" / f"{name}.opus" for name in sounds.HOME_NOISE)
QUIET, NOISY = "quiet", "home noise, 10 dB"
_SHARD = 40


@dataclass
class Counts:
    """What happened while one kind of recordings ran."""

    clips: int = 0
    woken: int = 0
    refused: int = 0
    """Recordings that had a candidate, but none that Vosk confirmed."""
    seconds: float = 0.0
    cpu: float = 0.0
    triggers: int = 0
    candidates: int = 0
    confirmed: int = 0
    alone: int = 0
    """Recordings in which Vosk finds the phrase when it is asked without the first stages; only for trained ones."""

    def add(self, other: Counts) -> None:
        """Take another part of the same recordings in."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


Found = dict[tuple[str, str, bool], Counts]
"""By phrase, condition, and whether the phrase is what was said."""


@dataclass(frozen=True)
class Job:
    """A few recordings for one phrase in one condition."""

    phrase: str
    condition: str
    positive: bool
    files: tuple[str, ...]
    model: Path

    @property
    def key(self) -> tuple[str, str, bool]:
        """What its counts are added to."""
        return self.phrase, self.condition, self.positive


def main(argv: list[str]) -> int:
    """Run every recording and print tables; exit code 0, and 1 if there is no speech model in the folder."""
    parser = argparse.ArgumentParser(prog="scripts/bench wake", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--phrase", choices=PHRASES, action="append", help="only this phrase (may be repeated)")
    parser.add_argument("--model", type=Path, default=SpeechSettings().model, help="another speech model's folder")
    parser.add_argument("--neighbours", action="store_true", help="only what sounds like a phrase, by espeak-ng")
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args(argv)
    try:
        phrases = _known(options.phrase or PHRASES, options.model)
    except ModelError as error:
        print(error.told_by("bench"), file=sys.stderr)
        return 1
    begin = time.monotonic()
    with ProcessPoolExecutor(options.processes) as pool:
        jobs = [] if options.neighbours else list(_jobs(phrases, options.model))
        counts, delays = _run(jobs, pool)
        neighbours = {phrase: _neighbours_of(phrase, options.model, pool) for phrase in phrases if _is_trained(phrase)}
    _print(counts, delays, neighbours)
    made = f"{date.today()}, {machine()}; {time.monotonic() - begin:.0f} s. Recordings: tests/audio/README.md"
    print(f"{made}\n{shlex.join(['scripts/bench', 'wake', *argv])}; speech model {options.model.name}")
    if options.json:
        options.json.write_text(json.dumps(_figures(counts, delays, neighbours), indent=1) + "\n")
    return 0


def _known(phrases: Sequence[str], model: Path) -> list[str]:
    """Those that the model can hear; of the others it is said that it cannot. Raises ModelError."""
    words = model_folder.vocabulary(model)
    for phrase in phrases:
        if phrase not in words:
            print(f"{phrase}: not measured, the speech model in {model} does not know it")
    return [phrase for phrase in phrases if phrase in words]


def _is_trained(phrase: str) -> bool:
    """Whether the wake engines hear it, so that the confirmation is another's check."""
    return phrase in wake_models.MODELS


def _jobs(phrases: Sequence[str], model: Path) -> Iterator[Job]:
    rows = [json.loads(line) for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
    for phrase in phrases:
        positive = [row["file"] for row in rows if row["kind"] == "wake" and row["phrase"] == phrase]
        negative = [row["file"] for row in rows if row["kind"] != "noise" and phrase not in (row["phrase"] or "")]
        # The speech model alone needs six times the CPU: false wakes only in quiet, on every second recording.
        others = {QUIET: negative[::2]} if not _is_trained(phrase) else {QUIET: negative, NOISY: negative}
        for condition in (QUIET, NOISY):
            yield from _shards(phrase, condition, True, positive, model)
            yield from _shards(phrase, condition, False, others.get(condition, []), model)


def _shards(phrase: str, condition: str, positive: bool, files: list[str], model: Path) -> Iterator[Job]:
    for at in range(0, len(files), _SHARD):
        yield Job(phrase, condition, positive, tuple(files[at : at + _SHARD]), model)


def _run(jobs: list[Job], pool: ProcessPoolExecutor) -> tuple[Found, dict[str, list[float]]]:
    counts: Found = {}
    delays: dict[str, list[float]] = {}
    with Progress(console=Console(stderr=True), disable=not jobs) as progress:
        bar = progress.add_task("recordings", total=sum(len(job.files) for job in jobs))
        running = {pool.submit(_hear_all, job): job for job in jobs}
        for done in as_completed(running):
            job, (found, late) = running[done], done.result()
            counts.setdefault(job.key, Counts()).add(found)
            if job.condition == QUIET and job.positive:
                delays.setdefault(job.phrase, []).extend(late)
            progress.advance(bar, len(job.files))
    return counts, delays


def _hear_all(job: Job) -> tuple[Counts, list[float]]:
    """In a process of its own: every recording of the job, one after the other."""
    (speaker, confirmation), counts, delays = opened(job.phrase, job.model), Counts(), []
    for file in job.files:
        sound = _with_room(file, job.condition)
        begin = time.process_time()
        before = speaker.candidates
        woken = speaker.hear(sound)
        counts.cpu += time.process_time() - begin
        counts.seconds += seconds(sound)
        counts.clips += 1
        counts.alone += _is_trained(job.phrase) and confirmation.hear(sound)
        counts.refused += woken is None and speaker.candidates > before
        if woken is not None:
            counts.woken += 1
            delays.append(woken - _end_of_voice(file))
    counts.triggers, counts.candidates = speaker.wake.triggers, speaker.candidates
    counts.confirmed = speaker.confirmed
    return counts, delays


def _neighbours_of(phrase: str, model: Path, pool: ProcessPoolExecutor) -> list[_neighbours.Said]:
    conditions: dict[str, tuple[Path, ...]] = {QUIET: (), NOISY: HOME_NOISE}
    voices = (*_neighbours.TRAINED, *_neighbours.HELD_OUT)
    running = [pool.submit(_neighbours.hear_voice, phrase, model, voice, conditions) for voice in voices]
    console = Console(stderr=True)
    return [said for one in track(running, "neighbours", console=console, transient=True) for said in one.result()]


def _with_room(file: str, condition: str) -> bytes:
    """A recording with a second of the room before it and half a second after it."""
    noise = sounds.noise_for(file, HOME_NOISE) if condition == NOISY else None
    return sounds.heard(sounds.read(AUDIO / file), file, noise)


def _end_of_voice(file: str) -> float:
    """Where the voice ends in what `_with_room` makes of a recording, in seconds, by loudness."""
    return sounds.BEFORE / RATE + sounds.voice_in(sounds.read(AUDIO / file))[1]


def _print(
    counts: Found,
    delays: dict[str, list[float]],
    neighbours: dict[str, list[_neighbours.Said]],
) -> None:
    console = Console(width=None if sys.stdout.isatty() else 132)
    missed = Table("phrase", "condition", "missed, with 95 % interval", "of these refused by Vosk", title="Misses")
    false = Table(
        "phrase", "condition", "first stage", "second stage", "wakes, with 95 % interval", title="False wakes"
    )
    cost = Table(
        "phrase", "condition", "CPU s per hour of speech", "woken after the phrase's end", title="Cost and delay"
    )
    for (phrase, condition, positive), count in sorted(counts.items()):
        hours = count.seconds / 3600
        if positive:
            missed.add_row(phrase, condition, percentage(count.clips - count.woken, count.clips), str(count.refused))
        else:
            false.add_row(phrase, condition, str(count.triggers), str(count.candidates), rate(count.confirmed, hours))
            late = _delay(delays.get(phrase, []))
            cost.add_row(phrase, condition, f"{count.cpu / hours:.0f}", late if condition == QUIET else "")
    shown = [missed, false, *_worth(counts), cost] if counts else []
    for table in (*shown, *(_neighbours.table(phrase, found) for phrase, found in neighbours.items())):
        console.print(table)


def _worth(counts: Found) -> Iterator[Table]:
    """What the confirmation alone costs and gives, where other stages stand before it."""
    table = Table(
        "phrase", "condition", "recordings", "what", "count, share, 95 % interval", title="Vosk's confirmation"
    )
    for (phrase, condition, positive), count in sorted(counts.items()):
        if _is_trained(phrase):
            before = count.woken + count.refused
            said, became, many = (phrase, "lost", count.refused) if positive else ("others", "let through", count.woken)
            table.add_row(phrase, condition, said, f"{became}, of those that came to it", percentage(many, before))
            table.add_row("", "", said, "found without other stages", percentage(count.alone, count.clips))
    if table.row_count:
        yield table


def _delay(late: list[float]) -> str:
    if len(late) < 2:
        return ""
    return f"median {statistics.median(late):.2f} s, p90 {statistics.quantiles(late, n=10)[-1]:.2f} s"


def _figures(
    counts: Found,
    delays: dict[str, list[float]],
    neighbours: dict[str, list[_neighbours.Said]],
) -> dict[str, Any]:
    rows = []
    for (phrase, condition, positive), count in sorted(counts.items()):
        row = {"phrase": phrase, "condition": condition, "positive": positive, **asdict(count)}
        if positive:
            row["missed_interval"] = wilson(count.clips - count.woken, count.clips)
        else:
            row["confirmed_interval_per_hour"] = [bound * 3600 / count.seconds for bound in garwood(count.confirmed)]
        rows.append(row)
    spoken = {phrase: [asdict(one) for one in found] for phrase, found in neighbours.items()}
    return {"date": str(date.today()), "machine": machine(), "rows": rows, "delays": delays, "neighbours": spoken}
