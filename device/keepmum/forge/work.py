"""The folder in which one recipe becomes a model, step by step: what lies where, and for which recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keepmum.forge.recipe import Recipe
from keepmum.forge.workplace import claim


@dataclass(frozen=True)
class Work:
    """Where each step leaves what it made."""

    folder: Path
    recipe: Recipe

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
    """The work folder of a recipe, made if it is not there. Raises CorpusError if another recipe has begun there."""
    claim(folder, recipe)
    return Work(folder, recipe)
