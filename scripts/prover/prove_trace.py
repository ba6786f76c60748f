"""Proof 2: whatever the listener and the uplink give to the kernel, searched for the sound that was played."""

from __future__ import annotations

import secrets
import sys
import wave
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import household_talk as talk
import needs
import trace_log
from finding import Count, Finding
from island import Island
from sound_windows import WINDOW, Ear, Samples, played
from speaker import House, Life

from keepmum.sound import RATE, SAMPLE_BYTES

NAME, TITLE = "trace", "Sound in what is written"
TRIED = (
    "People speak over noise that was made for this run alone, so that no 16 bytes of the sound exist anywhere "
    "else. strace writes down every buffer that listener and uplink (with all their threads and children) give to "
    f"the kernel, and every run of 31 bytes is searched for {WINDOW} bytes of that sound: as 16-bit samples in "
    "both byte orders, as floating point in two scales, and any of these in base64 or hexadecimal. Sound that is "
    "encrypted or compressed cannot be found so: that nothing leaves in any form is shown by the wire."
)
PROGRAMS = ("ip", "strace", "mosquitto", "mosquitto_sub", "espeak-ng")
SECONDS = 45.0
_LEAKS = Path(__file__).with_name("planted.py")
_NOISE = 0.02
"""How loud the noise is, where 1 is full: 34 dB below it."""


@dataclass
class Search:
    """What a traced life came to."""

    life: Life
    calls: int = 0
    size: int = 0
    """Bytes in all buffers."""
    windows: int = 0
    """What was looked for."""
    found: Counter[str] = field(default_factory=Counter)
    """Where sound stood, and how often."""
    unseen: Counter[str] = field(default_factory=Counter)
    internet: Counter[str] = field(default_factory=Counter)
    """Internet sockets of the listener."""

    @property
    def looked(self) -> str:
        """How much was searched, for a reader."""
        return f"{self.calls:,} calls, {self.size:,} bytes, {self.windows:,} windows"

    @property
    def silent(self) -> bool:
        """Whether nothing was found, and nothing could be missed."""
        return not self.found and not self.unseen and not self.internet


def prove(told: Callable[[str, float, float], None], seconds: float = SECONDS) -> Finding:
    """Trace three lives of `seconds` each: listening, muted, and with a leak planted."""
    missing = needs.missing(PROGRAMS, root=True)
    if missing:
        return Finding(NAME, TITLE, TRIED, missing=missing)
    local = search(talk.BEGIN + talk.OPEN, seconds, lambda at: told("listening, without a consent", at, seconds))
    muted = search(talk.BEGIN, seconds, lambda at: told("muted", at, seconds))
    leak = search(
        talk.BEGIN + talk.OPEN, seconds / 3, lambda at: told("control", at, seconds / 3), leak="keeps_what_it_hears"
    )
    return Finding(NAME, TITLE, TRIED, _counts(local, muted, leak))


def _counts(local: Search, muted: Search, leak: Search) -> tuple[Count, ...]:
    heard = local.life.counts["wake"]
    return (
        Count(f"listening, {heard} wake words heard: {local.looked}", _hits(local), local.silent and heard > 0),
        Count(f"muted: {muted.looked}", _hits(muted), muted.silent),
        Count("internet sockets of the listener; calls whose bytes nobody sees", _rest(local, muted), True),
        Count(
            f"a listener that writes what it hears: {leak.looked}",
            _hits(leak),
            bool(leak.found),
            control=True,
        ),
    )


def _hits(search: Search) -> str:
    if not search.found:
        return "0 found"
    place, _ = search.found.most_common(1)[0]
    return f"{sum(search.found.values())} found ({place})"


def _rest(*searches: Search) -> str:
    together = sum((search.unseen + search.internet for search in searches), Counter[str]())
    return ", ".join(f"{count} {what}" for what, count in together.items()) or "0 and 0"


def search(begin: str, seconds: float, tell: Callable[[float], None], leak: str = "") -> Search:
    """Live through a scene under strace and look for its sound in whatever was written; also in the files left."""
    with TemporaryDirectory(prefix="km-prove-") as name, Island() as island:
        folder = Path(name)
        noise = _unique_noise(folder / "noise.wav", seconds + 30)
        scene = folder / "scene.txt"
        scene.write_text(unique(talk.household_sound(seconds, 3, begin, presses=False), noise))

        def traced(process: str, command: list[str]) -> list[str]:
            if process == "skills":
                return command
            planting = [sys.executable, str(_LEAKS), leak, *command[-2:]] if leak and process == "listener" else command
            return [*trace_log.command(folder / process), *planting]

        with House(island, scene, wrap=traced) as house:
            life = house.live(tell)
            left = [path.read_bytes() for path in house.stage.state.rglob("*") if path.is_file()]
        return _found(Search(life), folder, played(scene), left)


def _found(result: Search, folder: Path, samples: Samples, left: list[bytes]) -> Search:
    ear = Ear(samples)
    result.windows = ear.count
    for process in ("listener", "uplink"):
        written = trace_log.read(folder / process)
        result.calls += written.calls.total()
        result.size += written.size
        result.unseen += written.unseen
        if process == "listener":
            result.internet += Counter({name: n for name, n in written.families.items() if "AF_INET" in name})
        for place, content in written.together():
            result.found += Counter(f"{place.split('/')[-1]}, {form}" for form in ear.found_in(content))
    result.found += Counter(f"a file that was left, {form}" for content in left for form in ear.found_in(content))
    return result


def unique(scene: str, noise: Path) -> str:
    """The scene with noise of this run under it from the beginning to the end."""
    lines = [line for line in scene.splitlines() if not line.startswith("noise ")]
    first = next(number for number, line in enumerate(lines) if not line.startswith("speaker "))
    return "\n".join([*lines[:first], f"noise {noise}", *lines[first:], ""])


def _unique_noise(path: Path, seconds: float) -> Path:
    import numpy as np

    most = int(_NOISE * 32_768)
    drawn = np.frombuffer(secrets.token_bytes(int(seconds * RATE) * SAMPLE_BYTES), "<u2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, SAMPLE_BYTES, RATE, 0, "NONE", ""))
        file.writeframes((drawn % (2 * most) - most).astype("<i2").tobytes())
    return path
