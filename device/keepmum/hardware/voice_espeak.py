"""The speaker's voice: espeak-ng, which needs no network, no licence and very little of a Pi."""

from __future__ import annotations

import os
import subprocess
from difflib import get_close_matches
from functools import cache

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from keepmum.errors import SpeakerError
from keepmum.hardware.loudness import limit_peak, saturate
from keepmum.sound import RATE

_LONGEST_WAIT = 20.0
_PEAK = 29_000.0
"""About 1 dB below full scale: resampling may overshoot, and small loudspeakers rattle at the very top."""


class Espeak:
    """Turns text into sound. The text goes in by a pipe, so that no other user sees it in the list of processes."""

    def __init__(self, voice: str, speed: int = 160, program: str = "espeak-ng") -> None:
        """`voice` as in `espeak-ng --voices`, or with a variant as in `en-us+f3`; `speed` in words a minute (80–450).

        Raises SpeakerError if espeak-ng is missing or has no such voice: by itself it would speak with another one.
        """
        if not 80 <= speed <= 450:
            raise SpeakerError(f"espeak-ng cannot speak {speed} words a minute", "say 80 to 450")
        base, _, variant = voice.partition("+")
        _require(base, _voices(program, ""), "voice", "`espeak-ng --voices` lists them")
        if variant:
            _require(variant, _voices(program, "=variant"), "voice variant", "`espeak-ng --voices=variant` lists them")
        self._command = [program, "--stdin", "--stdout", "-v", voice, "-s", str(speed)]

    def speak(self, text: str) -> bytes:
        """The text as sound in the format of `keepmum.sound`; nothing for an empty text. Raises SpeakerError."""
        if not text.strip():
            return b""
        spoken = _run(self._command, text.encode())
        try:
            samples, rate = _read(spoken)
        except soundfile.LibsndfileError as error:
            raise SpeakerError(f"espeak-ng gave no sound: {error.error_string}", "try `espeak-ng hello`") from error
        return saturate(np.rint(limit_peak(soxr.resample(samples, rate, RATE) * 32_768.0, _PEAK))).tobytes()


def _read(untrusted_wav: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """Samples of -1 to 1, and how many there are in a second. Raises soundfile.LibsndfileError."""
    # Through a descriptor: to read from bytes, libsndfile calls back into Python, which takes memory that is writable
    # and executable. A speaker's unit forbids that.
    with os.fdopen(os.memfd_create("keepmum-voice"), "w+b", buffering=0) as file:
        file.write(untrusted_wav)
        file.seek(0)
        samples, rate = soundfile.read(file.fileno(), dtype="float32", closefd=False)
    return samples, rate


def _run(command: list[str], text: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=text, capture_output=True, timeout=_LONGEST_WAIT, check=True)
    except FileNotFoundError as error:
        raise SpeakerError(f"there is no {command[0]} to speak with", "sudo apt install espeak-ng") from error
    except OSError as error:
        raise SpeakerError(f"{command[0]} cannot be started: {error.strerror}", "try it by hand") from error
    except subprocess.TimeoutExpired as error:
        raise SpeakerError(f"{command[0]} did not answer in {_LONGEST_WAIT:.0f} s", "is the machine busy?") from error
    except subprocess.CalledProcessError as error:
        raise SpeakerError(f"{command[0]} failed with status {error.returncode}", "try `espeak-ng hello`") from error
    return done.stdout


@cache
def _voices(program: str, which: str) -> frozenset[str]:
    """Every name by which espeak-ng's own table calls a voice: language, name, file, last part of the file."""
    names: set[str] = set()
    for row in _run([program, f"--voices{which}"], b"").decode(errors="replace").splitlines()[1:]:
        columns = row.split()
        if len(columns) >= 5:
            language, name, file = columns[1], columns[3], columns[4]
            names |= {language, name, file, file.rpartition("/")[2]}
    return frozenset(names)


def _require(name: str, known: frozenset[str], what: str, hint: str) -> None:
    if name.lower() not in {one.lower() for one in known}:
        near = get_close_matches(name, sorted(known), 1)
        raise SpeakerError(f"espeak-ng has no {what} {name!r}", (f"did you mean {near[0]!r}? " if near else "") + hint)
