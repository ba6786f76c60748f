"""Whether whole sentences are heard as they were said: by people who never trained it, and by voices of programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keepmum.clip import Word
from keepmum.forge.evaluation.distance import errors
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.scribe import Said
from keepmum.listener.speech.model import UNKNOWN

EXACT = Goal("at least", 0.97)
_PROGRAMS, _PEOPLE = "synthetic voices left out", "speakers left out, closed bigram"

Heard = Sequence[Sequence[Word]]
"""What was heard of each sentence."""


def household(said: Sequence[Said], heard: Heard) -> Iterator[Figure]:
    """How many of the household's commands were written down without a fault; of each program, and of all."""
    right = {one: _words(words) == one.text.split() for one, words in zip(said, heard, strict=True)}
    for source in sorted({one.source for one in said}):
        mine = [right[one] for one in said if one.source == source]
        yield Figure("household command heard exactly", source, _PROGRAMS, sum(mine), len(mine))
    yield Figure("household command heard exactly", "all", _PROGRAMS, sum(right.values()), len(right), EXACT)


def people(said: Sequence[Said], heard: Heard) -> Iterator[Figure]:
    """Word errors of speakers left out of training, with the closed bigram of all their sentences."""
    for source in sorted({one.source for one in said}):
        pairs = [
            (one.text.split(), _words(words)) for one, words in zip(said, heard, strict=True) if one.source == source
        ]
        wrong, all_words = sum(errors(*pair) for pair in pairs), sum(len(text) for text, _ in pairs)
        yield Figure("word errors", source, _PEOPLE, wrong, all_words)
        yield Figure("sentence heard exactly", source, _PEOPLE, sum(a == b for a, b in pairs), len(pairs))


def _words(heard: Sequence[Word]) -> list[str]:
    return [word.text for word in heard if word.text != UNKNOWN]
