"""What may stay audible is what keepmum ships, and no name of a household's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keepmum.errors import ConfigError
from keepmum.listener.rungs.vocabulary import allowed
from keepmum.listener.sentences.quantities import NUMBER_WORDS
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech.model_folder import vocabulary
from keepmum.settings import SpeechSettings
from keepmum.shipped import folder

SHIPPED = folder() / "sentences" / "en.yaml"
KNOWN = vocabulary(SpeechSettings().model)


def test_the_words_of_the_shipped_sentences_are_allowed_but_numbers() -> None:
    """All that Vosk may hear with the shipped sentences, without the numbers; and no owner's name for a thing."""
    heard = {word for phrase in Understanding.load(SHIPPED, None, (), KNOWN).phrases for word in phrase.split()}
    assert heard - NUMBER_WORDS <= allowed(SHIPPED, KNOWN) <= set(re.findall(r"[a-z']+", SHIPPED.read_text("utf-8")))
    assert not allowed(SHIPPED, KNOWN) & NUMBER_WORDS
    assert {"kitchen", "please", "timer"} <= allowed(SHIPPED, KNOWN)


def test_a_word_that_cannot_be_heard_is_not_allowed() -> None:
    """Only what the model knows can have been heard."""
    assert allowed(SHIPPED, {"turn", "seven", "sister"}) == {"turn"}


def test_a_broken_installation_allows_nothing(tmp_path: Path) -> None:
    """Without the shipped sentences there is no list, but an error."""
    with pytest.raises(ConfigError):
        allowed(tmp_path / "en.yaml", KNOWN)
    (tmp_path / "en.yaml").write_text("intents: {nonsense: [1]}\n")
    with pytest.raises(ConfigError, match="mistakes in the shipped sentences"):
        allowed(tmp_path / "en.yaml", KNOWN)
