"""What is written down while the speaker listens to a corpus, and what the corpus says is true: one JSON line each.

Marks are what the speaker's own code did; truths are what somebody wrote beside the recordings. Every policy is judged
by the same two files, so nothing about a policy is in them. Times are seconds since the beginning of their recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from keepmum.errors import LabError

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Line(BaseModel):
    """What all lines have in common; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Recording(Line):
    """One recording of the corpus, in the order in which the household hears them, one after the other."""

    id: str
    """Its path in the corpus."""
    seconds: Seconds
    sha256: str = ""
    """Of the file."""
    group: str = ""
    """What was recorded together (a show, a reader): confidence intervals draw whole groups."""
    words: int = 0
    """Spoken in it, by the truth; 0 if nobody counted."""


class _Span(Line):
    recording: str
    begins: Seconds
    ends: Seconds

    @model_validator(mode="after")
    def _forward(self) -> _Span:
        if self.ends < self.begins:
            raise ValueError(f"ends at {self.ends:g} s, before it begins at {self.begins:g} s")
        return self


class MarkKind(StrEnum):
    """What the speaker did."""

    CANDIDATE = "candidate"
    """An engine thought that it heard the phrase."""
    CONFIRMED = "confirmed"
    """Vosk found the phrase, too: the speaker woke. `begins` and `ends` are the phrase's."""
    REFUSED = "refused"
    """Vosk did not find it."""
    COMMAND = "command"
    """A clip, from the phrase to the last word; `what` is the intent, or nothing if it was not understood."""
    WORD = "word"
    """A word that Vosk found in a clip; `what` is the word. The corpus's words, nobody's at home."""
    SPEECH = "speech"
    """A voice, by the speaker's own detector."""
    MUTE = "mute"
    """The microphone was closed; `what` is the owner."""
    RING = "ring"
    """The ring showed `what`."""
    CONSENT = "consent"
    """`what` happened to a consent."""
    FAULT = "fault"
    """`what` broke."""


class Mark(_Span):
    """One thing that the speaker did."""

    kind: MarkKind
    score: float | None = None
    """How sure it was, on the scale of whoever says it."""
    what: str = ""


class TruthKind(StrEnum):
    """What somebody said, or what played."""

    COMMAND = "command"
    """Said to the speaker, from the phrase to the last word; `what` is its intent if known."""
    SPEECH = "speech"
    """Somebody spoke; `speaker` is who."""
    MEDIA = "media"
    """Television, radio, music."""
    WORD = "word"
    """One word; `what` is it, `private` if it names or describes a person."""


class Truth(_Span):
    """One thing that is so, whatever a recogniser thinks."""

    kind: TruthKind
    speaker: str = ""
    what: str = ""
    private: bool = False


L = TypeVar("L", bound=Line)


def write(path: Path, lines: Iterable[Line]) -> None:
    """One JSON object a line; the same lines give the same bytes."""
    path.write_text("".join(line.model_dump_json(exclude_defaults=True) + "\n" for line in lines))


def read(path: Path, kind: type[L]) -> tuple[L, ...]:
    """Raises LabError with every line that is not such an object."""
    try:
        untrusted = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path}: {error}", "is this a run's folder? `keepmum lab run` makes one") from error
    found = [_parsed(f"{path}:{number}", line, kind) for number, line in enumerate(untrusted, 1)]
    if wrong := [line for line in found if isinstance(line, str)]:
        raise LabError("\n".join(wrong), "run it again: these files are written by `keepmum lab run`")
    return tuple(_kept(found))


def _parsed(where: str, untrusted_line: str, kind: type[L]) -> L | str:
    try:
        return kind.model_validate_json(untrusted_line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{where}: {'.'.join(map(str, first['loc']))} {first['msg']}"


def _kept(found: list[L | str]) -> Iterator[L]:
    return (line for line in found if not isinstance(line, str))
