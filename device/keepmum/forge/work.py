"""The folder in which one recipe becomes a model, step by step: what lies where, and for which recipe."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepmum.errors import ForgeError
from keepmum.forge.recipe import Recipe


@dataclass(frozen=True)
class Work:
    """Where each step leaves what it made. `opened` makes sure that it is all of one recipe."""

    folder: Path
    recipe: Recipe

    @property
    def said(self) -> Path:
        """The recipe as it was when the work began."""
        return self.folder / "recipe.json"

    @property
    def synthetic(self) -> Path:
        """Sentences spoken by programs, and their manifest."""
        return self.folder / "synthetic"

    @property
    def prepared(self) -> Path:
        """Shards of features, `NNN.npz`, and `prepared.json` when all are there."""
        return self.folder / "prepared"

    @property
    def trained(self) -> Path:
        """The checkpoint and the course of the training."""
        return self.folder / "trained"

    @property
    def model(self) -> Path:
        """What Vosk loads."""
        return self.folder / "model"

    @property
    def evaluation(self) -> Path:
        """The model's figures."""
        return self.folder / "evaluation.json"


def opened(folder: Path, recipe: Recipe) -> Work:
    """The work folder of a recipe, made if it is not there.

    Raises ForgeError if another recipe has begun there, or if it cannot be made.
    """
    work = Work(folder, recipe)
    now = recipe.model_dump(mode="json")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        untrusted_text = work.said.read_text("utf-8") if work.said.exists() else None
        if untrusted_text is None:
            write(work.said, json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ForgeError(f"{folder} cannot be worked in: {error}", "choose another --work") from error
    if untrusted_text is not None:
        _compare(work.said, untrusted_text, now)
    return work


def write(path: Path, content: bytes) -> None:
    """Write a file, all or nothing. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _compare(path: Path, untrusted_text: str, now: dict[str, Any]) -> None:
    try:
        untrusted_then = json.loads(untrusted_text)
    except ValueError as error:
        raise ForgeError(f"{path} is not JSON", "delete it if the work is of this recipe") from error
    if untrusted_then == now:
        return
    if not isinstance(untrusted_then, dict):
        raise ForgeError(f"{path} is no recipe", "delete it if the work is of this recipe")
    keys = [key for key in {**untrusted_then, **now} if untrusted_then.get(key) != now.get(key)]
    raise ForgeError(
        f"{path.parent} was begun with another recipe; different are: {', '.join(keys)}",
        "choose another --work, or bring the recipe back to what it was",
    )
