"""In what room a model is judged: a quiet one, and one in which a home makes its noises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keepmum.forge.evaluation import sounds


@dataclass(frozen=True)
class Room:
    """Where recordings are played."""

    name: str
    noises: tuple[Path, ...] = ()
    """One of them lies 10 dB below each voice; none: the room is quiet."""

    def played(self, file: Path, name: str, after: int = sounds.AFTER) -> bytes:
        """What the microphone hears of a recording, with `after` samples of the room behind it."""
        noise = sounds.noise_for(name, self.noises) if self.noises else None
        return sounds.heard(sounds.read(file), name, noise, after=after)


QUIET = Room("quiet")


def rooms(noises: Sequence[Path]) -> list[Room]:
    """The quiet one, and the one with these noises if there are any."""
    return [QUIET, Room("home noise, 10 dB", tuple(noises))] if noises else [QUIET]
