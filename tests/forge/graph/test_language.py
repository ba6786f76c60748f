"""A language's file says how words are spelled, and what espeak-ng's sounds are among its phones."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.errors import ConfigError, ForgeError
from keepmum.forge.language import LONGEST, Language, Shelf, read

SMALL = """id: xx
name: Small
letters: abc
phones: [A, B]
voices: [en]
sounds: {a: A, b: B, ab: A B}
"""


def _written(folder: Path, text: str) -> Path:
    (folder / "xx.yaml").write_text(text)
    return folder / "xx.yaml"


@pytest.mark.parametrize(
    ("said", "phones"),
    [
        ("w_ˈɔː_ɾ_ɚ", "W AO T ER"),
        ("f_ˈaɪɚ", "F AY ER"),
        ("m_ˈɪ_ɹ_ɚ_ɹ", "M IH R ER"),  # two sounds that are one phone here
        ("(de)_ʃ_uː_l_ə_(en)", "SH UW L AH"),
        ("t_ˈiː v_ˈiː", "T IY V IY"),
        ("pː_aː", "P AA"),
        ("", ""),
    ],
)
def test_what_espeak_says_becomes_phones(language: Language, said: str, phones: str) -> None:
    """Stress, length and changes of language fall away."""
    assert " ".join(language.pronunciation(said)) == phones


def test_the_same_sound_is_another_phone_where_another_language_is_spoken(language: Language) -> None:
    """A tap is the t of "water" in American English, and the r of a Spanish word."""
    assert language.pronunciation("ɾ") == ("T",)
    assert language.pronunciation("ɾ", foreign=True) == ("R",)


def test_a_sound_without_a_phone_is_named(language: Language) -> None:
    """With the two ways out."""
    with pytest.raises(ForgeError, match="no phone for espeak-ng's sound 'ǃ'") as error:
        language.pronunciation("k_ǃ_a")
    assert "say the word in phones" in error.value.hint


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("", "is empty"),
        ("hey mabel", "is several words"),
        ("x" * (LONGEST + 1), f"more than {LONGEST} letters"),
        ("r2d2", "'2'"),
        ("[unk]", "'['"),
        ("-ish", "begins or ends"),
        ("zoë", ""),
        ("o'clock", ""),
        ("x-ray", ""),
    ],
)
def test_what_cannot_be_a_word_is_told(language: Language, word: str, problem: str) -> None:
    """And what can be one, is."""
    told = language.word_problem(word)
    assert problem in told
    assert bool(problem) == bool(told)


def test_a_file_with_mistakes_is_refused_whole(tmp_path: Path) -> None:
    """A phone that is none, a key that is none, and a key that is missing, each with its place."""
    text = SMALL.replace("b: B", "b: BE").replace("voices: [en]", "voice: [en]")
    with pytest.raises(ConfigError) as error:
        read(_written(tmp_path, text))
    assert "voice" in str(error.value)
    assert "voices" in str(error.value)
    with pytest.raises(ConfigError, match=r"'BE' \(did you mean B\?\)"):
        read(_written(tmp_path, SMALL.replace("b: B", "b: BE")))


def test_an_owners_language_wins_over_a_shipped_one(tmp_path: Path) -> None:
    """And a new one is found by its name."""
    _written(tmp_path, SMALL)
    assert Shelf(tmp_path).language("xx").phones == ("A", "B")
    with pytest.raises(ConfigError, match="there is no language 'e'"):
        Shelf(tmp_path).language("e")
