"""How the speaker is set that listens to a corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keepmum.errors import LabError
from keepmum.settings import SpeechSettings, WakeSettings

_SHIPPED = WakeSettings()


@dataclass(frozen=True)
class Tuning:
    """What a researcher may turn; everything else is as the speaker ships."""

    phrase: str = "alexa"
    trigger: float = _SHIPPED.trigger
    second: float = _SHIPPED.second
    confirm: bool = True
    model: Path = SpeechSettings().model
    """A Vosk model's folder, at the same place on every machine that helps."""
    model_sha256: str = ""
    """Of its files, as `sum_of_model` gives it; nothing if nobody compares."""
    seed: int = 0
    """Of the quiet room's noise before and behind each recording."""

    @property
    def wake(self) -> WakeSettings:
        """The same as the listener's settings."""
        return WakeSettings(phrases=(self.phrase,), trigger=self.trigger, second=self.second, confirm=self.confirm)


def sum_of_model(folder: Path) -> str:
    """SHA-256 of the names and sums of all files in a folder. Raises LabError if there is none."""
    if not folder.is_dir():
        raise LabError(f"there is no speech model in {folder}", "name a Vosk model's folder with --model")
    total = hashlib.sha256()
    for file in _files(folder):
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        total.update(f"{digest}  {file.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())
