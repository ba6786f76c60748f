"""Where voices come from, and how often the wake word is missed, through arrays of microphones in simulated rooms.

Recordings of tests/audio are spoken by somebody in a room (pyroomacoustics: image sources, echo of 0.2 or 0.5 s, an
array on a table, 1 or 2.5 m away), alone, beside home noise 10 dB below, or beside three others who read aloud, 5 dB
below together. Every microphone has noise of its own 25 dB below the voice, and is up to 1 dB more or less sensitive.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _bearings import Bearings, follow
from _figures import machine, percentage
from _rooms import Places, Room, Sound, circle, furnish, square
from _stages import Speaker
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from wake import AUDIO, HOME_NOISE

from keepmum.forge.evaluation.sounds import level, read
from keepmum.hardware.array.beam import Beam
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.listener.speech.model import open_model
from keepmum.settings import SpeechSettings
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings
from keepmum.sound import BLOCK, RATE

ARRAYS: dict[str, Places] = {
    "2 in line, 58 mm": ((-29.0, 0.0), (29.0, 0.0)),
    "square, 66 mm": square(66.0),
    "square, 57 mm (81 across)": square(57.5),
    "6 in a circle, 92 mm": circle(6, 46.1),
}
"""ReSpeaker 2-Mics, XVF3800, 4-Mic HAT, 6-Mic."""
ALONE, NOISE, BABBLE = "alone", "home noise, 10 dB", "babble, 5 dB"
ROOMS = {"near": (0.2, 1.0), "far": (0.5, 2.5)}
"""Echo in seconds and distance in metres, for waking."""
WAYS = ("one channel", "mean", "delay and sum", "beam")
_LEAST_SQUARES = "square, 66 mm, least squares"
_MICROPHONE_NOISE = 25.0
_BEFORE, _AFTER = RATE, RATE // 2
_SHARD = 12


@dataclass(frozen=True)
class Job:
    """Some recordings, each in a room of its own; `measure` is `bearings` or the array that is woken."""

    measure: str
    room: str
    echo: float
    distance: float
    seeds: tuple[int, ...]


Counts = dict[tuple[str, ...], list[Any]]


def main(argv: list[str]) -> int:
    """Measure bearings, wakes and microseconds, and print a table of each; exit code 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench array", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sixth of everything")
    parser.add_argument("--only", choices=("bearings", "wakes", "cost"), help="one of the three tables")
    parser.add_argument("--array", choices=ARRAYS, default="square, 66 mm", help="which one is woken")
    parser.add_argument("--json", type=Path, help="write what was counted here, too")
    options = parser.parse_args(argv)
    begin, found = time.monotonic(), _run(list(_jobs(options.array, options.only, 6 if options.quick else 1)))
    console = Console(width=None if sys.stdout.isatty() else 140)
    _print(console, found, options.array)
    if options.only in (None, "cost"):
        console.print(_cost())
    console.print(f"{date.today()}, {machine()}; {time.monotonic() - begin:.0f} s. Recordings: tests/audio/README.md")
    if options.json:
        written = [{"of": key, "found": values} for key, values in sorted(found.items())]
        options.json.write_text(json.dumps({"date": str(date.today()), "machine": machine(), "rows": written}) + "\n")
    return 0


def _jobs(array: str, only: str | None, every: int) -> Iterator[Job]:
    if only in (None, "bearings"):
        for echo in (0.2, 0.5):
            for distance in (1.0, 2.5):
                yield from _shards(Job("bearings", "", echo, distance, tuple(range(0, 24, every))))
    if only in (None, "wakes"):
        for number, (room, (echo, distance)) in enumerate(ROOMS.items()):
            seeds = tuple(range(number, len(_recordings("wake", "alexa")), len(ROOMS) * every))
            yield from _shards(Job(array, room, echo, distance, seeds))


def _shards(job: Job) -> Iterator[Job]:
    for at in range(0, len(job.seeds), _SHARD):
        yield Job(job.measure, job.room, job.echo, job.distance, job.seeds[at : at + _SHARD])


def _run(jobs: list[Job]) -> Counts:
    found: Counts = defaultdict(list)
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool, Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("rooms", total=sum(len(job.seeds) for job in jobs))
        running = {pool.submit(_bearings if job.measure == "bearings" else _wakes, job): job for job in jobs}
        for done in as_completed(running):
            for key, values in done.result().items():
                found[key] += values
            progress.advance(bar, len(running[done].seeds))
    return found


