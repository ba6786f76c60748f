"""A speech model with a household's own words: the same ear, and a graph made anew on the speaker.

It stands in the state folder. The network and the settings are links into the model that it was made from; the graph
is written when that model, the words or the sentences changed, and only then.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepmum import kept
from keepmum.errors import ForgeError, StateError
from keepmum.forge import lexicon, origin, pronounce
from keepmum.forge.graph.folder import GRAPH, write_graph
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.origin import LEXICON

MADE_OF = "household.json"
SUMS = "SHA256SUMS"

_FORMAT = 1
"""Counts the ways in which this file makes a graph: a household's is made again when it grows."""
_OWN = (GRAPH, LEXICON, SUMS, MADE_OF, "README.md")
"""What is not a link into the model."""


@dataclass(frozen=True)
class Words:
    """What a household wants to be heard, beyond what the model hears by itself."""

    own: Lexicon
    """Said as somebody told or agreed to; they take the place of the model's pronunciations."""
    missing: frozenset[str] = frozenset()
    """Of the sentences; espeak-ng guesses how they are said."""


def made(model: Path, folder: Path, words: Words, program: str = pronounce.PROGRAM) -> bool:
    """Bring a household's model up to date with its words; whether it had to be made again.

    Raises ModelError for a model that cannot learn words, ForgeError if there is no espeak-ng for the missing ones or
    the disk refuses.
    """
    wanted = _made_of(model, words)
    if _kept(folder).get("made_of") == wanted and not _is_cut(folder):
        return False
    source = origin.read(model)
    language = source.spoken()
    guessed = _guessed(words, language, program)
    every = {**lexicon.read(model / LEXICON, source.inventory).words, **guessed, **words.own.words}
    new = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        _clear(folder)
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.mkdir(mode=0o700)
        _link(model, new)
        write_graph(new, source.inventory, Lexicon(every), (), source.costs, silence=source.silence)
        (new / LEXICON).write_text(Lexicon(every).text(), "utf-8")
        told = {"made_of": wanted, "model": str(model.resolve()), "guessed": sorted(guessed)}
        (new / MADE_OF).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        _sum(new)
        _swap(new, folder)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise ForgeError(
            f"{folder} cannot be written: {error.strerror}", "free some space, or see who owns the folder"
        ) from error
    return True


def in_use(model: Path, folder: Path) -> Path:
    """The folder that the listener last opened for this model: the household's, if one was made from it."""
    return folder if _kept(folder).get("model") == str(model.resolve()) else model


def guessed_words(folder: Path) -> tuple[str, ...]:
    """The words in a household's model whose pronunciation nobody checked."""
    untrusted = _kept(folder).get("guessed", [])
    return tuple(word for word in untrusted if isinstance(word, str)) if isinstance(untrusted, list) else ()


def _kept(folder: Path) -> dict[str, Any]:
    """What a household's model says of itself; nothing if it is not there or broken."""
    try:
        untrusted = json.loads(kept.read(folder / MADE_OF, largest=2**20) or b"{}")
    except (StateError, ValueError):
        return {}
    return untrusted if isinstance(untrusted, dict) else {}


def _made_of(model: Path, words: Words) -> str:
    """A hash of all that the graph follows from."""
    network = (model / "am" / "final.mdl").stat() if (model / "am" / "final.mdl").exists() else None
    parts = [
        f"{_FORMAT} {model.resolve()} {network and (network.st_size, network.st_mtime_ns)}".encode(),
        *(_bytes(model / name) for name in (SUMS, origin.ORIGIN, LEXICON)),
        words.own.text().encode(),
        "\n".join(sorted(words.missing)).encode(),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _guessed(words: Words, language: Language, program: str) -> dict[str, tuple[lexicon.Pronunciation, ...]]:
    sayable = sorted(word for word in words.missing - words.own.words.keys() if not language.word_problem(word))
    said = pronounce.guesses(sayable, language, program) if sayable else {}
    return {word: (each,) for word, each in said.items()}


def _link(model: Path, new: Path) -> None:
    for path in sorted(model.resolve().iterdir()):
        if path.name not in _OWN and not path.name.startswith("."):
            (new / path.name).symlink_to(path)


def _sum(folder: Path) -> None:
    """The sums that are checked before Vosk sees the folder, the files behind the links included."""
    files = sorted(_files(folder))
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files)
    (folder / SUMS).write_text("".join(lines), "utf-8")


def _files(folder: Path) -> Iterable[Path]:
    for path in folder.iterdir():
        yield from _files(path) if path.is_dir() else (path,)


def _is_cut(folder: Path) -> bool:
    """Whether the folder is not what its own sums say: a power cut can leave names without what they name."""
    lines = _bytes(folder / SUMS).decode(errors="replace").splitlines()
    told = [line.partition("  ") for line in lines]
    return not told or any(hashlib.sha256(_bytes(folder / name)).hexdigest() != sum_ for sum_, _, name in told)


def _clear(folder: Path) -> None:
    """Remove what was left half done."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
