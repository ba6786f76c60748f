"""Which models can be fetched by name, and what their archives must be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from keepmum import strict_yaml
from keepmum.errors import ModelError

FILE = Path(__file__).parent / "shelf.yaml"

_NAME = re.compile(r"vosk-model-[a-z0-9][a-z0-9.-]{0,60}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Model:
    """One archive. `size` is its length in bytes, None when nobody pinned it."""

    name: str
    sha256: str
    size: int | None = None
    about: str = ""
    licence: str = "see https://alphacephei.com/vosk/models"


def pinned() -> dict[str, Model]:
    """The models on the shelf, by name."""
    tree = strict_yaml.read(FILE.read_text(), str(FILE))
    if tree.problems:
        raise ModelError(str(tree.problems[0]), tree.problems[0].hint)
    return {
        name: Model(name, entry["sha256"], entry["size"], entry["about"], entry["licence"])
        for name, entry in tree.values.items()
    }


def wanted(name: str, sha256: str | None) -> Model:
    """The model that was asked for; raises ModelError if nobody says what its archive must be."""
    known = pinned()
    if name in known and sha256 in {None, known[name].sha256}:
        return known[name]
    if name in known:
        raise ModelError(f"--sha256 differs from the one that is pinned for {name}", "leave it out")
    if not _NAME.fullmatch(name):
        raise ModelError(f"{name!r} is not the name of a Vosk model", f"for example {next(iter(known))}")
    if sha256 is None:
        raise ModelError(f"{name} is not on the shelf", f"add --sha256 of its zip, or take one of {', '.join(known)}")
    if not _SHA256.fullmatch(sha256):
        raise ModelError(f"--sha256 {sha256!r} is not one", "64 digits and small letters a to f")
    return Model(name, sha256)
