"""Guesses how words are said, by asking espeak-ng for its phonemes; a person then corrects what is wrong.

The words go in by a pipe, so that no other user sees a household's names in the list of processes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from keepmum.errors import ForgeError
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Pronunciation, said_problem

PROGRAM = "espeak-ng"

_SAY = "say it in phones instead: keepmum words add WORD --say"
_LONGEST_WAIT = 60.0
"""Seconds. A thousand words take one on a laptop."""
_AT_ONCE = 2000
"""Words in one run of the program."""


def guess(word: str, language: Language, voice: str | None = None, program: str = PROGRAM) -> Pronunciation:
    """How a word is said, in the language's phones; `voice` is one of espeak-ng's, the language's own if None.

    Raises ForgeError if there is no espeak-ng or no such voice, and for what it cannot say in these phones.
    """
    (said,) = _spoken([word], voice or language.voices[0], program)
    pronunciation = language.pronunciation(said, foreign=_is_foreign(voice, language))
    if problem := said_problem(pronunciation, language.inventory):
        raise ForgeError(f"espeak-ng's guess for {word!r} {problem}", _SAY)
    return pronunciation


def guesses(words: Sequence[str], language: Language, program: str = PROGRAM) -> dict[str, Pronunciation]:
    """How many words are said, by the language's first voice. What it cannot say in these phones is left out.

    The words must be words of the language (`Language.word_problem`). Raises ForgeError if there is no espeak-ng.
    """
    found: dict[str, Pronunciation] = {}
    for first in range(0, len(words), _AT_ONCE):
        some = words[first : first + _AT_ONCE]
        for word, said in zip(some, _spoken(some, language.voices[0], program), strict=True):
            try:
                pronunciation = language.pronunciation(said)
            except ForgeError:
                continue
            if not said_problem(pronunciation, language.inventory):
                found[word] = pronunciation
    return found


def _is_foreign(voice: str | None, language: Language) -> bool:
    return voice is not None and voice.partition("+")[0] not in language.voices


def _spoken(words: Sequence[str], voice: str, program: str) -> list[str]:
    """espeak-ng's phonemes for each word. It answers a line for a paragraph; where it does not, each word is asked."""
    command = [program, "-q", "--ipa", "--sep=_", "-v", voice, "--stdin"]
    untrusted_lines = _run(command, "\n\n".join(words)).splitlines()
    if len(untrusted_lines) == len(words):
        return untrusted_lines
    return [" ".join(_run(command, word).split()) for word in words]


def _run(command: list[str], text: str) -> str:
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_LONGEST_WAIT, check=True)
    except FileNotFoundError as error:
        raise ForgeError(f"there is no {command[0]} to guess with", f"sudo apt install espeak-ng; or {_SAY}") from error
    except OSError as error:
        raise ForgeError(f"{command[0]} cannot be started: {error.strerror}", _SAY) from error
    except subprocess.TimeoutExpired as error:
        raise ForgeError(f"{command[0]} did not answer in {_LONGEST_WAIT:.0f} s", "is the machine busy?") from error
    except subprocess.CalledProcessError as error:
        raise ForgeError(
            f"{command[0]} does not speak as {command[command.index('-v') + 1]!r} (status {error.returncode})",
            "`espeak-ng --voices` lists its voices",
        ) from error
    return done.stdout.decode(errors="replace")
