"""Writes a model's graph folder: what Vosk reads besides the network and its settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from keepmum.disk import REAL, place
from keepmum.errors import ForgeError
from keepmum.forge.graph.bigram import bigram
from keepmum.forge.graph.fst import by_heard, const
from keepmum.forge.graph.lookahead import olabel_lookahead, renumbered
from keepmum.forge.graph.tree import UNKNOWN, Unknown, grown
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.phones import Phones

GRAPH = "graph"
"""The folder's name within a model's."""

__all__ = ["GRAPH", "UNKNOWN", "Unknown", "graph_files", "write_graph"]


def write_graph(
    folder: Path, phones: Phones, lexicon: Lexicon, sentences: Iterable[str], unknown: Unknown, *, silence: float = 0.5
) -> None:
    """Replace `graph/` in a model's folder; the same input gives the same bytes.

    `sentences` give the word pairs of Gr.fst; `silence` is how probable it is between two words. A graph that is only
    half written never has the name. Raises ForgeError for an empty lexicon and where the disk refuses.
    """
    files = graph_files(phones, lexicon, sentences, unknown, silence=silence)
    new, old = folder / f".{GRAPH}.new", folder / f".{GRAPH}.old"
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        (new / "phones").mkdir(parents=True)
        for name, content in files.items():
            path = new / name
            place(REAL, content, path, by=path.with_name(f".{path.name}.new"))
            path.chmod(0o644)
        if (folder / GRAPH).exists():
            (folder / GRAPH).rename(old)
        new.rename(folder / GRAPH)
        REAL.sync_folder(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise ForgeError(
            f"{folder / GRAPH} cannot be written: {error.strerror}", "free some space, or see who owns the folder"
        ) from error


def graph_files(
    phones: Phones, lexicon: Lexicon, sentences: Iterable[str], unknown: Unknown, *, silence: float = 0.5
) -> dict[str, bytes]:
    """The content of every file of `graph/`, by its path in it. Raises ForgeError for an empty lexicon."""
    if not lexicon.words:
        raise ForgeError("a graph without words cannot be made", "give at least one word with its pronunciation")
    tree, words = grown(phones, lexicon, unknown, silence)
    tree, new = renumbered(tree)
    numbers = {word: new[old] for old, word in enumerate(words, 1)}
    listed = sorted(numbers.items(), key=lambda each: each[1])
    return {
        "HCLr.fst": olabel_lookahead(tree),
        "Gr.fst": const(bigram(sentences, numbers), by_heard),
        "words.txt": "".join(f"{word} {number}\n" for word, number in [("<eps>", 0), *listed]).encode(),
        # Vosk wants the file; a graph without disambiguation symbols names an id that no arc has.
        "disambig_tid.int": f"{phones.transitions + 1}\n".encode(),
        "phones/word_boundary.int": phones.boundaries().encode(),
    }
