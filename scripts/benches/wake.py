"""How often the wake phrase is missed, and how often something else wakes: every recording through the real stages.

The recordings of tests/audio run block by block through the wake engines and Vosk's confirmation, with a second
of the room before and half a second after each, as they are and with home noise (dishes, tap, exercise bike) 10 dB
below the voice. `alexa` has trained models; `computer` and `jarvis` are found by the speech model alone. As in the
speaker, every candidate that Vosk was asked about empties the pre-roll and the engines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from _figures import machine, percentage, rate
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from keepmum.forge.evaluation import sounds
from keepmum.lab.intervals import garwood, wilson
from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.model import open_model
from keepmum.listener.wake import first as wake_models
from keepmum.listener.wake.cascade import Cascade
from keepmum.listener.wake.confirm import CONFIRM_AFTER, Confirmer
from keepmum.settings import SpeechSettings, WakeSettings
from keepmum.sound import BLOCK_BYTES, RATE, seconds

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

    def add(self, other: Counts) -> None:
        """Take another part of the same recordings in."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


@dataclass(frozen=True)
class Job:
    """A few recordings for one phrase in one condition."""

    phrase: str
    condition: str
    positive: bool
    files: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, bool]:
        """What its counts are added to."""
        return self.phrase, self.condition, self.positive


def main(argv: list[str]) -> int:
    """Run every recording and print three tables; exit code 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench wake", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--phrase", choices=PHRASES, action="append", help="only this phrase (may be repeated)")
    options = parser.parse_args(argv)
    jobs = list(_jobs(options.phrase or PHRASES))
    begin = time.monotonic()
    counts, delays = _run(jobs)
    _print(counts, delays, time.monotonic() - begin)
    if options.json:
        options.json.write_text(json.dumps(_figures(counts, delays), indent=1) + "\n")
    return 0


def _jobs(phrases: Sequence[str]) -> Iterator[Job]:
    rows = [json.loads(line) for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
    for phrase in phrases:
        positive = [row["file"] for row in rows if row["kind"] == "wake" and row["phrase"] == phrase]
        negative = [row["file"] for row in rows if row["kind"] != "noise" and phrase not in (row["phrase"] or "")]
        # The speech model alone needs six times the CPU: false wakes only in quiet, on every second recording.
        others = {QUIET: negative[::2]} if phrase not in wake_models.MODELS else {QUIET: negative, NOISY: negative}
        for condition in (QUIET, NOISY):
            yield from _shards(phrase, condition, True, positive)
            yield from _shards(phrase, condition, False, others.get(condition, []))


def _shards(phrase: str, condition: str, positive: bool, files: list[str]) -> Iterator[Job]:
    for at in range(0, len(files), _SHARD):
        yield Job(phrase, condition, positive, tuple(files[at : at + _SHARD]))


def _run(jobs: list[Job]) -> tuple[dict[tuple[str, str, bool], Counts], dict[str, list[float]]]:
    counts: dict[tuple[str, str, bool], Counts] = {}
    delays: dict[str, list[float]] = {}
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool, Progress(console=Console(stderr=True)) as progress:
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
    speaker, counts, delays = Speaker(job.phrase), Counts(), []
    for file in job.files:
        sound = _with_room(file, job.condition)
        begin = time.process_time()
        before = speaker.candidates
        woken = speaker.hear(sound)
        counts.cpu += time.process_time() - begin
        counts.seconds += seconds(sound)
        counts.clips += 1
        counts.refused += woken is None and speaker.candidates > before
        if woken is not None:
            counts.woken += 1
            delays.append(woken - _end_of_voice(file))
    counts.triggers, counts.candidates = speaker.wake.triggers, speaker.candidates
    counts.confirmed = speaker.confirmed
    return counts, delays


class Speaker:
    """The stages of waking, as the listener's ear uses them."""

    def __init__(self, phrase: str) -> None:
        model, self._preroll = open_model(SpeechSettings().model), PreRoll()
        self.wake = Cascade(WakeSettings(phrases=(phrase,)), [phrase], model, self._preroll)
        self._confirmer = Confirmer(model, phrase)
        self.candidates = self.confirmed = 0

    def hear(self, sound: bytes) -> float | None:
        """Seconds from the beginning of the sound until the speaker first woke, if it did."""
        woken, candidate, waited = None, None, 0.0
        for at in range(0, len(sound), BLOCK_BYTES):
            block = sound[at : at + BLOCK_BYTES]
            self._preroll.push(block)
            if candidate:
                waited += seconds(block)
            else:
                candidate, waited = self.wake.hear(block), 0.0
            if candidate and waited >= CONFIRM_AFTER:
                found, candidate = self._confirm(), None
                woken = seconds(sound[: at + BLOCK_BYTES]) if found and woken is None else woken
        return woken

    def _confirm(self) -> bool:
        found = self._confirmer.confirm(self._preroll.last(self._preroll.seconds)).found
        self.candidates += 1
        self.confirmed += found
        self._preroll.wipe()
        self.wake.wipe()
        return found


def _with_room(file: str, condition: str) -> bytes:
    """A recording with a second of the room before it and half a second after it."""
    noise = sounds.noise_for(file, HOME_NOISE) if condition == NOISY else None
    return sounds.heard(sounds.read(AUDIO / file), file, noise)


def _end_of_voice(file: str) -> float:
    """Where the voice ends in what `_with_room` makes of a recording, in seconds, by loudness."""
    return sounds.BEFORE / RATE + sounds.end_of_voice(sounds.read(AUDIO / file))


def _print(counts: dict[tuple[str, str, bool], Counts], delays: dict[str, list[float]], took: float) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
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
    for table in (missed, false, cost):
        console.print(table)
    console.print(f"{date.today()}, {machine()}; {took:.0f} s. Recordings: tests/audio/README.md")


def _delay(late: list[float]) -> str:
    if len(late) < 2:
        return ""
    return f"median {statistics.median(late):.2f} s, p90 {statistics.quantiles(late, n=10)[-1]:.2f} s"


def _figures(counts: dict[tuple[str, str, bool], Counts], delays: dict[str, list[float]]) -> dict[str, Any]:
    rows = []
    for (phrase, condition, positive), count in sorted(counts.items()):
        row = {"phrase": phrase, "condition": condition, "positive": positive, **asdict(count)}
        if positive:
            row["missed_interval"] = wilson(count.clips - count.woken, count.clips)
        else:
            row["confirmed_interval_per_hour"] = [bound * 3600 / count.seconds for bound in garwood(count.confirmed)]
        rows.append(row)
    return {"date": str(date.today()), "machine": machine(), "rows": rows, "delays": delays}
