"""The truth of a recording that is of one kind from its beginning to its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keepmum.lab.corpus import audio
from keepmum.lab.marks import Truth, TruthKind


@dataclass(frozen=True)
class Throughout:
    """Somebody reads a sentence, or a television plays; only the file knows how long that takes."""

    recording: str
    path: Path
    speaker: str
    kinds: tuple[TruthKind, ...] = (TruthKind.SPEECH,)

    def __call__(self) -> tuple[Truth, ...]:
        """As long as the file. Raises LabError if that cannot be opened."""
        if not self.kinds:
            return ()
        ends = round(audio.shape(self.path, "mean").seconds, 6)
        return tuple(
            Truth(recording=self.recording, begins=0.0, ends=ends, kind=kind, speaker=self.speaker)
            for kind in self.kinds
        )
