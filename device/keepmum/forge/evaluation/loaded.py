"""The model that a process of the crew hears with: loaded once in each, by its folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from keepmum.listener.speech.model import Model, open_model


@cache
def model(folder: Path) -> Model:
    """Raises ModelError if the folder holds none that is whole."""
    return open_model(folder)
