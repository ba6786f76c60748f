"""`corpus.yaml`: what a corpus's own files do not say about it. No corpus needs one that says nothing unusual."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from keepmum import layers
from keepmum.errors import ConfigError, LabError
from keepmum.layers import Layers

FILE = "corpus.yaml"
EXPLAINED_IN = "device/keepmum/lab/README.md"

Layout = Literal["folder", "manifest", "librispeech", "common-voice", "ami", "dipco"]


class About(BaseModel):
    """What `corpus.yaml` can say."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    layout: Layout | None = None
    """The form in which the recordings lie; found out by itself where the folder leaves no doubt."""
    audio: Path | None = None
    """Where the recordings are, if not here: a corpus may publish a list with sums, and no sound."""
    channel: Annotated[str, Field(pattern=r"^(|mean|[1-9][0-9]?)$")] = ""
    """Of recordings with several channels: the number of one, from 1 and in quotes, or `mean` of all."""
    leave_out: tuple[str, ...] = ()
    """Recordings that are not heard, by their path in the corpus; `*` stands for any letters."""
    media: tuple[str, ...] = ("media", "music", "radio", "television", "tv")
    """Speakers that are no person in the room."""
    table: str | None = None
    """Which list to take where a corpus has several, as Common Voice has: `test.tsv`."""
    voices: Literal["recorded", "spoken by programs"] = "recorded"
    """Whose voices they are."""
    note: Annotated[str, Field(max_length=2_000)] = ""
    """Source and licence, for whoever reads it."""


def read(folder: Path) -> About:
    """What the folder's `corpus.yaml` says; raises LabError with everything that is wrong with it."""
    file = folder / FILE
    if not file.exists():
        return About()
    found: Layers[About] = Layers(About)
    try:
        found.lay(layers.file(file, str(file), "make it readable"), folder)
        layers.refuse(found.problems(), EXPLAINED_IN)
    except ConfigError as error:
        raise LabError(error.what, error.hint) from error
    return found.built()
