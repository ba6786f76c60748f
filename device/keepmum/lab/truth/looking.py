"""What a search is for: this machine's names, unless somebody names a file or a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keepmum.errors import LabError
from keepmum.lab.corpus import audio
from keepmum.lab.corpus.audio import Samples
from keepmum.lab.truth import machine
from keepmum.lab.truth.canaries import Bytes, Sound
from keepmum.lab.truth.search import Names, Sought


def this_machine() -> Names:
    """Every name and number of this machine, in every usual spelling."""
    known = machine.identifiers()
    return Names({kind: {form for name in some for form in machine.spellings(name)} for kind, some in known.items()})


def sought_for(content: Sequence[Path], sounds: Sequence[Path]) -> list[Sought]:
    """Parts of files and moments of recordings; without either, this machine's names. Raises LabError."""
    if not content and not sounds:
        return [this_machine()]
    found: list[Sought] = [Bytes(path.name, _read(path)) for path in content]
    return found + [Sound(path.name, recorded(path)) for path in sounds]


def recorded(path: Path) -> Samples:
    """All of a recording, its channels averaged. Raises LabError."""
    return np.concatenate(list(audio.blocks(path, channel="mean")))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LabError(f"{path}: {error.strerror}", "name a file that is there") from error
