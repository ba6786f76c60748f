"""What programs say can be said, and follows from the recipe."""

from __future__ import annotations

import random
from collections import Counter

import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import texts
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.corpus.texts import Texts
from keepmum.forge.language import Shelf as Languages
from keepmum.forge.recipe import Recipe, Shelf

HOUSEHOLD = Shelf().recipe("en-household")


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    """The shipped recipe's."""
    return Dictionary(HOUSEHOLD)


@pytest.fixture(scope="module")
def household(dictionary: Dictionary) -> Texts:
    """What the shipped recipe lets programs say."""
    return Texts(HOUSEHOLD, dictionary)


def test_every_word_that_is_drawn_can_be_said(household: Texts, dictionary: Dictionary) -> None:
    """Two thousand texts, each of whose words has a pronunciation in phones of the language."""
    for number in range(2000):
        words = household.drawn(random.Random(number)).split()
        phones = dictionary.phones(words, random.Random(1))
        assert phones[0] == phones[-1] == 0
        assert len(phones) > 2


def test_texts_are_as_often_of_each_kind_as_the_recipe_says(household: Texts) -> None:
    """Phrases alone about 15 in a hundred, and of those about 40 in a hundred rivals."""
    drawn = Counter(household.drawn(random.Random(number)) for number in range(4000))
    calls = sum(drawn[phrase] for phrase in HOUSEHOLD.wake_phrases)
    rivals = sum(drawn[phrase] for phrase in HOUSEHOLD.rivals)
    assert (calls + rivals) / 4000 == pytest.approx(HOUSEHOLD.synthetic.phrases, abs=0.03)
    assert rivals / (calls + rivals) == pytest.approx(texts.RIVALS, abs=0.08)


def test_the_same_seed_draws_the_same_text(household: Texts) -> None:
    """Neither a process nor a run changes it."""
    again = Texts(HOUSEHOLD, Dictionary(HOUSEHOLD))
    assert [household.drawn(random.Random(n)) for n in range(50)] == [again.drawn(random.Random(n)) for n in range(50)]


def test_a_models_vocabulary_has_its_sentences_phrases_and_frequent_words(household: Texts) -> None:
    """Whatever the speaker understands can be heard, and the rivals, so that they can win."""
    words = set(household.vocabulary())
    assert {"alexa", "lexus", "flexor", "kitchen", "timer", "the", "strawberries"} <= words
    assert len(words) > HOUSEHOLD.words.common


def test_commands_for_the_evaluation_are_the_speakers_own(household: Texts) -> None:
    """The held-out voices say what the speaker understands, and nothing from beyond."""
    own = set(household.sentences)
    assert all(household.command(random.Random(number), beyond=False) in own for number in range(300))
    assert any(household.command(random.Random(number)) not in own for number in range(300))


def test_words_beside_each_other_can_sound_otherwise(dictionary: Dictionary) -> None:
    """The a of `a m` is a letter's name; alone it is not always."""
    alone = {tuple(dictionary.phones(["a"], random.Random(number))) for number in range(20)}
    beside = {tuple(dictionary.phones(["a", "m"], random.Random(number))) for number in range(20)}
    assert len(alone) == 2
    assert len(beside) == 1


def test_a_phrase_that_nobody_can_say_is_told(recipe: Recipe) -> None:
    """With the word, and where its pronunciation belongs."""
    strange = recipe.model_copy(update={"wake_phrases": ("ωψφ",)})
    with pytest.raises(CorpusError, match="ωψφ") as told:
        Texts(strange, Dictionary(strange))
    assert "words.pronounced" in told.value.hint


def test_a_wrong_phone_in_a_recipe_is_told(recipe: Recipe) -> None:
    """In `pronounced` and in `together`, both at once, with the phone that was meant."""
    words = recipe.words.model_copy(update={"pronounced": {"nabu": ("N AX",)}, "together": {"a m": ("EY EMM",)}})
    with pytest.raises(CorpusError, match=r"nabu.*AX.*; 'a m'.*EMM"):
        Dictionary(recipe.model_copy(update={"words": words}))


def test_a_language_in_which_nobody_counted_words_says_its_own(recipe: Recipe) -> None:
    """Not those of another one; a recipe that asks for frequent words is told."""
    uncounted = Languages().language("en").model_copy(update={"id": "eo"})
    said = Texts(recipe, Dictionary(recipe, uncounted))
    drawn = {word for number in range(200) for word in said.drawn(random.Random(number)).split()}
    assert drawn == set(said.vocabulary())
    greedy = recipe.model_copy(update={"words": recipe.words.model_copy(update={"common": 100})})
    with pytest.raises(CorpusError, match="no list of frequent words"):
        Texts(greedy, Dictionary(greedy, uncounted))


def test_programs_read_the_recipes_spelling() -> None:
    """Whole words alone are written otherwise."""
    spellings = {"nabu": "nah boo", "a m": "A M"}
    assert texts.spelt("okay nabu at seven a m", spellings) == "okay nah boo at seven A M"
    assert texts.spelt("nabucco a minute", spellings) == "nabucco a minute"
