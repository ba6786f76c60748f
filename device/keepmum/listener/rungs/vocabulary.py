"""The words that may stay audible: those of the shipped sentences, which are the same in every household."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from keepmum.errors import ConfigError
from keepmum.listener.sentences.grammar import Grammar
from keepmum.listener.sentences.quantities import NUMBER_WORDS
from keepmum.listener.sentences.templates import Values, read
from keepmum.listener.sentences.understand import NUMBERS, THINGS


def allowed(shipped: Path, known: Collection[str]) -> frozenset[str]:
    """Every word of the shipped sentence file that the speech model knows, apart from numbers.

    The owner's sentences and names for things are not among them: they can be the names of people. Raises ConfigError
    if the file has mistakes.
    """
    sentences = read([shipped], NUMBERS)
    if sentences.faults:
        raise ConfigError(
            "\n  ".join(["mistakes in the shipped sentences:", *sentences.faults]), "install keepmum anew"
        )
    sentences.lists[THINGS] = Values([])
    grammar = Grammar(sentences, known)
    words = set[str]().union(*(grammar.words(index) for index in range(len(sentences.wordings))))
    polite = {word for phrase in sentences.skip_words for word in phrase.split()} & set(known)
    return frozenset(words | polite) - NUMBER_WORDS
