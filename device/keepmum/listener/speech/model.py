"""The speech model: opened by path alone, asked what it knows, and handing out recognisers."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keepmum.clip import Word
from keepmum.errors import ConfigError
from keepmum.listener.speech import calibration, model_folder
from keepmum.listener.speech.calibration import Calibration
from keepmum.listener.speech.vosk_library import VoskModel, VoskRecogniser

UNKNOWN = "[unk]"
"""What Vosk writes for a sound that is none of the words it was given."""

log = logging.getLogger(__name__)


class Model:
    """A speech model in memory. Make one with `open_model`."""

    def __init__(
        self, path: Path, vocabulary: frozenset[str], vosk: VoskModel, calibration: Calibration | None = None
    ) -> None:
        self.path = path
        self.calibration = calibration or Calibration()
        """What the confidence of its words and phrases is worth."""
        self.vocabulary = vocabulary
        """Every word that it can hear."""
        self._vosk = vosk

    def knows(self, phrase: str) -> bool:
        """Whether every word of the phrase can be heard."""
        return all(word in self.vocabulary for word in phrase.split())

    def require(self, phrases: Iterable[str], hint: str = "use words that it knows, or fetch a larger model") -> None:
        """Raise one ConfigError that names every word of the phrases that cannot be heard."""
        strange = sorted({word for phrase in phrases for word in phrase.split() if word not in self.vocabulary})
        if strange:
            what = ", ".join(f"{word!r}{self._meant(word)}" for word in strange)
            raise ConfigError(f"the speech model in {self.path} does not know {what}", hint)

    def recogniser(self, phrases: Sequence[str]) -> VoskRecogniser:
        """A new recogniser that hears these phrases and `[unk]`. Close it when its utterance is over."""
        return VoskRecogniser(self._vosk, [*phrases, UNKNOWN])

    def words(self, answer: dict[str, Any], offset: float = 0.0) -> tuple[Word, ...]:
        """The words in one of Vosk's answers, with what their confidence is worth; `offset` as in `words_of`."""
        return self.worth(words_of(answer, offset))

    def worth(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """The same words; instead of Vosk's confidence what it is worth."""
        return tuple(Word(one.text, one.start, one.end, self.calibration.word(one.confidence)) for one in words)

    def _meant(self, word: str) -> str:
        near = difflib.get_close_matches(word, self.vocabulary, n=1, cutoff=0.7)
        return f" (did you mean {near[0]!r}?)" if near else ""


def open_model(path: Path, *, calibrated: bool = True) -> Model:
    """The model in a Vosk model's folder; raises ModelError if it is not there, not whole or of the wrong kind.

    Not `calibrated`, every confidence is Vosk's own.
    """
    vocabulary = model_folder.vocabulary(path)
    model = Model(path, vocabulary, VoskModel(path), calibration.read(path) if calibrated else None)
    log.info("speech model %s, %d words", path.name, len(vocabulary))
    return model


def words_of(answer: dict[str, Any], offset: float = 0.0) -> tuple[Word, ...]:
    """The words in one of Vosk's answers, finished or partial, with Vosk's own confidence.

    `offset` seconds are added to their times.
    """
    found = answer.get("result", answer.get("partial_result", ()))
    return tuple(
        Word(str(w["word"]), float(w["start"]) + offset, float(w["end"]) + offset, float(w["conf"])) for w in found
    )
