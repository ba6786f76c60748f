"""What every corpus is once it was read, in whichever form it was published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keepmum.lab.marks import Mark, Recording, Truth

Said = Literal["recorded", "spoken by programs"]


@dataclass(frozen=True)
class Sound:
    """One recording: where its sound is, and what is true about it."""

    recording: Recording
    path: Path
    truth: tuple[Truth, ...] = ()
    """In the order of time."""
    happenings: tuple[Mark, ...] = ()
    """What somebody did to the speaker meanwhile: mute, fault, consent."""


@dataclass(frozen=True)
class Corpus:
    """Recordings in the order in which the household hears them."""

    name: str
    folder: Path
    sounds: tuple[Sound, ...]
    said: Said = "recorded"
    layout: str = "folder"
    """Which form it was read from."""

    @property
    def seconds(self) -> float:
        """All of it."""
        return sum(sound.recording.seconds for sound in self.sounds)

    def truth(self) -> Iterator[Truth]:
        """Of all recordings, in their order."""
        return (truth for sound in self.sounds for truth in sound.truth)

    @property
    def sha256(self) -> str:
        """Of every recording's name and sum, every truth and every happening; where the folder lies is no part."""
        total = hashlib.sha256(self.said.encode())
        for sound in self.sounds:
            for line in (sound.recording, *sound.truth, *sound.happenings):
                total.update(line.model_dump_json(exclude_defaults=True).encode() + b"\n")
        return total.hexdigest()
