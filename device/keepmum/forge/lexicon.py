"""Words and how they are said: the text file of pronunciations that every model carries and that people correct."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from keepmum.errors import ConfigError, ForgeError
from keepmum.forge.language import LONGEST
from keepmum.forge.phones import Phones

Pronunciation = tuple[str, ...]

LONGEST_SAID = 60
"""Phones in a pronunciation."""

LARGEST = 32 * 2**20
"""Bytes of a lexicon's file; that of all English is a tenth."""

_SHOWN = 20
"""Problems that one error tells; a file of another kind has as many as lines."""

_VARIANT = re.compile(r"(?<=.)\([0-9]+\)$")
"""The CMU dictionary writes `read` and `read(2)`."""
_RESERVED = ("<", "[", "#", "!", "{")
"""What Kaldi's own symbols begin with."""


@dataclass(frozen=True)
class Lexicon:
    """Words with their pronunciations, the likeliest first."""

    words: Mapping[str, tuple[Pronunciation, ...]]

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def __len__(self) -> int:
        return len(self.words)

    def of(self, words: Iterable[str]) -> Lexicon:
        """These words alone; those that are not in it are left out."""
        return Lexicon({word: self.words[word] for word in sorted(set(words)) if word in self.words})

    def joined(self, other: Lexicon) -> Lexicon:
        """Both together; a word in both has the other's pronunciations first."""
        words = dict(self.words)
        for word, said in other.words.items():
            words[word] = tuple(dict.fromkeys((*said, *words.get(word, ()))))
        return Lexicon(words)

    def text(self) -> str:
        """The content of its file, in the order of the alphabet."""
        lines = (f"{word}  {' '.join(each)}\n" for word in sorted(self.words) for each in self.words[word])
        return "".join(lines)


def read(path: Path, phones: Phones) -> Lexicon:
    """The lexicon in a file. Raises ForgeError with everything that is wrong with it, by line."""
    try:
        with path.open("rb") as file:
            untrusted_bytes = file.read(LARGEST + 1)
    except OSError as error:
        raise ForgeError(
            f"{path} cannot be read: {error.strerror}", "see who owns it, and whether it is a file"
        ) from error
    if len(untrusted_bytes) > LARGEST:
        raise ForgeError(f"{path} is larger than {LARGEST} bytes", "is this the right file?")
    try:
        return parse(untrusted_bytes.decode(), str(path), phones)
    except UnicodeDecodeError as error:
        raise ForgeError(f"{path} is not text in UTF-8 (byte {error.start})", "save it as UTF-8") from error


def parse(untrusted_text: str, source: str, phones: Phones) -> Lexicon:
    """One pronunciation a line, `word  P H O N E S`; empty lines and lines that begin with ;;; are passed over.

    Raises one ForgeError with everything that is wrong, by line, and the words that were probably meant.
    """
    words: dict[str, list[Pronunciation]] = {}
    problems = []
    for number, line in enumerate(untrusted_text.splitlines(), 1):
        word, *said = line.split() or [""]
        if not word or line.startswith(";;;"):
            continue
        word = _VARIANT.sub("", word)
        problem = _word_problem(word) or said_problem(said, phones)
        if problem or tuple(said) in words.get(word, ()):
            problems.append(f"{source}:{number}: {_short(word)} {problem or 'stands twice with this pronunciation'}")
        else:
            words.setdefault(word, []).append(tuple(said))
    if problems:
        raise ForgeError(_told(problems, source), f"a line is a word and its phones: {' '.join(phones.names)}")
    return Lexicon({word: tuple(said) for word, said in words.items()})


def said_problem(untrusted_said: Iterable[str], phones: Phones) -> str:
    """What is wrong with a pronunciation; empty when nothing is."""
    said = tuple(untrusted_said)
    if not said:
        return "has no pronunciation"
    if len(said) > LONGEST_SAID:
        return f"has {len(said)} phones; {LONGEST_SAID} are the most"
    try:
        phones.numbers(said)
    except ConfigError as error:
        return f"has {error.what}"
    return ""


def _word_problem(untrusted_word: str) -> str:
    if len(untrusted_word) > LONGEST:
        return f"has more than {LONGEST} letters"
    if untrusted_word.startswith(_RESERVED):
        return f"begins with {untrusted_word[0]}, which is kept for symbols such as [unk]"
    return "" if untrusted_word.isprintable() else "has letters that cannot be printed"


def _short(untrusted_word: str) -> str:
    return repr(untrusted_word if len(untrusted_word) <= LONGEST else untrusted_word[:LONGEST] + "…")


def _told(problems: list[str], source: str) -> str:
    if len(problems) == 1:
        return problems[0]
    rest = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    return f"{len(problems)} problems in {source}\n  " + "\n  ".join(problems[:_SHOWN] + rest)
