"""A small model that the forge could have made: the bundled model's ear, a few words of the CMU dictionary."""

from __future__ import annotations

import shutil
from pathlib import Path

from keepmum.forge import lexicon
from keepmum.forge.graph.folder import write_graph
from keepmum.forge.language import Language, Shelf
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.origin import LEXICON, ORIGIN, Origin, UnknownCosts
from keepmum.settings import SpeechSettings

BUNDLED = SpeechSettings().model
PIECES = Path(__file__).with_name("pieces.txt")
RARE = 3.6
"""What each phone of `[unk]` costs here: as if all 39 were equally frequent."""


def english() -> Language:
    """The language that ships."""
    return Shelf().language("en")


def words() -> Lexicon:
    """The few words."""
    return lexicon.read(PIECES, english().inventory)


def origin() -> Origin:
    """What the small model says of itself."""
    phones = english().phones
    return Origin(language="en", phones=phones, unknown=UnknownCosts(entry=0.5, phones=dict.fromkeys(phones, RARE)))


def small_model(folder: Path, known: Lexicon | None = None) -> Path:
    """A model in a new folder, with these words, or with all of them."""
    known = known or words()
    folder.mkdir()
    for part in ("am", "conf"):
        shutil.copytree(BUNDLED / part, folder / part)
    for path in folder.rglob("*"):
        path.chmod(0o755)
    (folder / ORIGIN).write_text(origin().text())
    (folder / LEXICON).write_text(known.text())
    write_graph(folder, english().inventory, known, ["turn on the light", "stop"], origin().costs)
    return folder
