"""A list of recordings with one JSON object a line: keepmum's own form, which can also be published without the sound.

Whoever may not pass recordings on, as of broadcast television, publishes the list with their sums; whoever has the same
recordings puts them beside it, or names their folder with `audio` in `corpus.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from keepmum.lab.corpus import folder as folders
from keepmum.lab.corpus import written
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Listed, Sound, Told
from keepmum.lab.corpus.throughout import Throughout
from keepmum.lab.marks import TruthKind

FILE = "manifest.jsonl"


class Row(BaseModel):
    """One recording of the list."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    file: Annotated[str, Field(min_length=1)]
    """Path below the folder."""
    seconds: Annotated[float, Field(ge=0)] | None = None
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Of the file: then nobody can pass off another one."""
    group: str = ""
    """What was recorded together."""
    kind: Literal["wake", "command", "speech", "media", "sound", "noise"] = "sound"
    """`wake`: somebody says `phrase`. `command`: somebody tells a speaker what to do. `sound`, `noise`: nobody speaks,
    and nothing plays."""
    phrase: str | None = None
    """The wake phrase that is said in it, whichever it is."""
    text: str | None = None
    """What is said, or what makes the sound."""
    speaker: str = ""
    source: str = ""
    """Where it comes from."""

    @field_validator("file")
    @classmethod
    def _stays_below(cls, untrusted_path: str) -> str:
        path = PurePosixPath(untrusted_path)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("leads out of the folder")
        return path.as_posix()


def list_sounds(folder: Path, about: About, phrase: str) -> Listed:
    """Everything on the list. What was said to a speaker of another phrase was not said to this one."""
    audio = about.audio or folder
    sounds, problems = [], []
    for number, untrusted_line in enumerate(written.text(folder / FILE).splitlines(), 1):
        try:
            row = Row.model_validate_json(untrusted_line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            problems.append(f"{folder / FILE}:{number}: {'.'.join(map(str, first['loc']))} {first['msg']}")
        else:
            sounds.append(_sound(folder, audio, row, about, phrase))
    return Listed(tuple(sounds), (*problems, *_twice(sounds)))


def _twice(sounds: Iterable[Sound]) -> Iterable[str]:
    seen: set[str] = set()
    for sound in sounds:
        if sound.id in seen:
            yield f"{sound.id}: stands on the list twice"
        seen.add(sound.id)


def _sound(folder: Path, audio: Path, row: Row, about: About, phrase: str) -> Sound:
    listed = folder / row.file
    files = tuple(file for ending in folders.TRUTHS if (file := listed.with_suffix(ending)).is_file())
    whole = Throughout(row.file, audio / row.file, row.speaker, _kinds(row, phrase))
    told: Told = folders.Beside(row.file, files, about.media) if files else whole
    words = len(row.text.split()) if row.text and row.kind in ("command", "speech", "media") else 0
    return Sound(
        row.file,
        audio / row.file,
        told,
        row.group or row.source,
        row.seconds,
        row.sha256,
        words or (1 if row.kind == "wake" else 0),
        folders.happenings(listed, row.file),
    )


def _kinds(row: Row, phrase: str) -> tuple[TruthKind, ...]:
    """What a line says by itself: all of the recording is of one kind."""
    if row.kind in ("sound", "noise"):
        return ()
    if row.kind == "media":
        return (TruthKind.MEDIA,)
    called = row.phrase is not None and row.phrase.lower() == phrase and row.kind in ("wake", "command")
    return (TruthKind.COMMAND, TruthKind.SPEECH) if called else (TruthKind.SPEECH,)
