"""Looks for phrases in a short piece of sound that has already ended: Vosk with a grammar of almost nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keepmum.clip import Word
from keepmum.listener.speech.model import UNKNOWN, Model, words_of

_PHRASE, _UNKNOWN = 300, 60
"""How often a phrase and `[unk]` stand in the grammar for each time that a rival does. With fewer the model takes
people's "alexa" for "a lexus": with 100 and 30, 10 of 164 in home noise at 10 dB, with these 4, and 1 in quiet."""


@dataclass(frozen=True)
class Spotted:
    """One phrase in the sound; `start` and `end` are seconds from its beginning."""

    phrase: str
    confidence: float
    """What the least of its words' confidences is worth, 0–1: how likely it is that the phrase was said."""
    start: float
    end: float


class Spotter:
    """A fresh recogniser for every piece of sound, so nothing of it stays and no memory grows."""

    def __init__(self, model: Model, phrases: Sequence[str], rivals: Iterable[str] = ()) -> None:
        """`rivals` are sounds that could be taken for a phrase; those that the model does not know are left out."""
        self._model = model
        self._phrases = {phrase: tuple(phrase.split()) for phrase in phrases}
        known = [rival for rival in rivals if model.knows(rival)]
        self._rivals = known

    def find(self, sound: bytes, favour: float = 1.0) -> tuple[Spotted | None, tuple[Word, ...]]:
        """The surest phrase in the sound, if there is one, and every word that was heard.

        `favour` says how much likelier the phrases are than usual, beside their rivals.
        """
        recogniser = self._model.recogniser(self._grammar(favour))
        words: list[Word] = []
        if recogniser.accept(sound):
            words += words_of(recogniser.result())
        words += words_of(recogniser.final())
        recogniser.close()
        return max(self._all_in(words), key=lambda spotted: spotted.confidence, default=None), self._model.worth(words)

    def _grammar(self, favour: float) -> list[str]:
        phrases = [phrase for phrase in self._phrases for _ in range(round(_PHRASE * favour))]
        return [*phrases, *self._rivals, *[UNKNOWN] * round(_UNKNOWN * favour)]

    def _all_in(self, words: Sequence[Word]) -> Iterable[Spotted]:
        texts = tuple(word.text for word in words)
        for phrase, parts in self._phrases.items():
            for at in range(len(words) - len(parts) + 1):
                if texts[at : at + len(parts)] == parts:
                    said = words[at : at + len(parts)]
                    sure = self._model.calibration.phrase(min(word.confidence for word in said))
                    yield Spotted(phrase, sure, said[0].start, said[-1].end)
