"""Reads a sound file, and refuses whatever would have to be converted: what is heard is what was recorded."""

from __future__ import annotations

from pathlib import Path

import soundfile

from keepmum.errors import SceneError
from keepmum.sound import RATE

_SUBTYPES = ("PCM_16", "OPUS", "VORBIS")
_CONVERT = f"convert it: ffmpeg -i {{name}} -ac 1 -ar {RATE} -sample_fmt s16 {{stem}}.flac"


def load(path: Path) -> bytes:
    """A WAV, FLAC or Ogg file as sound in the format of `keepmum.sound`.

    Raises SceneError if it is missing, empty, cut short, no sound at all, or of another rate, width or number of
    channels.
    """
    if not path.is_file():
        raise SceneError(f"there is no sound file {path}", "names are relative to the scene's folder")
    try:
        with soundfile.SoundFile(path) as untrusted_file:
            _check_format(path, untrusted_file)
            pcm: bytes = untrusted_file.read(dtype="int16").astype("<i2").tobytes()
            announced = untrusted_file.frames
    except soundfile.LibsndfileError as error:
        raise SceneError(f"{path.name} is no sound file that can be read: {error.error_string}", _hint(path)) from error
    _check_length(path, len(pcm) // 2, announced)
    return pcm


def _check_format(path: Path, untrusted_file: soundfile.SoundFile) -> None:
    found = untrusted_file
    if found.samplerate != RATE:
        raise SceneError(f"{path.name} has {found.samplerate} samples a second instead of {RATE}", _hint(path))
    if found.channels != 1:
        raise SceneError(f"{path.name} has {found.channels} channels instead of one", _hint(path))
    if found.subtype not in _SUBTYPES:
        raise SceneError(f"{path.name} has samples of type {found.subtype} instead of 16 bit", _hint(path))


def _check_length(path: Path, found: int, announced: int) -> None:
    # libsndfile believes the length of the file rather than the one in a WAV's header, so that is checked here.
    size = path.stat().st_size
    with path.open("rb") as untrusted_file:
        head = untrusted_file.read(8)
    short_wav = head[:4] == b"RIFF" and int.from_bytes(head[4:8], "little") + 8 > size
    if short_wav or found != announced:
        raise SceneError(f"{path.name} is cut short", "copy it again from where it came from")
    if not found:
        raise SceneError(f"{path.name} is empty", "record it again")


def _hint(path: Path) -> str:
    return _CONVERT.format(name=path.name, stem=path.stem)
