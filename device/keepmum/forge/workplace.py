"""The folder in which one model is made: it belongs to one recipe, and every step goes on where it was stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from keepmum.errors import CorpusError
from keepmum.forge.recipe import Recipe

RECIPE = "recipe.json"
_FIRST = ("id", "language", "sentences", "wake_phrases", "rivals", "words", "synthetic", "recordings")
"""What the prepared speech follows from; the network, the training and `[unk]` may still change."""


def claim(work: Path, recipe: Recipe) -> None:
    """Take a folder for a recipe. Raises CorpusError if another one, or an earlier state of this one, has it.

    Sizes of the network, the training's length and the costs of `[unk]` may differ: nothing that is prepared
    follows from them.
    """
    said = recipe.model_dump(mode="json")
    path = work / RECIPE
    try:
        work.mkdir(parents=True, exist_ok=True)
        untrusted = json.loads(path.read_text("utf-8")) if path.exists() else None
    except OSError as error:
        raise CorpusError(f"{work} cannot be used: {error.strerror}", "name a folder of yours with --work") from error
    except ValueError as error:
        raise CorpusError(f"{path} is no recipe: {error}", "name an empty folder with --work") from error
    if untrusted is not None:
        _refuse_another(path, untrusted, said)
    write(path, json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def write(path: Path, text: str) -> None:
    """Write a small file, all or nothing. Raises CorpusError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be written: {error.strerror}", "make room, or choose another --work"
        ) from error


def _refuse_another(path: Path, untrusted: object, said: dict[str, Any]) -> None:
    before = untrusted if isinstance(untrusted, dict) else {}
    changed = [key for key in _FIRST if before.get(key) != said.get(key)]
    if changed:
        raise CorpusError(
            f"{path.parent} was begun with another recipe: {', '.join(changed)} differ",
            "name another folder with --work, or delete this one",
        )
