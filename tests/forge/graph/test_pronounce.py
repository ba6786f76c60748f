"""espeak-ng's guesses, held against a dictionary that people wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepmum.errors import ForgeError
from keepmum.forge import lexicon
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.pronounce import guess, guesses

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def test_most_household_words_are_guessed_as_the_dictionary_has_them(language: Language, pieces: Lexicon) -> None:
    """At least 80 of 100."""
    found = guesses(sorted(pieces.words), language)
    right = [word for word, said in found.items() if said in pieces.words[word]]
    assert len(found) == len(pieces)
    assert len(right) / len(pieces) >= 0.8


@pytest.mark.slow
def test_the_share_of_the_dictionary_that_is_guessed_right(
    language: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every 25th word of the CMU dictionary, most of them surnames: more than half exactly; the figure is printed."""
    pocketsphinx = pytest.importorskip("pocketsphinx", reason="the CMU dictionary comes with pocketsphinx")
    book = lexicon.read(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")), language.inventory)
    words = [word for word in sorted(book.words) if not language.word_problem(word)][::25]
    found = guesses(words, language)
    right = sum(said in book.words[word] for word, said in found.items()) / len(words)
    with capsys.disabled():
        print(f"\n{right:.1%} of {len(words):,} words of the CMU dictionary are guessed exactly")
    assert right > 0.5


def test_one_guess_is_the_same_as_one_of_many(language: Language) -> None:
    """However they are asked."""
    assert guess("kitchen", language) == guesses(["mabel", "kitchen"], language)["kitchen"]
    assert " ".join(guess("kitchen", language)) == "K IH CH AH N"


def test_another_languages_voice_says_its_own_words(language: Language) -> None:
    """In the phones of the language that the model hears."""
    assert " ".join(guess("wohnzimmer", language, "de")) == "V OW N T S IH M ER"
    assert " ".join(guess("küche", language, "de")) == "K UW SH AH"


def test_a_voice_that_is_not_there_is_an_error(language: Language) -> None:
    """With the way to see those that are."""
    with pytest.raises(ForgeError, match="does not speak as 'xqz'") as error:
        guess("kitchen", language, "xqz")
    assert "espeak-ng --voices" in error.value.hint


def test_without_the_program_the_way_by_phones_is_named(language: Language) -> None:
    """Nobody needs it to add a word."""
    with pytest.raises(ForgeError, match="there is no espeak-none") as error:
        guess("kitchen", language, program="espeak-none")
    assert "--say" in error.value.hint
