"""Common Voice: a table of sentences, each read by somebody into `clips/`."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from keepmum.errors import LabError
from keepmum.lab.corpus import written
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Listed, Sound
from keepmum.lab.corpus.throughout import Throughout

USUAL = "validated.tsv"
_COLUMNS = ("client_id", "path", "sentence")
_READER = 12
"""Letters of a reader's long name that tell them apart."""


def list_sounds(folder: Path, about: About) -> Listed:
    """Every row of the table, reader by reader; a reader is a group."""
    table = folder / (about.table or USUAL)
    if not table.is_file():
        here = ", ".join(sorted(path.name for path in folder.glob("*.tsv"))) or "none"
        raise LabError(f"there is no table {table}", f"name one with table in corpus.yaml; here are: {here}")
    # Sentences hold quotation marks that quote nothing.
    rows = csv.DictReader(io.StringIO(written.text(table)), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise LabError(f"{table}: lacks the columns {', '.join(missing)}", "is this a table of Common Voice?")
    sounds, problems = [], []
    clips = (about.audio or folder) / "clips"
    for number, row in enumerate(rows, 2):
        reader, name, text = (row[column] or "" for column in _COLUMNS)
        if not name or "/" in name or not text:
            problems.append(f"{table}:{number}: lacks a path or a sentence")
            continue
        path = clips / (name if "." in name else f"{name}.mp3")
        listed, who = f"clips/{path.name}", reader[:_READER]
        sounds.append(Sound(listed, path, Throughout(listed, path, who), who, words=len(text.split())))
    return Listed(tuple(sorted(sounds, key=lambda sound: (sound.group, sound.id))), tuple(problems))
