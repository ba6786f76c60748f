"""What the whole speaker costs and how quick it is: CPU, memory, start, and from the end of a command to its action.

The real listener, skills, uplink and mosquitto run, and are measured from outside. An hour of silence is a quiet room
(faint pink noise: no microphone delivers zeros), an hour of speech is people who talk to each other and never say the
wake word (LibriSpeech, speechocean762); both are played fast, which changes nothing about the work. Commands are
played at true pace: synthetic voices switch a light, people order coffee, all under a consent given in the scene. A
command has ended with its last 10 ms that are louder than a thirtieth of its loudest; the action is there when
mosquitto_sub, which knows nothing of our code, has it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from _figures import machine
from _speaker import PROCESSES, Life, live, starts
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from keepmum.hardware.scenes.scene import Scene, Sound
from keepmum.sound import RATE

AUDIO = Path(__file__).parents[2] / "tests" / "audio"
ALEXA = AUDIO / "wake" / "alexa"
WAKES = tuple(ALEXA / f"alexa_{number}.flac" for number in (130, 198, 141, 295))
"""Four people who say it with half a second of silence behind it, after which a command comes."""
VOICES = ("en-us+f3", "en-gb", "en-us", "en-gb+f4", "en-us+m5", "en-gb-x-rp", "en-gb-scotland")
LIGHTS = ("turn on the kitchen light", "turn off the kitchen light")
ORDERS = ("0a4e9b1d", "282d32e1", "2fcd4e53", "3d964e4e", "6440344c", "d1cff360", "d6576d6f", "ec21e470", "ed8239a4")
"""People who order coffee in a breath or two, with some seconds of their room behind it."""
LIBRARIES = ("keepmum", "vosk", "pymicro-wakeword", "pyopen-wakeword", "paho-mqtt")

BEGIN = """\
await peer role=skills
await broker online=yes
hold 1
"""
AGREE = f"""\
pause 1
play {WAKES[0]}
say "allow home control" voice=en-us+f3
pause 18
hold 3.2
pause 4
"""


@dataclass(frozen=True)
class Wait:
    """How long one command took, in seconds from its end: until it was understood, and until its action arrived."""

    said: str
    people: bool
    understood: float | None
    arrived: float | None


def main(argv: list[str]) -> int:
    """Measure and print; exit code 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench run", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0, help="of silence and of speech (default 20)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    chosen = parser.parse_args(argv)
    console = Console()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="km-bench-") as name, Progress(console=console, transient=True) as progress:
        figures = _measure(Path(name), 60.0 * chosen.minutes, progress)
    figures["machine"] = f"{machine()}, {date.today()}, load {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    figures["versions"] = {library: importlib.metadata.version(library) for library in LIBRARIES}
    _print(console, figures)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def _measure(folder: Path, seconds: float, progress: Progress) -> dict[str, Any]:
    told = progress.add_task("start of the listener", total=None)
    began = starts(5)
    lives = {}
    for name, text in (("silence", silence(seconds)), ("speech", speech(seconds)), ("commands", commands())):
        scene = folder / f"{name}.txt"
        scene.write_text(text)
        progress.update(told, description=name, completed=0, total=text.count("\n"))
        lives[name] = live(
            scene, fast=name != "commands", each=lambda seen: progress.update(told, advance=seen.kind == "scene")
        )
    return {
        "start": began,
        "hours": {name: _hour(life) for name, life in lives.items()},
        "peak": {name: max(life.peak[name] for life in lives.values()) for name in PROCESSES},
        "waits": [vars(wait) for wait in waits(Scene.load(folder / "commands.txt"), lives["commands"])],
    }


def _hour(life: Life) -> dict[str, Any]:
    return {
        "minutes": life.seconds / 60,
        "cpu": {name: 3_600 * life.cpu[name] / life.seconds for name in PROCESSES},
        "candidates": life.count("wake"),
        "commands": life.count("heard"),
    }


# ---- the scenes


def silence(seconds: float) -> str:
    """A quiet room."""
    return f"{BEGIN}noise {AUDIO / 'noise' / 'pink-noise.opus'} gain=-45\npause {seconds:.0f}\n"


def speech(seconds: float) -> str:
    """People who talk, with a breath between two recordings; the recordings are repeated as often as it takes."""
    files = sorted(file for part in ("librispeech", "speechocean") for file in (AUDIO / "speech" / part).iterdir())
    lines, passed = [BEGIN], 0.0
    for file in itertools.cycle(files):
        lines.append(f"play {file}\npause 0.3\n")
        passed += soundfile.info(file).duration + 0.3
        if passed >= seconds:
            return "".join(lines)
    return ""


