"""A run's folder as everything after it reads it: what was heard, what the speaker did, what is true, and how it came.

`keepmum lab run` writes such a folder; nothing here needs the speaker, its models or the recordings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepmum import layers
from keepmum.errors import ConfigError, LabError
from keepmum.lab import marks
from keepmum.lab.marks import Mark, Recording, Truth

FORMAT = "run/1"
FACTS, RECORDINGS, MARKS, TRUTH, PIECES = "run.yaml", "recordings.jsonl", "marks.jsonl", "truth.jsonl", "pieces"

_AGAIN = "make it again: `keepmum lab run CORPUS --out FOLDER`"


class Facts(BaseModel):
    """How a run came about: with the same facts come the same bytes. No host, no user, no time of the day."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    format: Literal["run/1"] = "run/1"
    keepmum: str
    """The version that listened."""
    commit: str = ""
    """The git commit of its source, if it ran from a checkout."""
    date: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    """What `--date` said; nothing knows the time by itself."""
    seed: int = 0
    corpus: str
    """The name of the corpus's folder."""
    corpus_sha256: str
    """Of its list of recordings and truths, so that another corpus cannot pass for it."""
    sound: Literal["recorded", "spoken by programs"] = "recorded"
    """Whose voices they are."""
    phrase: str = "alexa"
    """What wakes the speaker."""
    trigger: float = 0.3
    """The first stage's threshold (`wake.trigger`)."""
    second: float = 0.02
    """The second stage's threshold (`wake.second`)."""
    confirm: bool = True
    """Whether Vosk had to find the phrase as well (`wake.confirm`)."""
    model: str
    """The speech model's name."""
    model_sha256: str
    """Of the sums of all its files."""
    engines: dict[str, str] = Field(default_factory=dict)
    """Versions of the libraries that hear."""
    command: str = ""
    """What was typed."""


@dataclass(frozen=True)
class Run:
    """One finished run."""

    folder: Path
    facts: Facts
    recordings: tuple[Recording, ...]
    marks: tuple[Mark, ...]
    """In the order of the recordings, and by time within each."""
    truth: tuple[Truth, ...]
    """Likewise."""

    @property
    def seconds(self) -> float:
        """How much sound the speaker heard."""
        return sum(recording.seconds for recording in self.recordings)


def open_run(folder: Path) -> Run:
    """A finished run. Raises LabError for a folder that is none, is unfinished, or was written in another format."""
    facts = read_facts(folder)
    if not (folder / MARKS).is_file():
        raise LabError(f"{folder}: this run has not come to its end", f"go on with it: {facts.command or _AGAIN}")
    recordings = marks.read(folder / RECORDINGS, Recording)
    found, truth = marks.read(folder / MARKS, Mark), marks.read(folder / TRUTH, Truth)
    _refuse_strangers(folder, recordings, [*found, *truth])
    return Run(folder, facts, recordings, found, truth)


def read_facts(folder: Path) -> Facts:
    """How a run came about. Raises LabError if there is none in the folder, or one of another format."""
    file = folder / FACTS
    try:
        tree = layers.file(file, str(file), _AGAIN)
    except ConfigError as error:
        raise LabError(f"there is no run in {folder}: {error.what}", _AGAIN) from error
    if tree.problems:
        raise LabError("\n".join(map(str, tree.problems)), _AGAIN)
    return _facts(file, tree.values or {})


def write_facts(folder: Path, facts: Facts) -> None:
    """One key a line, its value as JSON, which is YAML too. Raises OSError."""
    said = facts.model_dump(mode="json").items()
    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in said)
    (folder / FACTS).write_text(text, "utf-8")


def _facts(file: Path, untrusted: dict[str, Any]) -> Facts:
    said = untrusted.get("format")
    if said != FORMAT:
        by = f", written by keepmum {untrusted['keepmum']}" if untrusted.get("keepmum") else ""
        raise LabError(f"{file}: its format is {said!r}{by}; this keepmum reads {FORMAT!r}", _AGAIN)
    try:
        return Facts.model_validate(untrusted)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False))
        raise LabError(f"{file}: " + "; ".join(wrong), _AGAIN) from error


def _refuse_strangers(folder: Path, recordings: tuple[Recording, ...], lines: list[Mark | Truth]) -> None:
    known = {recording.id for recording in recordings}
    strangers = sorted({line.recording for line in lines} - known)
    if strangers:
        named = ", ".join(strangers[:3])
        raise LabError(f"{folder}: {RECORDINGS} lacks {named}, of which other files of the run tell", _AGAIN)
