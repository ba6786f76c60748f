"""A language as its file tells it: its phones, what words are spelled with, and what espeak-ng's sounds are here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from keepmum import layers
from keepmum.errors import ConfigError, ForgeError
from keepmum.forge.phones import Phones
from keepmum.layers import Layers
from keepmum.named_files import NamedFiles
from keepmum.settings_hardware import Section

EXPLAINED_IN = "device/keepmum/forge/README.md"

LONGEST = 40
"""Letters in a word; German's longest room is half of that."""

_MARKS = str.maketrans("", "", "ˈˌ‿")
_SWITCH = re.compile(r"\([a-z-]+\)")
"""espeak-ng tells by `(en)` that it takes a word for another language's."""
_COLOURS = "ːˑʲʰ̪̃ˤ-"
"""What may stand behind a sound and leaves it the same phone, unless the file has a line for both together."""


class Language(Section):
    """One language, out of `config/languages/CODE.yaml`."""

    id: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]+)*$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    letters: Annotated[str, Field(min_length=1, max_length=200)]
    """What words are spelled with, in small letters."""
    phones: Annotated[tuple[str, ...], Field(min_length=2, max_length=100)]
    """In an order that no longer changes: a model's network is numbered by it."""
    voices: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)]
    """espeak-ng's voices that guess pronunciations, the best first."""
    sounds: dict[str, str]
    """A sound in espeak-ng's IPA, and the phones that it is; several have spaces between them. Two sounds in a row
    have `_` between them."""
    foreign: dict[str, str] = Field(default={})
    """The same for voices of other languages, where it differs."""

    @model_validator(mode="after")
    def _sounds_are_phones(self) -> Self:
        try:
            said = " ".join((*self.sounds.values(), *self.foreign.values()))
            self.inventory.numbers(said.split())
        except ConfigError as error:
            raise ValueError(error.what) from error
        return self

    @cached_property
    def inventory(self) -> Phones:
        """The phones, numbered."""
        return Phones(self.phones)

    def word_problem(self, untrusted_word: str) -> str:
        """Why this cannot be a word; empty when it can."""
        if not untrusted_word:
            return "is empty"
        if len(untrusted_word) > LONGEST:
            return f"has more than {LONGEST} letters"
        if re.search(r"\s", untrusted_word):
            return "is several words"
        strange = sorted(set(untrusted_word.lower()) - set(self.letters) - {"-"})
        if strange:
            return f"has {' '.join(map(repr, strange))}, which {self.name} words here are not spelled with"
        return "" if untrusted_word[0] not in "-'" and untrusted_word[-1] != "-" else "begins or ends with a mark"

    def pronunciation(self, untrusted_ipa: str, foreign: bool = False) -> tuple[str, ...]:
        """The phones of what espeak-ng said, its sounds between underscores; `foreign` if by another language's voice.

        Raises ForgeError for a sound that the language's file does not know.
        """
        known = {**self.sounds, **self.foreign} if foreign else {**self.foreign, **self.sounds}
        said = _SWITCH.sub("", untrusted_ipa).translate(_MARKS)
        sounds = [sound for sound in re.split(r"[_\s]+", said) if sound]
        phones: list[str] = []
        while sounds:
            pair = "_".join(sounds[:2])
            phones += known[pair].split() if pair in known else self._phones(sounds[0], known)
            del sounds[: 2 if len(sounds) > 1 and pair in known else 1]
        return tuple(phones)

    def _phones(self, sound: str, known: Mapping[str, str]) -> list[str]:
        """The phones of one sound, or of the longest pieces of it that are known."""
        phones: list[str] = []
        while sound:
            piece = next((sound[:size] for size in range(len(sound), 0, -1) if sound[:size] in known), "")
            if not piece and sound[0] not in _COLOURS:
                raise ForgeError(
                    f"{self.name} has no phone for espeak-ng's sound {sound!r}",
                    f"say the word in phones, or add the sound to the language's file; {EXPLAINED_IN} tells how",
                )
            phones += known.get(piece, "").split()
            sound = sound[len(piece) or 1 :]
        return phones


class Shelf(NamedFiles):
    """The languages that can be named."""

    def __init__(self, owners: Path | None = None) -> None:
        """`owners` is a folder with languages of one's own; it need not be there."""
        super().__init__("languages", "language", owners)

    def language(self, name: str) -> Language:
        """One language. Raises ConfigError with everything that is wrong with its file."""
        return read(self.file(name))


def read(file: Path) -> Language:
    """The language in a file. Raises ConfigError with everything that is wrong with it, by line and key."""
    said = Layers(Language)
    said.lay(layers.file(file, str(file), "name a language of config/languages"))
    layers.refuse(said.problems(), EXPLAINED_IN)
    return said.built()
