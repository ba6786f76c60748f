"""`keepmum words` teaches the speaker a word, shows what was guessed, and says what cannot be one."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "forge" / "graph"))  # graph_parts makes a small model

from graph_parts import BUNDLED, small_model

import keepmum

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

Words = Callable[..., Any]


@pytest.fixture
def words(command: Words, tmp_path: Path) -> Words:
    """`keepmum words …` for a speaker with a model that can learn."""
    model = small_model(tmp_path / "model")
    (tmp_path / "state").mkdir()
    return lambda *said: command(f"--set=speech.model={model}", "words", *said)


def test_a_word_is_added_as_it_was_told(words: Words) -> None:
    """In small letters, with every pronunciation that was given."""
    done = words("add", "Wohnzimmer", "--say", "V OW N T S IH M ER", "--say", "v ow n s ih m er")
    assert (done.code, done.err) == (0, "")
    assert "next start" in done.out
    listed = words("list")
    assert listed.out == "wohnzimmer  V OW N T S IH M ER\nwohnzimmer  V OW N S IH M ER\n"


def test_a_guess_is_shown_with_the_way_to_correct_it(words: Words) -> None:
    """The command that is shown can be run as it stands."""
    done = words("add", "mabel")
    assert "mabel  M EY B AH L" in done.out
    assert 'keepmum words add mabel --replace --say "M EY B AH L"' in done.out
    assert "The phones are AA AE" in done.out
    assert words("add", "mabel", "--replace", "--say", "M EY B EH L").code == 0
    assert words("list").out == "mabel  M EY B EH L\n"


def test_a_voice_of_another_language_guesses_its_own_words(words: Words) -> None:
    """A family that speaks German at home."""
    assert "V OW N T S IH M ER" in words("add", "Wohnzimmer", "--voice", "de").out


def test_every_command_of_the_page_runs(words: Words) -> None:
    """In the order in which it stands there."""
    section = (Path(keepmum.__file__).parent / "forge" / "README.md").read_text().partition("## Words")[2]
    lines = [line for line in section.partition("## ")[0].splitlines() if line.startswith("keepmum words ")]
    assert len(lines) == 6
    for line in lines:
        done = words(*shlex.split(line, comments=True)[2:])
        assert (done.code, done.err) == (0, ""), line


def test_a_word_is_taken_back(words: Words) -> None:
    """Only that one; another that was meant is named."""
    for word in ("mabel", "tom"):
        words("add", word)
    wrong = words("remove", "mable")
    assert (wrong.code, "did you mean mabel?" in wrong.err) == (1, True)
    assert words("remove", "Mabel").code == 0
    assert words("list").out.startswith("tom ")


def test_without_words_the_list_says_so(words: Words) -> None:
    """An empty answer could be an error."""
    assert words("list").out == "no words of one's own\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("add", ""), "'' is empty"),
        (("add", "x" * 41), "more than 40 letters"),
        (("add", "hey mabel"), "keepmum words add mabel\n"),
        (("add", "hey computer"), "the model knows each of them"),
        (("add", "r2d2"), "'2'"),
        (("add", "[unk]"), "'['"),
        (("add", "alexa"), "is one of the model's already, said AH L EH K S AH"),
        (("add", "tom", "--say", "T OX M"), "'OX' (did you mean OY?)"),
        (("add", "tom", "--say", ""), "has no pronunciation"),
        (("add", "tom", "--say", "T " * 61), "61 phones"),
        (("add", "tom", "--voice", "xqz"), "does not speak as 'xqz'"),
    ],
)
def test_what_cannot_be_added_is_one_error_with_a_hint(words: Words, said: tuple[str, ...], told: str) -> None:
    """And nothing is added."""
    done = words(*said)
    assert done.code == 1
    assert told in done.err
    assert "keepmum: hint: " in done.err
    assert words("list").out == "no words of one's own\n"


def test_a_word_that_is_there_already_is_not_added_twice(words: Words) -> None:
    """It could have been corrected by hand before."""
    words("add", "mabel")
    done = words("add", "mabel")
    assert done.code == 1
    assert "is one of yours already" in done.err
    assert "--replace" in done.err


def test_the_check_shows_what_sounds_alike_and_what_is_guessed(words: Words) -> None:
    """Vosk cannot tell two words apart that are said alike."""
    words("add", "wun", "--say", "W AH N")
    done = words("check")
    assert done.code == 0
    assert "wun: yours; it sounds like one, won" in done.out
    assert "toothpaste: of the sentences, guessed as T UW TH P EY S T" in done.out
    assert "1 words of yours" in done.out


def test_a_broken_file_is_an_error_everywhere(words: Words, tmp_path: Path) -> None:
    """Nothing is written over it: somebody may want to see what is left."""
    file = tmp_path / "state" / "words.txt"
    file.write_text("mabel  M EY B")
    for said in (("list",), ("check",), ("add", "tom"), ("remove", "mabel")):
        done = words(*said)
        assert (done.code, "is cut short" in done.err) == (1, True), said
    assert file.read_text() == "mabel  M EY B"


def test_without_espeak_a_word_can_still_be_said(words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the way; and the way works."""
    monkeypatch.setenv("PATH", "/nonexistent")
    done = words("add", "mabel")
    assert (done.code, "--say" in done.err) == (1, True)
    assert words("add", "mabel", "--say", "M EY B AH L").code == 0


def test_a_model_that_cannot_learn_is_refused(command: Words, tmp_path: Path) -> None:
    """A stranger's, or one that says nothing of its making."""
    model = shutil.copytree(BUNDLED, tmp_path / "model", ignore=shutil.ignore_patterns("forge.json", "SHA256SUMS"))
    done = command(f"--set=speech.model={model}", "words", "add", "mabel")
    assert done.code == 1
    assert "cannot learn words" in done.err


def test_the_file_is_the_speakers_alone(words: Words, tmp_path: Path) -> None:
    """It holds names of a household."""
    words("add", "mabel")
    assert (tmp_path / "state" / "words.txt").stat().st_mode & 0o777 == 0o600


def test_before_the_first_start_there_is_no_folder_for_words(words: Words, tmp_path: Path) -> None:
    """Which is told, instead of making one that belongs to somebody else."""
    (tmp_path / "state").rmdir()
    done = words("add", "mabel")
    assert done.code == 1
    assert "folders.state" in done.err


def test_a_reset_destroys_the_words(words: Words, command: Words, tmp_path: Path) -> None:
    """They are names of people and rooms."""
    words("add", "mabel")
    (tmp_path / "state" / "household-model").mkdir()
    (tmp_path / "state" / "household-model" / "lexicon.txt").write_text("mabel  M EY B AH L\n")
    assert command("reset", "--yes").code == 0
    assert not (tmp_path / "state" / "words.txt").exists()
    assert not (tmp_path / "state" / "household-model" / "lexicon.txt").exists()
