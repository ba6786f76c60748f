"""The household's own words: one small text file in the state folder, written by `keepmum words` alone.

It ends with a line that says so: a file that was cut would still be lines of words with pronunciations, some of them
wrong. A broken file means that there are none of these words.
"""

from __future__ import annotations

from pathlib import Path

from keepmum import kept
from keepmum.errors import ForgeError, StateError
from keepmum.forge import lexicon
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon

MOST = 2000
"""Words; a household has some dozens."""

_HEAD = ";;; This household's own words; `keepmum words` writes this file and checks it.\n"
_END = ";;; This is the end.\n"
_REPAIR = "correct the file, or move it away and add the words again with `keepmum words add`"


def read(file: Path, language: Language) -> Lexicon:
    """The words in the file; none if there is no file. Raises ForgeError for one that is broken or cannot be read."""
    try:
        untrusted_bytes = kept.read(file, largest=MOST * 200)
    except StateError as error:
        raise ForgeError(error.what, error.hint) from error
    if untrusted_bytes is None:
        return Lexicon({})
    try:
        untrusted_text = untrusted_bytes.decode()
    except UnicodeDecodeError as error:
        raise ForgeError(f"{file} is not text in UTF-8 (byte {error.start})", _REPAIR) from error
    if not untrusted_text.endswith(_END):
        raise ForgeError(f"{file} is cut short: its last line is missing", _REPAIR)
    words = lexicon.parse(untrusted_text, str(file), language.inventory)
    wrong = [f"{word!r} {problem}" for word in words.words if (problem := problem_of(word, language))]
    if wrong:
        raise ForgeError(f"{file}: {'; '.join(wrong)}", _REPAIR)
    return words


def write(file: Path, words: Lexicon) -> None:
    """Replace the file, all or nothing. Raises ForgeError for too many words, and StateError."""
    if len(words) > MOST:
        raise ForgeError(f"{len(words)} words of one's own; {MOST} are the most", "make a model with `keepmum forge`")
    kept.write(file, f"{_HEAD}{words.text()}{_END}".encode())


def problem_of(untrusted_word: str, language: Language) -> str:
    """Why this cannot be one of a household's words; empty when it can."""
    if untrusted_word != untrusted_word.lower():
        return "has capital letters"
    return language.word_problem(untrusted_word)
