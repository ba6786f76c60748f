"""What the skills asked to be kept, and when they want to be asked again; they have no disk of their own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepmum import kept
from keepmum.errors import StateError
from keepmum.messages import Blob

log = logging.getLogger(__name__)


class Remembered(BaseModel):
    """One skill's memory, opaque to the listener, and the Unix time at which it is due (0: never)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    memory: Blob = ""
    due: Annotated[float, Field(ge=0)] = 0.0


class Memory:
    """One small file per skill. What cannot be read is as if it had never been."""

    def __init__(self, folder: Path) -> None:
        """Raises StateError if there can be no such folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StateError(f"{folder} cannot be used: {error.strerror}", "move away what is there") from error
        self._folder = folder
        self._skills = {file.stem: self._read(file) for file in sorted(folder.glob("*.json"))}

    def of(self, skill: str) -> Remembered:
        """What one skill asked to be kept."""
        return self._skills.get(skill, Remembered())

    def keep(self, skill: str, memory: str | None, due: float | None) -> None:
        """Keep what is not None; raises StateError if the disk does not take it, then it is known until the end."""
        old = self.of(skill)
        new = Remembered(memory=old.memory if memory is None else memory, due=old.due if due is None else max(0.0, due))
        if new != old:
            # First in RAM: an alarm that has rung must not ring for ever because the disk is full.
            self._skills[skill] = new
            kept.write(self._folder / f"{skill}.json", new.model_dump_json().encode())

    def due(self, wall: float) -> str | None:
        """The skill that has been due for longest."""
        come = [(kept_.due, skill) for skill, kept_ in self._skills.items() if 0 < kept_.due <= wall]
        return min(come)[1] if come else None

    def _read(self, file: Path) -> Remembered:
        try:
            return Remembered.model_validate_json(kept.read(file) or b"")
        except (StateError, ValidationError):
            log.warning("%s cannot be read; the skill starts without a memory", file)
            return Remembered()
