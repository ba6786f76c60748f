"""Opens a recording of any kind as the speaker would hear it, a stretch at a time, or says why it is not to be trusted.

What is published at more samples a second is brought down, and finer samples are rounded to 16 bits: that is what a
microphone of the speaker gives. What was recorded with fewer samples lacks half of what the engines listen for, so it
is refused; and which of several channels is meant, nobody can guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from keepmum.errors import LabError
from keepmum.sound import RATE

Samples = npt.NDArray[np.float32]

_AT_ONCE = 30
"""Seconds that are decoded in one go: no recording is too long."""

_LARGEST_PAGE = 65_307
"""Bytes of an Ogg page; the last one of a file says that it is."""

_CONVERT = f"convert it: ffmpeg -i {{name}} -ac 1 -ar {RATE} -sample_fmt s16 {{stem}}.flac"
_LEAVE_OUT = "name it under leave_out in corpus.yaml, or put a good one in its place"


@dataclass(frozen=True)
class Shape:
    """What a file says about itself."""

    rate: int
    frames: int
    channels: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate


def shape(path: Path, channel: str = "") -> Shape:
    """Raises LabError for what cannot be opened, is empty, cut short, or not to be heard without a choice."""
    if not path.is_file():
        raise LabError(f"{path}: there is no such recording", "put it there, or take it out of the list")
    try:
        with soundfile.SoundFile(path) as untrusted:
            found = Shape(untrusted.samplerate, untrusted.frames, untrusted.channels)
            form = untrusted.format
    except (soundfile.LibsndfileError, OSError) as error:
        said = getattr(error, "error_string", None) or str(error)
        hint = _CONVERT.format(name=path.name, stem=path.stem)
        raise LabError(f"{path}: is no recording that can be read: {said}", hint) from error
    if problem := _problem(found, channel) or _cut(path, form):
        raise LabError(f"{path}: {problem}", _LEAVE_OUT)
    return found


def _problem(found: Shape, channel: str) -> str:
    if not found.frames:
        return "is empty"
    if found.rate < RATE:
        return f"has {found.rate} samples a second; the speaker's ears need {RATE}"
    if found.channels > 1 and not channel:
        return f'has {found.channels} channels; say in corpus.yaml which is heard (channel: "1"), or channel: mean'
    if channel not in ("", "mean") and int(channel) > found.channels:
        return f"has {found.channels} channel{'s' * (found.channels > 1)}, not {channel}"
    return ""


def _cut(path: Path, form: str) -> str:
    """libsndfile believes the length of the file rather than what stands in it."""
    size = path.stat().st_size
    with path.open("rb") as untrusted:
        head = untrusted.read(8)
        untrusted.seek(max(0, size - _LARGEST_PAGE))
        tail = untrusted.read() if form == "OGG" else b""
    announced = int.from_bytes(head[4:8], "little") + 8
    # A program that wrote a WAV to a pipe did not know the length, and wrote the greatest one.
    short_wav = head[:4] == b"RIFF" and size < announced < 2**32 - 1
    page = tail.rfind(b"OggS")
    unfinished = form == "OGG" and (page < 0 or not tail[page + 5 : page + 6] > b"\x03")
    return "is cut short" if short_wav or unfinished else ""


def stretch(path: Path, begins: float, ends: float, channel: str = "") -> bytes:
    """From one second of a recording to another, as sound in the format of `keepmum.sound`.

    Raises LabError as `shape` does, and for what turns out to be broken there.
    """
    return heard(np.concatenate([*blocks(path, begins, ends, channel), np.zeros(0, np.float32)]))


def heard(samples: Samples) -> bytes:
    """Samples of full scale 1 as 16-bit sound."""
    whole: bytes = np.clip(np.rint(samples * 32_768.0), -32_768, 32_767).astype("<i2").tobytes()
    return whole


def blocks(path: Path, begins: float = 0.0, ends: float = math.inf, channel: str = "") -> Iterator[Samples]:
    """The same in pieces of half a minute, of full scale 1. Raises LabError likewise."""
    found = shape(path, channel)
    first, last = round(begins * found.rate), min(found.frames, round(min(ends, found.seconds) * found.rate))
    resampler = soxr.ResampleStream(found.rate, RATE, 1, dtype="float32") if found.rate != RATE else None
    try:
        with soundfile.SoundFile(path) as untrusted:
            untrusted.seek(first)
            while first < last:
                wanted = min(_AT_ONCE * found.rate, last - first)
                samples = _mono(untrusted.read(wanted, dtype="float32", always_2d=True), channel)
                if len(samples) < wanted:
                    raise LabError(
                        f"{path}: is cut short after {(first + len(samples)) / found.rate:.1f} s", _LEAVE_OUT
                    )
                if not np.isfinite(samples).all():
                    raise LabError(f"{path}: holds numbers that are no sound", _LEAVE_OUT)
                first += wanted
                yield resampler.resample_chunk(samples, last=first >= last) if resampler else samples
    except soundfile.LibsndfileError as error:
        at = first / found.rate
        raise LabError(f"{path}: is broken after {at:.1f} s: {error.error_string}", _LEAVE_OUT) from error


def _mono(samples: npt.NDArray[np.float32], channel: str) -> Samples:
    if samples.shape[1] == 1:
        return samples[:, 0]
    return samples.mean(axis=1, dtype=np.float32) if channel == "mean" else samples[:, int(channel) - 1]
