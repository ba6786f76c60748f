"""A household's own words are kept in one file, and heard through a graph that is made when something changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from graph_parts import origin

from keepmum.errors import ForgeError, ModelError
from keepmum.forge import household, own_words
from keepmum.forge.household import Words
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.origin import ORIGIN, read
from keepmum.listener.speech.model import open_model
from keepmum.listener.speech.model_folder import vocabulary

MABEL = Lexicon({"mabel": (("M", "EY", "B", "AH", "L"),)})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the household's model will stand."""
    return tmp_path / "state" / "household-model"


# ---- the file


def test_words_are_read_as_they_were_written(tmp_path: Path, language: Language) -> None:
    """And no file means no words."""
    assert own_words.read(tmp_path / "words.txt", language).words == {}
    own_words.write(tmp_path / "words.txt", MABEL)
    assert own_words.read(tmp_path / "words.txt", language) == MABEL


def test_a_file_that_was_cut_anywhere_holds_no_words(tmp_path: Path, language: Language) -> None:
    """A cut line may still be a word with a pronunciation, so the end must be there."""
    file = tmp_path / "words.txt"
    own_words.write(file, MABEL)
    whole = file.read_bytes()
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        with pytest.raises(ForgeError, match=r"words\.txt is cut short"):
            own_words.read(file, language)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"mabel  M EY B AX L\n", "'AX'"),
        (b"Mabel  M EY B AH L\n", "capital letters"),
        (b"m4bel  M EY B AH L\n", "'4'"),
        (b"mabel\n", "no pronunciation"),
        (b"\xff\n", "not text in UTF-8"),
        (b"x" * 500_000, "larger than"),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path: Path, language: Language, content: bytes, told: str) -> None:
    """Its caller goes on without any of these words."""
    file = tmp_path / "words.txt"
    file.write_bytes(content + b";;; This is the end.\n")
    with pytest.raises(ForgeError, match=told):
        own_words.read(file, language)


def test_there_is_an_end_to_what_a_household_may_add(tmp_path: Path) -> None:
    """A graph of any size would fill a Pi."""
    many = Lexicon({"a" * (number % 30 + 1) + "b" * (number // 30): (("AA",),) for number in range(own_words.MOST + 1)})
    with pytest.raises(ForgeError, match="2000 are the most"):
        own_words.write(tmp_path / "words.txt", many)


# ---- the model


def test_an_added_word_can_be_heard(model: Path, place: Path) -> None:
    """Vosk opens the new folder, whose network is the old one's."""
    assert household.made(model, place, Words(MABEL))
    opened = open_model(place)
    assert opened.knows("hey mabel turn on the light")
    opened.recogniser(["hey mabel"]).close()
    assert (place / "am").is_symlink()
    assert (place / "am").resolve() == (model / "am").resolve()
    assert household.in_use(model, place) == place


def test_an_own_pronunciation_takes_the_models_place(model: Path, place: Path) -> None:
    """Somebody who corrects "alexa" does not want both."""
    household.made(model, place, Words(Lexicon({"alexa": (("AH", "L"),)})))
    lines = [line for line in (place / "lexicon.txt").read_text().splitlines() if line.startswith("alexa ")]
    assert lines == ["alexa  AH L"]


def test_words_of_the_sentences_are_guessed(model: Path, place: Path) -> None:
    """What cannot be a word stays out; and what somebody told is not guessed."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    household.made(model, place, Words(MABEL, frozenset({"toothpaste", "mabel", "r2d2"})))
    assert household.guessed_words(place) == ("toothpaste",)
    assert {"toothpaste", "mabel"} <= vocabulary(place)
    assert "r2d2" not in vocabulary(place)


def test_it_is_made_again_only_when_something_changed(model: Path, place: Path) -> None:
    """The words, the model, or a file that a power cut emptied."""
    made = [household.made(model, place, Words(MABEL)), household.made(model, place, Words(MABEL))]
    more = Lexicon({**MABEL.words, "tom": (("T", "AA", "M"),)})
    made += [household.made(model, place, Words(more)), household.made(model, place, Words(more))]
    (place / "graph" / "HCLr.fst").write_bytes(b"")
    made += [household.made(model, place, Words(more)), household.made(model, place, Words(more))]
    with (model / "lexicon.txt").open("a") as lexicon:
        lexicon.write("ham  HH AE M\n")
    made += [household.made(model, place, Words(more)), household.made(model, place, Words(more))]
    assert made == [True, False] * 4
    assert {"tom", "ham"} <= vocabulary(place)


def test_nothing_half_made_is_left_or_used(model: Path, place: Path) -> None:
    """A stop in the middle leaves a folder that has another name, and the next start removes it."""
    place.parent.mkdir()
    (place.parent / ".household-model.17").mkdir()
    (place.parent / ".household-model.17" / "graph").mkdir()
    household.made(model, place, Words(MABEL))
    assert [path.name for path in place.parent.iterdir()] == ["household-model"]


def test_a_model_that_says_nothing_of_its_making_cannot_learn(model: Path, place: Path) -> None:
    """With what can."""
    (model / ORIGIN).unlink()
    with pytest.raises(ModelError, match=r"cannot learn words: it has no forge\.json") as error:
        household.made(model, place, Words(MABEL))
    assert "keepmum forge" in error.value.hint
    assert not place.exists()
    assert household.in_use(model, place) == model


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"format": 1', '"format": 2', "format"),
        ('"entry": 0.5', '"entry": "cheap"', "entry"),
        ('"silence": 0.5', '"silence": 1.5', "silence"),
        ('"AA": 3.6,', "", "the costs of"),
        ("}", "", "forge.json cannot be used"),
    ],
)
def test_nonsense_in_forge_json_is_refused(model: Path, old: str, new: str, told: str) -> None:
    """With the key that is wrong."""
    text = (model / ORIGIN).read_text()
    assert old in text
    (model / ORIGIN).write_text(text.replace(old, new))
    with pytest.raises(ModelError, match=told):
        read(model)


def test_a_model_of_other_phones_than_its_language_has_is_refused(model: Path) -> None:
    """Its network is numbered by them."""
    phones = tuple(reversed(origin().phones))
    (model / ORIGIN).write_text(origin().model_copy(update={"phones": phones}).text())
    with pytest.raises(ModelError, match="made with other phones"):
        read(model).spoken()


def test_without_espeak_nothing_is_guessed_and_the_old_model_stays(model: Path, place: Path) -> None:
    """The error says what is missing; the caller may go on without the guesses."""
    household.made(model, place, Words(MABEL))
    before = (place / "graph" / "HCLr.fst").read_bytes()
    with pytest.raises(ForgeError, match="there is no espeak-none"):
        household.made(model, place, Words(MABEL, frozenset({"toothpaste"})), program="espeak-none")
    assert (place / "graph" / "HCLr.fst").read_bytes() == before


def test_a_disk_that_refuses_is_one_error(model: Path, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(ForgeError, match="cannot be written"):
        household.made(model, tmp_path / "state" / "household-model", Words(MABEL))
