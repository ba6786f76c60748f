"""Lets espeak-ng speak lines, and knows when each of their words was said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate

import numpy as np
import soxr

from keepmum.errors import LabError
from keepmum.lab.corpus import espeak_process
from keepmum.lab.corpus.audio import Samples
from keepmum.sound import RATE

_STEP = RATE // 100
_QUIET = 0.02
"""Of the loudest: below it lies no part of a word, but the pause behind it."""
_LONGEST_WAIT = 300.0


@dataclass(frozen=True)
class Line:
    """What is said, and how."""

    text: str
    """Words and punctuation; a hyphen or an apostrophe belongs to its word."""
    voice: str
    speed: int = 165
    """Words a minute."""
    pitch: int = 50
    liveliness: int = 50
    """How much the pitch moves, 0 to 100."""


@dataclass(frozen=True)
class Said:
    """One word, in seconds from the beginning of its line."""

    text: str
    begins: float
    ends: float


@dataclass(frozen=True)
class Spoken:
    """One line as sound of full scale 1, 16,000 samples a second, from its first word to its last."""

    sound: Samples
    words: tuple[Said, ...]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.sound) / RATE


def speak(lines: Sequence[Line]) -> list[Spoken]:
    """All lines by one process; the same lines in the same order give the same sound. Raises LabError."""
    asked = "".join(json.dumps(asdict(line)) + "\n" for line in lines).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", espeak_process.__name__],
            input=asked,
            capture_output=True,
            timeout=_LONGEST_WAIT,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"espeak-ng did not come to an end in {_LONGEST_WAIT:.0f} s", "is the machine busy?") from error
    except subprocess.CalledProcessError as error:
        raise _refused(error, lines) from error
    told = iter(_frames(done.stdout))
    return [_spoken(line, *next(told)) for line in lines]


def _refused(error: subprocess.CalledProcessError, lines: Sequence[Line]) -> LabError:
    if error.returncode == espeak_process.NO_LIBRARY:
        return LabError(f"there is no {espeak_process.LIBRARY} to speak with", "sudo apt install espeak-ng")
    if error.returncode == espeak_process.NO_VOICE:
        voices = ", ".join(sorted({line.voice for line in lines}))
        return LabError(f"espeak-ng lacks one of the voices {voices}", "`espeak-ng --voices` lists them")
    return LabError(f"espeak-ng failed with status {error.returncode}", "try `espeak-ng hello`")


def _frames(untrusted: bytes) -> Iterator[tuple[int, list[tuple[int, int]], bytes]]:
    at = 0
    while at < len(untrusted):
        end = untrusted.index(b"\n", at)
        head = json.loads(untrusted[at:end])
        at = end + 1 + head["bytes"]
        yield head["rate"], [(place, sample) for place, sample in head["words"]], untrusted[end + 1 : at]


def _spoken(line: Line, rate: int, told: list[tuple[int, int]], pcm: bytes) -> Spoken:
    raw = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)
    sound = np.asarray(soxr.resample(raw, rate, RATE), np.float32)
    loud = _loud(sound)
    if not loud.any():
        raise LabError(f"espeak-ng stayed silent for {line.text!r} in the voice {line.voice}")
    first, last = int(np.flatnonzero(loud)[0]) * _STEP, (int(np.flatnonzero(loud)[-1]) + 1) * _STEP
    seconds = (last - first) / RATE
    # Its events may come a moment out of order.
    times = accumulate((min(max(sample / rate - first / RATE, 0.0), seconds) for _, sample in told), max)
    begins = [(place, at) for (place, _), at in zip(told, times, strict=True)]
    return Spoken(sound[first:last], tuple(_words(line.text, begins, seconds, loud[first // _STEP :])))


def _loud(sound: Samples) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each hundredth of a second whether somebody speaks."""
    pieces = np.pad(np.abs(sound), (0, -len(sound) % _STEP)).reshape(-1, _STEP).max(axis=1, initial=0.0)
    return np.asarray(pieces > _QUIET * max(float(pieces.max(initial=0.0)), 1e-6))


def _words(
    text: str, begins: list[tuple[int, float]], seconds: float, loud: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Iterator[Said]:
    """Each word with its time. espeak-ng tells where a group such as "on the" begins: its words share by letters."""
    ends = [at for _, at in begins[1:]] + [seconds]
    words = list(_places(text))
    for (place, from_), following, next_one in zip(begins, [*begins[1:], (len(text), seconds)], ends, strict=True):
        group = [word for at, word in words if place <= at < following[0]]
        until = _without_the_pause(from_, next_one, loud)
        letters, done = sum(map(len, group)), 0
        for word in group:
            share = [from_ + (until - from_) * part / letters for part in (done, done + len(word))]
            done += len(word)
            yield Said(word, round(share[0], 4), round(share[1], 4))


def _places(text: str) -> Iterator[tuple[int, str]]:
    """Every word as it is written down in a truth, with where it stands."""
    at = 0
    for raw in text.split(" "):
        word = raw.strip(".,;:!?").lower()
        if word:
            yield at + raw.lower().index(word), word
        at += len(raw) + 1


def _without_the_pause(begins: float, ends: float, loud: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """Where the last sound before `ends` was."""
    heard = np.flatnonzero(loud[round(begins * 100) : round(ends * 100)])
    return min(begins + (int(heard[-1]) + 1) / 100, ends) if len(heard) else ends