def commands() -> str:
    """A consent, then lights by synthetic voices and coffee by people, each with time for the answer."""
    lights = [f'say "{text}" voice={voice}\npause 4.6\n' for voice in VOICES for text in LIGHTS]
    files = [next((AUDIO / "command").glob(f"{name}-*")) for name in ORDERS]
    orders = [f"play {file}\npause 2.5\n" for file in files]
    wakes = itertools.cycle(WAKES)
    return BEGIN + AGREE + "".join(f"play {next(wakes)}\n{command}" for command in (*lights, *orders))


# ---- from the end of a command to its action


def waits(scene: Scene, life: Life) -> list[Wait]:
    """One for each command that was spoken after the consent was given."""
    sounds = {step.line: step for step in scene.steps if isinstance(step, Sound)}
    # In a room at true pace nothing is reported before its time: the quickest report shows how the clocks lie.
    opened = next(number for number, report in enumerate(life.reports) if report.seen.kind == "ear")
    behind = min(report.came - report.seen.at for report in life.reports[opened:])
    begins = [
        (report.seen.at + behind, step)
        for report in life.reports
        if report.seen.kind == "scene" and (step := sounds.get(_line(report.seen.facts["line"]))) is not None
    ]
    agreed = next(report.came for report in life.reports if report.seen.facts.get("state") == "given")
    spoken = [(at, step) for at, step in begins if at > agreed and str(ALEXA) not in step.source]
    ends = [*(at for at, _ in spoken[1:]), float("inf")]
    return [_wait(at, until, step, life) for (at, step), until in zip(spoken, ends, strict=True)]


def _line(untrusted: object) -> int:
    return untrusted if isinstance(untrusted, int) else -1


def _wait(at: float, until: float, step: Sound, life: Life) -> Wait:
    ended = at + voiced(step.pcm)
    heard = [report.came for report in life.reports if report.seen.facts.get("intent") and at < report.came < until]
    came = [moment for moment, topic in life.messages if at < moment < until and "clips" not in topic]
    people = step.source.startswith("play")
    return Wait(step.source, people, *(moments[0] - ended if moments else None for moments in (heard, came)))


def voiced(pcm: bytes) -> float:
    """Seconds until the voice ends: the last 10 ms that are louder than a thirtieth of the loudest."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    pieces = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    loudness = np.sqrt(np.mean(pieces**2, axis=1))
    return float(np.flatnonzero(loudness > loudness.max() / 30)[-1] + 1) * 160 / RATE


# ---- the tables


def _print(console: Console, figures: dict[str, Any]) -> None:
    console.print(_costs(figures), _starts(figures["start"]), _waits(figures["waits"]))
    console.print(figures["machine"], style="dim", highlight=False)
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    console.print(f"{versions}; sound of {RATE} samples a second", style="dim", highlight=False)


def _costs(figures: dict[str, Any]) -> Table:
    hours = figures["hours"]
    table = Table(title="What it costs", title_justify="left")
    for name in ("", *PROCESSES):
        table.add_column(name, justify="right" if name else "left")
    for name, hour in hours.items():
        # A fast hour is over in a minute: it costs the listener what an hour costs, but not those who wait beside it.
        shown = PROCESSES if name == "commands" else PROCESSES[:1]
        costs = [f"{hour['cpu'][process]:.1f}" if process in shown else "" for process in PROCESSES]
        table.add_row(f"CPU seconds per hour of {name}", *costs)
    table.add_row("peak memory, MiB", *(f"{figures['peak'][process]:.0f}" for process in PROCESSES))
    table.caption_justify = "left"
    table.caption = "\n".join(
        f"{name}: {hour['minutes']:.1f} minutes, {hour['candidates']} times asked Vosk, {hour['commands']} commands"
        for name, hour in hours.items()
    )
    return table


def _starts(start: dict[str, list[float]]) -> Table:
    table = Table(title=f"From the start of the listener, median of {len(start['listening'])}", title_justify="left")
    table.add_column("until")
    table.add_column("seconds", justify="right")
    for name, seconds in start.items():
        table.add_row(
            {"imports": "everything is imported", "Python": "Python runs"}.get(name, "it listens"), _median(seconds)
        )
    return table


def _waits(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="From the end of a command, at true pace", title_justify="left")
    for name in ("commands", "number", "understood: median", "p95", "action arrived: median", "p95", "no action"):
        table.add_column(name, justify="left" if name == "commands" else "right")
    groups = {"synthetic": [row for row in rows if not row["people"]], "people": [row for row in rows if row["people"]]}
    for name, group in {**groups, "all": list(rows)}.items():
        understood, arrived = (
            [row[what] for row in group if row[what] is not None] for what in ("understood", "arrived")
        )
        table.add_row(
            name,
            str(len(group)),
            _median(understood),
            _p95(understood),
            _median(arrived),
            _p95(arrived),
            str(len(group) - len(arrived)),
        )
    return table


def _median(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} s" if values else "–"


def _p95(values: Sequence[float]) -> str:
    return f"{float(np.quantile(values, 0.95)):.2f} s" if values else "–"