# ---- bearings


def _bearings(job: Job) -> Counts:
    """In a process of its own: one recording of a wake word per room, heard by all arrays at once."""
    found: Counts = defaultdict(list)
    everything = tuple(place for places in ARRAYS.values() for place in places)
    files = [row["file"] for row in _recordings("wake")]
    for seed in job.seeds:
        chance = np.random.default_rng(seed)
        bearing = 15.0 * seed + chance.uniform(-7.5, 7.5)
        room = furnish(everything, bearing, job.distance, job.echo, seed)
        scenes = _scenes(room, files[int(chance.integers(len(files)))], chance, (ALONE, NOISE, BABBLE))
        for condition, heard in scenes.items():
            at = 0
            for name, places in ARRAYS.items():
                part = heard[:-_AFTER, at : at + len(places)]
                at += len(places)
                where = f"{job.echo:g} s, {job.distance:g} m"
                pointed, solved = follow(part, np.array(places))
                found["bearings", name, condition, where].append((pointed, room.bearing))
                if name == _LEAST_SQUARES.rpartition(",")[0]:
                    found["bearings", _LEAST_SQUARES, condition, where].append((solved, room.bearing))
    return found


# ---- wakes


def _wakes(job: Job) -> Counts:
    """In a process of its own: each recording in its room, through every way of making one channel of the array."""
    found: Counts = defaultdict(list)
    places, files = ARRAYS[job.measure], [row["file"] for row in _recordings("wake", "alexa")]
    model = open_model(SpeechSettings().model)
    speakers = {(way, condition): Speaker("alexa", model) for way in WAYS for condition in (ALONE, BABBLE)}
    for seed in job.seeds:
        chance = np.random.default_rng(seed)
        room = furnish(places, float(chance.uniform(0, 360)), job.distance, job.echo, seed)
        for condition, heard in _scenes(room, files[seed], chance, (ALONE, BABBLE)).items():
            for way in WAYS:
                speaker = speakers[way, condition]
                woken = speaker.hear(_mono(heard, way, places).tobytes()) is not None
                found["wakes", job.room, condition, way].append(woken)
    return found


def _mono(heard: np.ndarray, way: str, places: Places) -> np.ndarray:
    """One channel of the array, by the device's own code."""
    channels: dict[str, int | str] = {"one channel": 0, "mean": "mean"}
    channel = channels.get(way, "beam")
    mixdown = _mixdown(places, channel)
    if way == "delay and sum":
        mixdown._beam = Beam(np.array(places), loading=1e6)
    blocks = [mixdown.mono(heard[at : at + BLOCK].tobytes()) for at in range(0, len(heard), BLOCK)]
    return np.frombuffer(b"".join(blocks), "<i2")


def _mixdown(places: Places, channel: int | str, compass: str = "none") -> Mixdown:
    microphones = {str(number): place for number, place in enumerate(places)}
    array = ArraySettings.model_validate({"microphones": microphones, "compass": compass})
    return Mixdown(MicrophoneSettings.model_validate({"channels": len(places), "channel": channel}), array)


# ---- scenes


def _recordings(kind: str, phrase: str | None = None) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
    return [row for row in rows if row["kind"] == kind and phrase in (None, row["phrase"])]


