"""The recordings that judge: a folder with a manifest of what is said in each, none of which may train a model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from keepmum.errors import ModelError

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class Recording:
    """One file of the folder."""

    path: Path
    name: str
    """Its path in the folder."""
    kind: str
    """`wake`, `command`, `speech`, `sound` or `noise`."""
    source: str
    phrase: str
    """The phrase that is said in it; empty if it is none of the known ones."""


def recordings(folder: Path) -> list[Recording]:
    """All that the manifest names, in its order; raises ModelError with everything that is wrong with it."""
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder / MANIFEST} cannot be read: {error}", "name the folder with the manifest") from error
    found, wrong = [], []
    for number, untrusted_line in enumerate(lines, 1):
        try:
            row = json.loads(untrusted_line)
            one = Recording(folder / row["file"], row["file"], row["kind"], row["source"], row.get("phrase") or "")
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong.append(f"line {number} is no recording")
            continue
        found.append(one)
        if not one.path.is_file():
            wrong.append(f"line {number}: {one.name} is not there")
    if wrong:
        told = "; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if len(wrong) > 20 else "")
        raise ModelError(f"{folder / MANIFEST}: {told}", "each line has file, kind, source and phrase")
    return found
