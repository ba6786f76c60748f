"""A model's network with another graph: the words of some sentences alone, so that the network is judged by them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from keepmum.errors import ForgeError
from keepmum.forge import origin
from keepmum.forge.graph.folder import write_graph
from keepmum.forge.lexicon import Lexicon


def closed(model: Path, lexicon: Lexicon, sentences: Iterable[str], folder: Path) -> Path:
    """Write into `folder` a model with the network of `model`, these words alone and which of them follow which.

    Raises ModelError if `model` was not made by the forge, ForgeError if the disk refuses.
    """
    made = origin.read(model)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("am", "conf"):
            link = folder / part
            link.unlink(missing_ok=True)
            link.symlink_to((model / part).resolve())
    except OSError as error:
        raise ForgeError(f"{folder} cannot be written: {error}", "make room, or choose another --work") from error
    write_graph(folder, made.inventory, lexicon, sentences, made.costs, silence=made.silence)
    return folder