def _scenes(room: Room, file: str, chance: np.random.Generator, conditions: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What the microphones hear of a recording in a room, 16 bit, with a second before it and half a second after."""
    voice = read(AUDIO / file).astype(np.float64)
    length = _BEFORE + len(voice) + _AFTER
    length += -length % BLOCK
    talker = room.hear(0, np.pad(voice, (_BEFORE, length - _BEFORE - len(voice))))
    talker *= level(voice) / level(talker[:, 0])
    others: dict[str, Callable[[], Sound]] = {
        NOISE: lambda: room.hear(1, _piece(str(HOME_NOISE[int(chance.integers(len(HOME_NOISE)))]), length, chance)),
        BABBLE: partial(_babble, room, length, chance),
    }
    below = {NOISE: 10.0, BABBLE: 5.0}
    scenes = {}
    for condition in conditions:
        heard = talker + chance.standard_normal(talker.shape) * level(voice) / 10 ** (_MICROPHONE_NOISE / 20)
        if condition in others:
            beside = others[condition]()
            heard += beside * (level(voice) / level(beside[:, 0]) / 10 ** (below[condition] / 20))
        heard *= 10 ** (chance.uniform(-1, 1, heard.shape[1]) / 20)
        scenes[condition] = np.clip(np.rint(heard), -32768, 32767).astype("<i2")
    return scenes


def _babble(room: Room, length: int, chance: np.random.Generator) -> Sound:
    """Three people, each reading something else."""
    reading = [row["file"] for row in _recordings("speech") if row["source"] == "librispeech" and row["seconds"] > 5]
    files = chance.choice(reading, 3, replace=False)
    heard = [room.hear(who, _piece(str(file), length, chance)) for who, file in enumerate(files, start=1)]
    together: Sound = np.sum([sound / level(sound[:, 0]) for sound in heard], axis=0)
    return together


def _piece(file: str, length: int, chance: np.random.Generator) -> Sound:
    sound = read(AUDIO / file).astype(np.float64)
    return np.resize(np.roll(sound, -int(chance.integers(len(sound)))), length)


# ---- cost


def _cost() -> Table:
    """Microseconds for a block of 80 ms from four microphones."""
    table = Table("four channels to one", "nobody speaks", "somebody speaks", title="Microseconds per block of 80 ms")
    quiet = np.random.default_rng(1).standard_normal((50 * BLOCK, 4)) * 5
    chance = np.random.default_rng(2)
    spoken = quiet + np.repeat(chance.standard_normal((50 * BLOCK, 1)), 4, axis=1) * 1_000
    spoken += chance.standard_normal(spoken.shape) * 300
    for name, channel, compass in (
        ("one channel", 0, "none"),
        ("mean", "mean", "none"),
        ("one channel, compass", 0, "phat"),
        ("beam", "beam", "phat"),
    ):
        idle, busy = (_mixdown(ARRAYS["square, 66 mm"], channel, compass) for _ in range(2))
        table.add_row(name, f"{_microseconds(idle, quiet, quiet):.0f}", f"{_microseconds(busy, quiet, spoken):.0f}")
    return table


def _microseconds(mixdown: Mixdown, before: Sound, sound: Sound) -> float:
    """The median block, after a quiet second, while the voice is still louder than the room."""
    for at in range(0, 12 * BLOCK, BLOCK):
        mixdown.mono(before[at : at + BLOCK].astype("<i2").tobytes())
    took = []
    for at in range(0, len(sound), BLOCK):
        block = sound[at : at + BLOCK].astype("<i2").tobytes()
        begin = time.perf_counter()
        mixdown.mono(block)
        took.append(time.perf_counter() - begin)
    return float(np.median(took)) * 1e6


# ---- tables


def _print(console: Console, found: Counts, array: str) -> None:
    rows = [(key[1:], values) for key, values in found.items() if key[0] == "bearings"]
    if rows:
        columns = ("array", "condition", "echo, distance", "found", "median", "p90", "off by > 30°", "front for back")
        table = Table(*columns, title="Bearing after a wake word")
        for name in (*ARRAYS, _LEAST_SQUARES):
            for condition in (ALONE, NOISE, BABBLE):
                _bearing_rows(table, name, condition, {key[2]: v for key, v in rows if key[:2] == (name, condition)})
        console.print(table)
    if any(key[0] == "wakes" for key in found):
        console.print(_wake_table(found, array))


def _bearing_rows(table: Table, name: str, condition: str, found: dict[str, list[Any]]) -> None:
    in_line = len(ARRAYS.get(name, ())) == 2
    everywhere = {"all": [pair for pairs in found.values() for pair in pairs]}
    for where, pairs in ({**found, **everywhere} if condition == ALONE else everywhere).items():
        bearings = Bearings(pairs, in_line)
        table.add_row(name, condition, where, *bearings.cells())


def _wake_table(found: Counts, array: str) -> Table:
    """Misses, and for each way how many recordings it woke that one channel missed, and the other way round."""
    table = Table("room", "condition", "way", "missed, with 95 % interval", "won", "lost", title=f"Waking: {array}")
    for room, (echo, distance) in ROOMS.items():
        for condition in (ALONE, BABBLE):
            one = found["wakes", room, condition, WAYS[0]]
            for way in WAYS:
                woken = found["wakes", room, condition, way]
                won = sum(now and not before for now, before in zip(woken, one, strict=True))
                lost = sum(before and not now for now, before in zip(woken, one, strict=True))
                where = f"{room}: {echo:g} s, {distance:g} m"
                missed = percentage(len(woken) - sum(woken), len(woken))
                table.add_row(where, condition, way, missed, *(("", "") if way == WAYS[0] else (str(won), str(lost))))
    return table
