"""What a process of the crew hears with: loaded once in each, by its folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech import model as speech
from keepmum.listener.speech.model import Model


@cache
def model(folder: Path, *, calibrated: bool = True) -> Model:
    """Raises ModelError if the folder holds none that is whole. Not `calibrated`, confidences are Vosk's own."""
    return speech.open_model(folder, calibrated=calibrated)


@cache
def understanding(folder: Path, sentences: Path) -> Understanding:
    """A household's sentences, for this model. Raises ConfigError for what is wrong with the file."""
    return Understanding.load(sentences, None, (), model(folder).vocabulary, ())
