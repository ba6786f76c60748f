"""Work at which processes die; they import it by this module's name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from keepmum.errors import LabError


@dataclass(frozen=True)
class DiesOnce:
    """A process that is ended from outside at piece three, the first time."""

    mark: Path

    def __call__(self, piece: int) -> int:
        """The square; but the first who comes to three dies."""
        if piece == 3 and not self.mark.exists():
            self.mark.touch()
            os._exit(9)
        return piece * piece


@dataclass(frozen=True)
class Dies:
    """Dies at three, each time; what was done is written down."""

    done: Path

    def __call__(self, piece: int) -> int:
        """Itself."""
        if piece == 3:
            os._exit(9)
        (self.done / str(piece)).touch()
        return piece


def fails(piece: int) -> int:
    """Has an error to tell at three."""
    if piece == 3:
        raise LabError("piece 3 is broken", "leave it out")
    return piece
