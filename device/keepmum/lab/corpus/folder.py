"""A plain folder: recordings, and beside each of them what is true about it, in any of four forms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keepmum.lab import marks
from keepmum.lab.corpus import ctm, rttm, textgrid
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Listed, Sound
from keepmum.lab.corpus.written import in_order, refuse
from keepmum.lab.marks import Mark, MarkKind, Truth

ENDINGS = frozenset({".wav", ".flac", ".ogg", ".opus", ".oga", ".mp3", ".aiff", ".aif", ".au", ".w64", ".rf64"})
TRUTHS = (".rttm", ".ctm", ".TextGrid", ".truth.jsonl")
HAPPENINGS = ".happenings.jsonl"

_HAPPEN = {MarkKind.MUTE, MarkKind.FAULT, MarkKind.CONSENT}


@dataclass(frozen=True)
class Beside:
    """The truth of one recording, in the files that have its name."""

    recording: str
    files: tuple[Path, ...]
    media: tuple[str, ...]

    def __call__(self) -> tuple[Truth, ...]:
        """Of all files together. Raises LabError with every mistake of each."""
        return in_order(truth for file in self.files for truth in read_any(file, self.recording, self.media))


def read_any(file: Path, recording: str, media: tuple[str, ...]) -> tuple[Truth, ...]:
    """The truth in a file of any of the forms, by its ending. Raises LabError."""
    match file.suffix.lower():
        case ".rttm":
            return rttm.read(file, recording, media)
        case ".ctm":
            return ctm.read(file, recording)
        case ".textgrid":
            return textgrid.read(file, recording, media)
    found = marks.read(file, Truth)
    refuse([f"{file}: tells of {each.recording}" for each in found if each.recording != recording])
    return found


def list_sounds(folder: Path, about: About) -> Listed:
    """Every recording below a folder, by name; what lies in one folder is one group."""
    audio = about.audio or folder
    paths = sorted(path for path in audio.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    sounds = [_sound(folder, path, path.relative_to(audio).as_posix(), about) for path in paths]
    return Listed(tuple(sounds))


def _sound(folder: Path, path: Path, name: str, about: About) -> Sound:
    listed = folder / name
    files = tuple(file for ending in TRUTHS if (file := listed.with_suffix(ending)).is_file())
    group = Path(name).parent.as_posix()
    told = Beside(name, files, about.media)
    return Sound(name, path, told, "" if group == "." else group, happenings=happenings(listed, name))


def happenings(listed: Path, name: str) -> tuple[Mark, ...]:
    """What somebody did to the speaker during a recording, if a file beside it says so. Raises LabError."""
    file = listed.with_suffix(HAPPENINGS)
    if not file.is_file():
        return ()
    found = marks.read(file, Mark)
    refuse([f"{file}: {each.kind} is nothing that somebody does" for each in found if each.kind not in _HAPPEN])
    refuse([f"{file}: tells of {each.recording}" for each in found if each.recording != name])
    return tuple(sorted(found, key=lambda each: each.begins))
