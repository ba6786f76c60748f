"""A lexicon is checked whole: every mistake is told at once, with its line and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.errors import ForgeError
from keepmum.forge.language import LONGEST, Language
from keepmum.forge.lexicon import LONGEST_SAID, Lexicon, parse, read


def test_it_is_read_as_it_was_written(language: Language, pieces: Lexicon) -> None:
    """With several pronunciations of a word in their order; the CMU's counting of them is understood."""
    assert parse(pieces.text(), "again", language.inventory) == pieces
    assert pieces.words["read"] == (("R", "EH", "D"), ("R", "IY", "D"))


def test_every_mistake_is_told_with_its_line(language: Language) -> None:
    """A wrong phone, no phone, a word twice, a symbol, a word and a pronunciation that are too long."""
    lines = [
        "on  AA N",
        ";;; a remark",
        "off  AO FF",
        "on  AA N",
        "",
        "mute",
        "[unk]  AA",
        f"{'x' * (LONGEST + 1)}  AA",
        f"long {' '.join(['AA'] * (LONGEST_SAID + 1))}",
    ]
    with pytest.raises(ForgeError) as error:
        parse("\n".join(lines), "words.txt", language.inventory)
    for told in (
        "words.txt:3: 'off' has no phone of this language: 'FF' (did you mean F?)",
        "words.txt:4: 'on' stands twice",
        "words.txt:6: 'mute' has no pronunciation",
        "words.txt:7: '[unk]' begins with [",
        "words.txt:8: ",
        f"words.txt:9: 'long' has {LONGEST_SAID + 1} phones",
    ):
        assert told in str(error.value)
    assert "6 problems" in error.value.what


def test_a_file_of_another_kind_does_not_fill_the_screen(language: Language) -> None:
    """Twenty of its problems are enough."""
    with pytest.raises(ForgeError, match="and 280 more") as error:
        parse("nonsense here\n" * 300, "x", language.inventory)
    assert len(str(error.value).splitlines()) < 30


@pytest.mark.parametrize("content", [b"on \xff\xfe", None])
def test_what_is_no_text_or_not_there_is_one_error(language: Language, tmp_path: Path, content: bytes | None) -> None:
    """With the file's name."""
    path = tmp_path / "lexicon.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ForgeError, match=r"lexicon\.txt"):
        read(path, language.inventory)


def test_two_lexicons_together_keep_all_pronunciations() -> None:
    """The added one's come first."""
    one, other = Lexicon({"a": (("X",),)}), Lexicon({"a": (("Y",), ("X",)), "b": (("Z",),)})
    assert one.joined(other).words == {"a": (("Y",), ("X",)), "b": (("Z",),)}
    assert one.joined(other).of(["b", "c"]).words == {"b": (("Z",),)}
