"""Where recordings come from and under which licence: a model's card must say so."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from keepmum import layers
from keepmum.forge.recipe import EXPLAINED_IN, Recipe, Source
from keepmum.layers import Layers
from keepmum.settings_hardware import Section

NAME = "SOURCES.yaml"

UNKNOWN = Source(title="not described", licence="not stated")

PROGRAMS = {
    "espeak-ng": Source(title="espeak-ng, spoken sentences", licence="GPL-3.0-or-later (the program)"),
    "flite": Source(title="flite, spoken sentences", licence="MIT-style (the program and its voices)"),
    "festival": Source(title="festival, spoken sentences", licence="MIT-style (the program and its voices)"),
}


class _Sources(Section):
    sources: dict[str, Source] = Field(default={})


def known(recipe: Recipe, folders: Iterable[Path]) -> dict[str, Source]:
    """What the recipe says of each source, and over it what the folders say. Raises ConfigError for a wrong file."""
    found = {**PROGRAMS, **recipe.recordings.sources}
    for file in (folder / NAME for folder in folders):
        if file.exists():
            said = Layers(_Sources)
            said.lay(layers.file(file, str(file), "see who owns it"))
            layers.refuse(said.problems(), EXPLAINED_IN)
            found |= said.built().sources
    return found
