"""Spanish: every word that its sentences need can be said in its phones, alike in Spain and in America."""

from __future__ import annotations

import pytest

from keepmum import shipped
from keepmum.forge import pronounce
from keepmum.forge.language import Language, Shelf
from keepmum.listener.sentences import grammar, templates
from keepmum.listener.sentences.understand import NUMBERS

SPAIN, AMERICA = "es", "es-419"
BOTH = {"chocolate", "control", "daniel", "david", "emma", "has", "he", "hospital", "jazz", "local", "media", "once",
        "piano", "pizza", "rock"}  # fmt: skip
"""Words of the files that are words of both languages, and more frequent in English."""


@pytest.fixture(scope="module")
def spanish() -> Language:
    """Spanish, as it ships."""
    return Shelf().language("es")


@pytest.fixture(scope="module")
def words() -> list[str]:
    """Every word of the Spanish sentences and texts."""
    files = [shipped.folder() / folder / "es.yaml" for folder in ("sentences", "texts")]
    found: set[str] = set()
    for file in files:
        read = templates.read([file], NUMBERS)
        assert not read.faults
        found |= grammar.words_of(read)
    return sorted(found)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("cocina", "K O S I N A"),
        ("excelente", "E K S E L E N T E"),
        ("gracias", "G R A S I A S"),
        ("calle", "K A Y E"),
        ("allí", "A Y I"),
        ("llave", "Y A B E"),
        ("guitarra", "G I T A RR A"),
        ("pingüino", "P I N G U I N O"),
        ("ciudad", "S I U D A D"),
        ("hoy", "O I"),
        ("jardín", "J A R D I N"),
        ("niños", "N I NY O S"),
    ],
)
def test_spain_and_america_say_a_word_with_the_same_phones(spanish: Language, word: str, phones: str) -> None:
    """The z and the ll, which they say differently, are one phone each: a training is not told which voice speaks."""
    assert " ".join(pronounce.guess(word, spanish, SPAIN)) == phones
    assert " ".join(pronounce.guess(word, spanish, AMERICA)) == phones


def test_every_word_of_the_files_has_a_pronunciation(spanish: Language, words: list[str]) -> None:
    """None is left out, and both voices agree on all."""
    assert len(words) > 700
    assert [(word, problem) for word in words if (problem := spanish.word_problem(word))] == []
    said = pronounce.guesses(words, spanish)
    assert sorted(said) == words
    american = pronounce.guesses(words, spanish.model_copy(update={"voices": (AMERICA,)}))
    assert {word: (said[word], american.get(word)) for word in words if said[word] != american.get(word)} == {}
    phones = {phone for each in said.values() for phone in each}
    assert phones == set(spanish.phones)


def test_a_spanish_model_can_be_asked_in_english(spanish: Language) -> None:
    """The speaker hears its English sentences whatever its model is, and starts only if it can say all their words."""
    english = sorted(grammar.words_of(templates.read([shipped.folder() / "sentences" / "en.yaml"], NUMBERS)))
    sayable = [word for word in english if not spanish.word_problem(word)]
    assert sorted(pronounce.guesses(sayable, spanish)) == english


def test_no_word_is_english_by_accident(words: list[str]) -> None:
    """Each is more frequent in Spanish, or belongs to both."""
    wordfreq = pytest.importorskip("wordfreq", reason="the extra `forge` is not installed")
    more = {word for word in words if wordfreq.zipf_frequency(word, "en") > wordfreq.zipf_frequency(word, "es")}
    assert more <= BOTH
