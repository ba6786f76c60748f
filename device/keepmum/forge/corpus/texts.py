"""What the programs say: a home's sentences, wake phrases and their rivals, and frequent words in any order."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from hassil.expression import TextChunk

from keepmum.errors import CorpusError
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.recipe import Recipe
from keepmum.listener.sentences import templates
from keepmum.listener.sentences.grammar import Grammar, faults
from keepmum.listener.sentences.network import Network
from keepmum.listener.sentences.understand import NUMBERS, THINGS
from keepmum.named_files import NamedFiles

CALLED = 0.4
"""Of the commands, how many begin with a wake phrase."""
RIVALS = 0.4
"""Of the phrases alone, how many are rivals."""
JUDGED_PHRASES = 0.4
"""Of what held-out voices say, how much is a phrase alone."""
BEYOND = 1 / 3
"""Of the household sentences, how many come from `config/texts`."""
_HOLE = "\0"
_LEAST = 500
"""Frequent words that are drawn from, however few the recipe adds to its model."""


class Texts:
    """Draws texts for one recipe.

    Raises CorpusError for sentence files with faults, and for a recipe that asks for the frequent words of a language
    in which nobody counted.
    """

    def __init__(self, recipe: Recipe, dictionary: Dictionary) -> None:
        self._recipe, self._dictionary = recipe, dictionary
        own = {word for phrase in (*recipe.wake_phrases, *recipe.rivals, *recipe.words.also) for word in phrase.split()}
        dictionary.lexicon(own)
        if recipe.words.common and not dictionary.frequent(1):
            raise CorpusError(
                f"there is no list of frequent words for {recipe.language!r}",
                "leave out words.common, and give it sentences in config/texts instead",
            )

    def drawn(self, dice: random.Random) -> str:
        """A text for training."""
        kind, synthetic = dice.random(), self._recipe.synthetic
        if kind < synthetic.commands:
            command = self.command(dice)
            called = self._recipe.wake_phrases and dice.random() < CALLED
            return f"{dice.choice(self._recipe.wake_phrases)} {command}" if called else command
        if kind < synthetic.commands + synthetic.phrases and self._recipe.wake_phrases:
            rival = self._recipe.rivals and dice.random() < RIVALS
            return dice.choice(self._recipe.rivals if rival else self._recipe.wake_phrases)
        return " ".join(dice.choices(self._frequent, k=dice.randint(3, 8)))

    def judging(self, dice: random.Random) -> str:
        """A text for the evaluation: what the speaker understands, or a phrase, its own or a rival as often."""
        phrases = self._recipe.wake_phrases, self._recipe.rivals
        if dice.random() < JUDGED_PHRASES and all(phrases):
            return dice.choice(dice.choice(phrases))
        return self.command(dice, beyond=False)

    def command(self, dice: random.Random, beyond: bool = True) -> str:
        """A household sentence; without `beyond` one that the speaker understands."""
        pool = self._beyond if beyond and self._beyond and dice.random() < BEYOND else self._commands
        if not pool:
            words = self._recipe.words.also or self._frequent
            return " ".join(dice.choices(words, k=dice.randint(1, 6)))
        return dice.choice(pool)

    def vocabulary(self) -> list[str]:
        """Every word that the recipe's model is to know, in the order of the alphabet."""
        recipe = self._recipe
        words = {
            word for phrase in (*recipe.wake_phrases, *recipe.rivals, *recipe.words.also) for word in phrase.split()
        }
        words |= {word for sentence in self._commands for word in sentence.split()}
        words |= set(self._dictionary.frequent(recipe.words.common)) if recipe.words.common else set()
        return sorted(words)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The speaker's own sentences that can be said, for the word pairs of a graph."""
        return self._commands

    @cached_property
    def _commands(self) -> tuple[str, ...]:
        return tuple(self._expanded("sentences", self._recipe.sentences))

    @cached_property
    def _beyond(self) -> tuple[str, ...]:
        return tuple(self._expanded("texts", self._recipe.synthetic.texts))

    @cached_property
    def _frequent(self) -> list[str]:
        found = self._dictionary.frequent(max(_LEAST, self._recipe.words.common)) or self.vocabulary()
        self._dictionary.learn(found)
        return [word for word in found if word in self._dictionary]

    def _expanded(self, folder: str, names: Sequence[str]) -> Iterable[str]:
        """Sentences that cover the templates of the named files, the same every time."""
        if not names:
            return ()
        shelf = NamedFiles(folder, "file of sentences", None)
        read = templates.read([shelf.file(name) for name in names], NUMBERS)
        # What a household calls its things is not known here; a room's name stands for them.
        read.lists.setdefault(THINGS, read.lists.get("room", templates.Values()))
        written = _words(read)
        self._dictionary.learn(written)
        known = {word for word in written if word in self._dictionary}
        wrong = read.faults or faults(read, known | read.if_known)
        if wrong:
            raise CorpusError("\n  ".join([f"{len(wrong)} problems", *wrong]), "correct the file of sentences")
        return Grammar(read, known).phrases()


def spelt(text: str, spellings: Mapping[str, str]) -> str:
    """A text as a program should read it: with the recipe's spellings for words that it would say otherwise."""
    for words, spelling in spellings.items():
        text = re.sub(rf"\b{re.escape(words)}\b", spelling, text)
    return text


def _words(read: templates.Sentences) -> set[str]:
    """Every word that stands in the files, in a template, a list, a rule or beside them."""
    lists = (template for values in read.lists.values() for template in values.templates)
    found = {word for words in (*read.skip_words, *read.if_known) for word in words.split()}
    for template in (*(wording.template for wording in read.wordings), *read.rules.values(), *lists):
        network = Network()
        start, _ = network.add(template.expression, lambda _: [TextChunk(_HOLE)])
        found |= {step.word for _, steps in network.reachable([start]) for step in steps.words}
    return {word for word in found if _HOLE not in word}
