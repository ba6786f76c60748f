"""Asks espeak-ng how a corpus's words are said, many at a time."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from keepmum.errors import CorpusError, ForgeError
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Pronunciation, said_problem


def guesses(words: Sequence[str], language: Language) -> dict[str, tuple[Pronunciation, ...]]:
    """One pronunciation of each word that espeak-ng can say in the language's phones; the others are left out."""
    said = {word: _guess(word, language) for word in words}
    return {word: (each,) for word, each in said.items() if not said_problem(each, language.inventory)}


def _guess(word: str, language: Language) -> Pronunciation:
    command = ["espeak-ng", "-q", "--ipa", "--sep=_", "-v", language.voices[0], "--stdin"]
    try:
        done = subprocess.run(command, input=word.encode(), capture_output=True, check=True, timeout=20)
        return language.pronunciation(done.stdout.decode())
    except FileNotFoundError as error:
        raise CorpusError("espeak-ng is not installed", "install the Debian package espeak-ng") from error
    except (subprocess.SubprocessError, ForgeError, UnicodeDecodeError):
        return ()
