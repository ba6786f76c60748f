"""Whether whole sentences are heard as they were said: by people who never trained it, and by voices of programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from keepmum.clip import Word
from keepmum.forge.evaluation import loaded
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.distance import errors
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.room import QUIET
from keepmum.listener.speech.model import UNKNOWN, words_of

EXACT = Goal("at least", 0.97)


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
    """Writes down what it hears, with a grammar of `phrases`: their words, and which follows which."""

    model: Path
    phrases: tuple[str, ...]

    def write(self, said: Said) -> tuple[Word, ...]:
        """Every word that was heard, `[unk]` too."""
        sound = QUIET.played(said.path, said.path.name)
        recogniser = loaded.model(self.model).recogniser(self.phrases)
        try:
            first = words_of(recogniser.result()) if recogniser.accept(sound) else ()
            return (*first, *words_of(recogniser.final()))
        finally:
            recogniser.close()


def words(heard: Sequence[Word]) -> list[str]:
    """The texts of the words that are known."""
    return [word.text for word in heard if word.text != UNKNOWN]


def household(scribe: Scribe, said: Sequence[Said], crew: Crew) -> Iterator[Figure]:
    """How many of the household's commands were written down without a fault; of each program, and of all."""
    heard = crew.each("household commands", scribe.write, said)
    right = [words(one) == known.text.split() for one, known in zip(heard, said, strict=True)]
    for source in sorted({one.source for one in said}):
        mine = [exact for exact, one in zip(right, said, strict=True) if one.source == source]
        yield Figure("household command heard exactly", source, "synthetic voices left out", sum(mine), len(mine))
    if said:
        yield Figure(
            "household command heard exactly", "all", "synthetic voices left out", sum(right), len(right), EXACT
        )


def people(scribe: Scribe, said: Sequence[Said], crew: Crew) -> Iterator[Figure]:
    """Word errors of speakers left out of training, with the closed bigram of all their sentences."""
    heard = crew.each("people left out of training", scribe.write, said)
    for source in sorted({one.source for one in said}):
        mine = [(one.text.split(), words(them)) for one, them in zip(said, heard, strict=True) if one.source == source]
        wrong = sum(errors(*pair) for pair in mine)
        yield Figure("word errors", source, "speakers left out, closed bigram", wrong, sum(len(one) for one, _ in mine))
        exact = sum(one == them for one, them in mine)
        yield Figure("sentence heard exactly", source, "speakers left out, closed bigram", exact, len(mine))
