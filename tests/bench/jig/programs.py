"""The parts of a bench that are other people's programs: a sound card, a switched socket, a line to the speaker."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from jig.roles import Beat, BookRow, RigError

from keepmum.hardware.scenes.scene import Noise, Sound
from keepmum.sound import RATE, seconds

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
"""Runs one program to its end."""

LONGEST = 60.0
"""Seconds that a program may take."""
_NOISE_SECONDS = 1_800.0


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The real thing. Raises RigError for a program that is not there or hangs."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except OSError as error:
        raise RigError(f"{command[0]} cannot be run: {error.strerror}", "bench.yaml names it") from error
    except subprocess.TimeoutExpired as error:
        raise RigError(f"{shlex.join(command)} does not end", "run it by hand") from error


class Order:
    """One command line out of bench.yaml; no shell reads it."""

    def __init__(self, line: str, run: Run = run) -> None:
        self.line = line
        self._run = run

    def obey(self) -> str:
        """Run it, and return what it printed. Raises RigError if it fails."""
        done = self._run(shlex.split(self.line))
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
            raise RigError(f"{self.line!r} ended with {done.returncode}: {words[-1]}", "run it by hand")
        return done.stdout

    def succeeds(self) -> bool:
        """Run it; whether it ended well."""
        return self._run(shlex.split(self.line)).returncode == 0


class CommandMains:
    """Power and process by commands: Tasmota's web address through curl, uhubctl, ssh."""

    def __init__(self, *, off: Order, on: Order, kill: Order, up: Order, up_seconds: float, beat: Beat) -> None:
        """`up` ends well as soon as the speaker runs, which takes `up_seconds` at most."""
        self._off, self._on, self._kill, self._up = off, on, kill, up
        self._up_seconds = up_seconds
        self._beat = beat

    def off(self) -> None:
        self._off.obey()

    def on(self) -> None:
        self._on.obey()
        self._wait()

    def kill(self) -> None:
        self._kill.obey()
        self._wait()

    def check(self) -> None:
        if not self._up.succeeds():
            raise RigError("the speaker does not run", f"try: {self._up.line}")

    def close(self) -> None:
        """Nothing is held."""

    def _wait(self) -> None:
        deadline = self._beat.now() + self._up_seconds
        while not self._up.succeeds():
            if self._beat.now() > deadline:
                raise RigError(f"the speaker did not come up in {self._up_seconds:g} s", f"try: {self._up.line}")
            self._beat.pause(1.0)


class CommandPlug:
    """The microphone's USB port, by commands: uhubctl on a hub that can switch its ports."""

    def __init__(self, *, out: Order, back: Order) -> None:
        self._out, self._back = out, back

    def out(self) -> None:
        self._out.obey()

    def back(self) -> None:
        self._back.obey()

    def check(self) -> None:
        """Trying it would pull the plug."""

    def close(self) -> None:
        """Nothing is held."""


class CommandBook:
    """The ledger, by a command that prints the file; only what was added since the beginning counts."""

    def __init__(self, ledger: Order) -> None:
        self._ledger = ledger
        self._known = 0

    def check(self) -> None:
        self._known = len(self._lines())

    def rows(self) -> list[BookRow]:
        rows = []
        for untrusted_line in self._lines()[self._known :]:
            try:
                row = json.loads(untrusted_line)
                rows.append(BookRow(str(row["what"]), dict(row["facts"])))
            except (ValueError, KeyError, TypeError) as error:
                raise RigError(f"{self._ledger.line!r} prints no ledger", "try `keepmum ledger export`") from error
        return rows

    def close(self) -> None:
        """Nothing is held."""

    def _lines(self) -> list[str]:
        return self._ledger.obey().splitlines()


class AplayMouth:
    """A sound card of the bench, through ALSA's aplay. Two sounds at once need a device that mixes (`plug:dmix`)."""

    def __init__(self, device: str, start: Callable[[list[str]], subprocess.Popen[bytes]] | None = None) -> None:
        self._device = device
        self._start = start or (lambda command: subprocess.Popen(command, stderr=subprocess.DEVNULL))
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._playing: list[subprocess.Popen[bytes]] = []
        self._noise: subprocess.Popen[bytes] | None = None
        self._count = 0

    def play(self, sound: Sound) -> None:
        self._reap()
        self._playing.append(self._aplay(sound.pcm))

    def noise(self, noise: Noise) -> None:
        if self._noise is not None:
            self._noise.terminate()
            self._noise.wait()
            self._noise = None
        if noise.pcm:
            self._noise = self._aplay(noise.pcm * max(1, int(_NOISE_SECONDS / seconds(noise.pcm))))

    def check(self) -> None:
        found = run(["aplay", "-L"]).stdout.splitlines()
        card = self._device.partition(":")[0]
        if not any(line.startswith((self._device, f"{card}:")) or line == card for line in found):
            raise RigError(f"aplay knows no device {self._device}", "`aplay -L` lists them")

    def close(self) -> None:
        for process in (*self._playing, *([self._noise] if self._noise else [])):
            process.terminate()
            process.wait()
        self._playing, self._noise = [], None
        self._folder.cleanup()

    def _reap(self) -> None:
        """A sound that could not be played is a broken bench, told when the next one is to be."""
        for process in [one for one in self._playing if one.poll() is not None]:
            self._playing.remove(process)
            if process.returncode:
                raise RigError(f"aplay ended with {process.returncode}", f"try: aplay -D {self._device} FILE")

    def _aplay(self, pcm: bytes) -> subprocess.Popen[bytes]:
        self._count += 1
        file = Path(self._folder.name) / f"{self._count}.raw"
        file.write_bytes(pcm)
        shape = ["-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1"]
        try:
            return self._start(["aplay", "-q", "-D", self._device, *shape, str(file)])
        except OSError as error:
            raise RigError(f"aplay cannot be run: {error.strerror}", "apt install alsa-utils") from error
