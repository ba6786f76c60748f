"""How words are said while a model learns: the recipe's own words first, then a dictionary, then espeak-ng's guess."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

import pocketsphinx

from keepmum.errors import CorpusError
from keepmum.forge import language as languages
from keepmum.forge import lexicon as lexicons
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon, Pronunciation
from keepmum.forge.phones import Phones
from keepmum.forge.pronounce import guesses
from keepmum.forge.recipe import Recipe

_BOOKS = {"en": "en-us/cmudict-en-us.dict"}
"""Dictionaries that come with pocketsphinx; the CMU's is under a BSD licence."""


MANY = 1 / 3
"""Guessed words in a transcript: names are guessed well enough, sentences in another language are not."""


class Dictionary:
    """The words of one recipe's language. Raises ConfigError or ForgeError for pronunciations that cannot be."""

    def __init__(self, recipe: Recipe, language: Language | None = None) -> None:
        """`language` is the recipe's own, if it was read already."""
        self._language = language or languages.Shelf().language(recipe.language)
        self._own = Lexicon({word: _split(said) for word, said in recipe.words.pronounced.items()})
        self._together = [(words.split(), _split(said)) for words, said in recipe.words.together.items()]
        book = _BOOKS.get(recipe.language)
        self._book = _book(book, self._language.inventory) if book else None
        self._guessed: dict[str, tuple[Pronunciation, ...]] = {}
        self._check()

    def doubtful(self, words: Sequence[str]) -> bool:
        """Whether so many of these words stand in no dictionary that they are probably of another language."""
        strange = sum(word in self._guessed for word in words)
        return self._book is not None and strange > max(1, len(words) * MANY)

    def learn(self, words: Collection[str]) -> None:
        """Ask espeak-ng for every one of these words that stands nowhere. Its guesses are good for what it speaks."""
        unknown = sorted(word for word in set(words) if word not in self and not self._language.word_problem(word))
        self._guessed |= {word: (said,) for word, said in guesses(unknown, self._language).items()}

    def __contains__(self, word: str) -> bool:
        return bool(self.said(word))

    def guessed(self) -> list[str]:
        """The words that espeak-ng was asked for, in the order of the alphabet."""
        return sorted(self._guessed)

    def said(self, word: str) -> tuple[Pronunciation, ...]:
        """Every pronunciation of a word; empty if there is none."""
        for known in (self._own.words, self._book.words if self._book else {}, self._guessed):
            if word in known:
                return known[word]
        return ()

    def lexicon(self, words: Collection[str]) -> Lexicon:
        """These words; espeak-ng guesses what stands nowhere. Raises CorpusError for words that nobody can say."""
        self.learn(words)
        missing = sorted(word for word in set(words) if word not in self)
        if missing:
            raise CorpusError(
                f"no pronunciation for {', '.join(missing[:20])}{' …' if len(missing) > 20 else ''}",
                "add them to words.pronounced in the recipe",
            )
        return Lexicon({word: self.said(word) for word in sorted(set(words))})

    def frequent(self, count: int) -> list[str]:
        """The language's most frequent words that are words here, the most frequent first; none if nobody counted."""
        import wordfreq  # its lists take a second to load, which a recipe of few words need not spend

        # Asked for a language that it did not count, wordfreq answers in another.
        if self._language.id.partition("-")[0] not in wordfreq.available_languages():
            return []
        found = wordfreq.top_n_list(self._language.id, 3 * count + 100)
        plain = [word for word in found if not self._language.word_problem(word)]
        if self._book:
            plain = [word for word in plain if word in self]
        return plain[:count]

    def phones(self, words: Sequence[str], dice: random.Random) -> list[int]:
        """Base phone numbers with 0 before, between and after the words; a pronunciation is drawn for each word.

        Raises KeyError for a word without one.
        """
        numbers, at = [0], 0
        while at < len(words):
            said, taken = self._beside(words, at)
            if not said:
                raise KeyError(words[at])
            numbers += [*self._language.inventory.numbers(dice.choice(said)), 0]
            at += taken
        return numbers

    def _beside(self, words: Sequence[str], at: int) -> tuple[tuple[Pronunciation, ...], int]:
        """The pronunciations of the word that stands there, or of several together, and how many those are."""
        for phrase, said in self._together:
            if list(words[at : at + len(phrase)]) == phrase:
                return said, len(phrase)
        return self.said(words[at]), 1

    def _check(self) -> None:
        own = [*self._own.words.items(), *((" ".join(words), said) for words, said in self._together)]
        wrong = [
            f"{word!r} {problem}"
            for word, said in own
            for each in said
            if (problem := lexicons.said_problem(each, self._language.inventory))
        ]
        if wrong:
            raise CorpusError("; ".join(wrong), "correct words.pronounced or words.together in the recipe")


def _split(said: Sequence[str]) -> tuple[Pronunciation, ...]:
    return tuple(tuple(each.split()) for each in said)


@lru_cache(maxsize=2)
def _book(name: str, phones: Phones) -> Lexicon:
    return lexicons.read(Path(pocketsphinx.get_model_path(name)), phones)
