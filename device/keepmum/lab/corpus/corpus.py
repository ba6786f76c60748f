"""What every corpus is once it was read, in whichever form it was published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keepmum.lab.marks import Line, Mark, Recording, Truth

Voices = Literal["recorded", "spoken by programs"]

Told = Callable[[], tuple[Truth, ...]]
"""Reads what is true about one recording, in the order of time. Raises LabError with every mistake of the file. It can
travel to another process, and is asked again each time: the truth of a long corpus fits into no memory."""


@dataclass(frozen=True)
class Known:
    """Truths that need no file."""

    truths: tuple[Truth, ...] = ()

    def __call__(self) -> tuple[Truth, ...]:
        """Themselves."""
        return self.truths


@dataclass(frozen=True)
class Sound:
    """One recording as a corpus lists it; nobody has opened it yet."""

    id: str
    """Its path in the corpus."""
    path: Path
    told: Told = Known()
    group: str = ""
    """What was recorded together."""
    seconds: float | None = None
    """How long it lasts, if the corpus says so."""
    sha256: str = ""
    """Of the file, if the corpus says so."""
    words: int = 0
    """Spoken in it, if the corpus counts them without saying when."""
    happenings: tuple[Mark, ...] = ()
    """What somebody did to the speaker meanwhile: mute, fault, consent."""


@dataclass(frozen=True)
class Listed:
    """What a layout found in a folder, and everything that is wrong with its lists."""

    sounds: tuple[Sound, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """Recordings in the order in which the household hears them, each of them opened and found good."""

    name: str
    folder: Path
    sounds: tuple[Sound, ...]
    recordings: tuple[Recording, ...]
    """As many, in the same order."""
    sums: tuple[str, ...]
    """SHA-256 of the truth of each."""
    voices: Voices = "recorded"
    channel: str = ""
    """Which channel of the files is heard, as in `corpus.yaml`."""

    @property
    def seconds(self) -> float:
        """All of it."""
        return sum(recording.seconds for recording in self.recordings)

    def truth(self) -> Iterator[Truth]:
        """Of all recordings, in their order, read one after the other."""
        return (truth for sound in self.sounds for truth in sound.told())

    @property
    def sha256(self) -> str:
        """Of every recording's name and sum, every truth and every happening; where the folder lies is no part."""
        total = hashlib.sha256(f"{self.voices}\n{self.channel}\n".encode())
        for sound, recording, said in zip(self.sounds, self.recordings, self.sums, strict=True):
            total.update(f"{said} {sum_of((recording, *sound.happenings))}\n".encode())
        return total.hexdigest()


def sum_of(lines: Iterable[Line]) -> str:
    """SHA-256 of lines as they are written."""
    total = hashlib.sha256()
    for line in lines:
        total.update(line.model_dump_json(exclude_defaults=True).encode() + b"\n")
    return total.hexdigest()
