"""Finds out which skill a garbled sentence is about: heard again with that skill's words alone, it may be clear."""

from __future__ import annotations

from collections.abc import Collection

from keepmum.listener.sentences.grammar import Grammar

_FEWEST_WORDS = 2
"""One word alone says nothing: the grammar has a word for every noise."""


class Topics:
    """A topic is a skill: all templates whose intents bear its name."""

    def __init__(self, intents: list[str], grammar: Grammar, small: Collection[str]) -> None:
        self._grammar = grammar
        self._templates: dict[str, list[int]] = {}
        self._topics_of: dict[str, set[str]] = {}
        self._phrases: dict[str, tuple[str, ...]] = {}
        for index, intent in enumerate(intents):
            topic = intent.partition(".")[0]
            self._templates.setdefault(topic, []).append(index)
            for word in grammar.words(index) - set(small):
                self._topics_of.setdefault(word, set()).add(topic)

    def phrases(self, words: list[str]) -> tuple[str, ...]:
        """The phrases of the skill that most of the words belong to; none if there is no such skill."""
        weights: dict[str, float] = {}
        evidence: dict[str, int] = {}
        for word in dict.fromkeys(words):
            # A word that many skills use says little about which one is meant.
            topics = self._topics_of.get(word, set())
            for topic in topics:
                weights[topic] = weights.get(topic, 0.0) + 1 / len(topics)
                evidence[topic] = evidence.get(topic, 0) + 1
        if not weights:
            return ()
        best = max(weights, key=lambda topic: weights[topic])
        if evidence[best] < _FEWEST_WORDS or 2 * weights[best] <= sum(weights.values()):
            return ()
        if best not in self._phrases:
            self._phrases[best] = self._grammar.phrases(self._templates[best])
        return self._phrases[best]
