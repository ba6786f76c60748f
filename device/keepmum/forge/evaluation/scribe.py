"""Writes down what it hears of whole sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keepmum.clip import Word
from keepmum.forge.evaluation import loaded
from keepmum.forge.evaluation.room import QUIET
from keepmum.listener.speech.model import words_of


@dataclass(frozen=True)
class Said:
    """One sentence that somebody said."""

    path: Path
    text: str
    """Its words, as the model writes them."""
    source: str
    """Of which corpus or program."""


@dataclass(frozen=True)
class Scribe:
    """One model, with a grammar of `phrases`: their words, and which follows which."""

    model: Path
    phrases: tuple[str, ...]

    def write(self, said: Said) -> tuple[Word, ...]:
        """Every word that was heard, `[unk]` too, with Vosk's own confidence."""
        sound = QUIET.played(said.path, said.path.name)
        recogniser = loaded.model(self.model, calibrated=False).recogniser(self.phrases)
        try:
            first = words_of(recogniser.result()) if recogniser.accept(sound) else ()
            return (*first, *words_of(recogniser.final()))
        finally:
            recogniser.close()
