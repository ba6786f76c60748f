"""The sounds of a language, numbered as the acoustic network, Kaldi's transition model and the graph number them.

Three counts that must never drift apart hang on one tuple of names:

* *base phones*: silence is 0, then the names in their order, 1 to n. The network has two outputs for each.
* *positioned phones*: Kaldi's phone numbers, from 1: silence, then each name at the beginning, end, inside and as the
  whole of a word, then the four garbage phones. So Vosk knows where words begin and end.
* *transition ids*, from 1: two for each tuple (positioned phone, forward output, loop output), the stay before the
  advance. A garbage phone owns one tuple per base phone: `[unk]` can be any sound, and is one phone to the lattice.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from keepmum.errors import ConfigError

SILENCE = "SIL"
GARBAGE = "GBG"
"""The phone of `[unk]`. One phone for every sound keeps the lattices of unknown speech small."""

POSITIONS = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
"""Where in a word a phone stands, and what Kaldi calls it in `word_boundary.int`."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9~:]{0,7}")


class Tuple(NamedTuple):
    """One line of Kaldi's transition model, for phones of one state."""

    phone: int
    """The positioned phone's number, from 1."""
    forward: int
    """The network's output for the frame that enters it, from 0."""
    loop: int
    """The network's output for each further frame."""


@dataclass(frozen=True)
class Phones:
    """The phones of one language. Raises ConfigError for names that cannot be."""

    names: tuple[str, ...]
    """Base phones without silence; the order is part of every model made with them."""

    def __post_init__(self) -> None:
        wrong = [name for name in self.names if not _NAME.fullmatch(name) or name in (SILENCE, GARBAGE)]
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if wrong or twice or not self.names:
            what = ", ".join(map(repr, wrong or twice)) or "an empty list"
            raise ConfigError(
                f"{what} cannot be phones{' twice' if twice and not wrong else ''}",
                f"a phone is up to eight letters, digits, ~ or :, once each, and none is {SILENCE} or {GARBAGE}",
            )

    @property
    def count(self) -> int:
        """Base phones with silence."""
        return len(self.names) + 1

    @property
    def outputs(self) -> int:
        """The network's outputs (Kaldi's pdfs)."""
        return 2 * self.count

    @staticmethod
    def forward(base: int) -> int:
        """The output for the frame that enters a base phone."""
        return 2 * base

    @staticmethod
    def loop(base: int) -> int:
        """The output for each further frame of a base phone."""
        return 2 * base + 1

    def numbers(self, pronunciation: Sequence[str]) -> tuple[int, ...]:
        """The base phones' numbers. Raises ConfigError that names every phone that is none, with the one meant."""
        strange = [name for name in pronunciation if name not in self.names]
        if strange:
            what = ", ".join(f"{name!r}{self._meant(name)}" for name in dict.fromkeys(strange))
            raise ConfigError(f"no phone of this language: {what}", f"the phones are {' '.join(self.names)}")
        return tuple(self._number[name] for name in pronunciation)

    @cached_property
    def positioned(self) -> tuple[str, ...]:
        """The positioned phones' names; the number of each is its place here plus one."""
        return (SILENCE, *(f"{name}_{position}" for name in (*self.names, GARBAGE) for position in POSITIONS))

    @cached_property
    def tuples(self) -> tuple[Tuple, ...]:
        """Kaldi's tuples in their order; tuple k (from 0) owns the transition ids 2k+1 (stay) and 2k+2 (advance)."""
        return tuple(sorted(Tuple(phone, self.forward(base), self.loop(base)) for phone, base in self._owned()))

    @property
    def transitions(self) -> int:
        """The number of transition ids."""
        return 2 * len(self.tuples)

    def stay(self, positioned: str, base: int | None = None) -> int:
        """The transition id of a phone's self-loop; a garbage phone's needs the base phone that it is heard as."""
        return 2 * self._place(positioned, base) + 1

    def advance(self, positioned: str, base: int | None = None) -> int:
        """The transition id that enters (and leaves) a phone."""
        return 2 * self._place(positioned, base) + 2

    def boundaries(self) -> str:
        """The content of `word_boundary.int`: each positioned phone's number and where in a word it stands."""
        where = (POSITIONS[name.rpartition("_")[2]] if "_" in name else "nonword" for name in self.positioned)
        return "".join(f"{number} {each}\n" for number, each in enumerate(where, 1))

    def _meant(self, name: str) -> str:
        folded = {known.upper(): known for known in self.names}
        near = difflib.get_close_matches(name.upper().rstrip("0123456789"), folded, n=1, cutoff=0.5)
        return f" (did you mean {folded[near[0]]}?)" if near else ""

    def _owned(self) -> list[tuple[int, int]]:
        """Every positioned phone with each base phone that it may be heard as."""
        owned = []
        for number, name in enumerate(self.positioned, 1):
            own = name.rpartition("_")[0] or name
            bases = range(1, self.count) if own == GARBAGE else (self._number[own],)
            owned += [(number, base) for base in bases]
        return owned

    def _place(self, positioned: str, base: int | None) -> int:
        own = positioned.rpartition("_")[0] or positioned
        return self._places[self._phone[positioned], self._number[own] if base is None else base]

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate((SILENCE, *self.names))}

    @cached_property
    def _phone(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.positioned, 1)}

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        return {(each.phone, each.forward // 2): place for place, each in enumerate(self.tuples)}
