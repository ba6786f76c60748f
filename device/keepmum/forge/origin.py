"""What a model's folder says about its making (`forge.json`): enough to give it other words, without its workshop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from keepmum import kept
from keepmum.errors import ConfigError, ModelError, StateError
from keepmum.forge.graph.tree import Unknown
from keepmum.forge.language import Language, Shelf
from keepmum.forge.phones import Phones

ORIGIN = "forge.json"
LEXICON = "lexicon.txt"
"""Beside it in the folder: every pronunciation of its graph."""

_NOT_OURS = "only a model that `keepmum forge` made can learn words; the one that ships with keepmum can"
_Cost = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


class UnknownCosts(BaseModel):
    """What `[unk]` costs, in negative natural logarithms."""

    model_config = ConfigDict(frozen=True)

    entry: _Cost
    phones: dict[str, _Cost]


class Origin(BaseModel):
    """How a model was made. A later forge may say more; what it says here stays."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]+)*$")]
    phones: tuple[str, ...]
    """The base phones in the order by which the network is numbered."""
    silence: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """How probable it is between two words."""
    unknown: UnknownCosts
    recipe: str = ""
    grammar: Any = None
    """What the word pairs of the shipped graph were counted in, for people to read."""

    @model_validator(mode="after")
    def _costs_are_of_its_phones(self) -> Self:
        try:
            inventory = self.inventory
        except ConfigError as error:
            raise ValueError(error.what) from error
        if set(self.unknown.phones) != set(inventory.names):
            raise ValueError("the costs of [unk] are not those of its phones")
        return self

    @property
    def inventory(self) -> Phones:
        """Its phones, numbered."""
        return Phones(self.phones)

    @property
    def costs(self) -> Unknown:
        """What `[unk]` costs in its graph."""
        return Unknown(self.unknown.entry, self.unknown.phones)

    def text(self) -> str:
        """The content of `forge.json`."""
        return json.dumps(self.model_dump(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def spoken(self, shelf: Shelf | None = None) -> Language:
        """The language's file. Raises ModelError if the model was made with other phones than it has now."""
        language = (shelf or Shelf()).language(self.language)
        if language.phones != self.phones:
            raise ModelError(
                f"the model was made with other phones than config/languages/{self.language}.yaml now has",
                "use a model that fits this version of keepmum",
            )
        return language


def read(folder: Path) -> Origin:
    """What a model's folder says. Raises ModelError for a model that does not say it, or says nonsense."""
    try:
        untrusted_bytes = kept.read(folder / ORIGIN)
    except StateError as error:
        raise ModelError(error.what, error.hint) from error
    if untrusted_bytes is None or not (folder / LEXICON).is_file():
        missing = ORIGIN if untrusted_bytes is None else LEXICON
        raise ModelError(f"the speech model in {folder} cannot learn words: it has no {missing}", _NOT_OURS)
    try:
        return Origin.model_validate_json(untrusted_bytes, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        what = f"{folder / ORIGIN} cannot be used: {place + ': ' if place else ''}{first['msg']}"
        raise ModelError(what, "fetch the model again with scripts/fetch-model") from error
