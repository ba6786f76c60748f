"""Phones are numbered in one way by the network, by Kaldi and by the graph."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from graph_parts import BUNDLED

from keepmum.errors import ConfigError
from keepmum.forge.language import Language
from keepmum.forge.phones import GARBAGE, Phones


def _vector(content: bytes, after: bytes, at: int = 0) -> tuple[int, ...]:
    """Kaldi's vector of integers behind a token."""
    place = content.index(after, at) + len(after)
    assert content[place] == 4
    (size,) = struct.unpack_from("<i", content, place + 1)
    return struct.unpack_from(f"<{size}i", content, place + 5)


def test_silence_is_zero_and_the_names_follow_in_their_order() -> None:
    """Two outputs for each."""
    phones = Phones(("A", "B"))
    assert (phones.count, phones.outputs) == (3, 6)
    assert phones.numbers(["B", "A", "B"]) == (2, 1, 2)
    assert (phones.forward(2), phones.loop(2)) == (4, 5)


def test_a_wrong_phone_is_named_with_the_one_that_was_meant() -> None:
    """All at once; stress marks and silence are wrong, too."""
    with pytest.raises(ConfigError, match=r"'AH0' \(did you mean AH\?\), 'SIL'") as error:
        Phones(("AH", "OW")).numbers(["AH0", "OW", "SIL", "AH0"])
    assert "the phones are AH OW" in error.value.hint


@pytest.mark.parametrize("names", [(), ("A", "A"), ("A", ""), ("A B",), ("SIL",), ("GBG",), ("A_B",), ("9",)])
def test_names_that_cannot_be_phones_are_refused(names: tuple[str, ...]) -> None:
    """Also those that Kaldi's positions and our silence need."""
    with pytest.raises(ConfigError, match="cannot be phones"):
        Phones(names)


def test_the_numbers_are_those_that_the_bundled_network_was_made_for(language: Language) -> None:
    """Positioned phones, tuples and their outputs, read out of its transition model."""
    phones = language.inventory
    content = (BUNDLED / "am" / "final.mdl").read_bytes()
    assert _vector(content, b"<Topology> ") == tuple(range(1, len(phones.positioned) + 1))
    start = content.index(b"<Tuples> ") + len(b"<Tuples> ")
    (count,) = struct.unpack_from("<i", content, start + 1)
    fields = [struct.unpack_from("<xixixixi", content, start + 5 + 20 * place) for place in range(count)]
    assert [(phone, forward, loop) for phone, _, forward, loop in fields] == list(phones.tuples)
    assert (BUNDLED / "graph" / "phones" / "word_boundary.int").read_text() == phones.boundaries()


def test_transition_ids_are_two_for_each_tuple(language: Language) -> None:
    """The stay, then the advance; a garbage phone has its own for everything that it may be heard as."""
    phones = language.inventory
    first = phones.positioned[0]
    assert (phones.stay(first), phones.advance(first)) == (1, 2)
    heard = {phones.advance(f"{GARBAGE}_{position}", base) for position in "BEIS" for base in range(1, phones.count)}
    assert len(heard) == 4 * len(phones.names)
    assert max(heard) == phones.transitions
    assert {phones.tuples[number // 2 - 1].forward for number in heard} == set(range(2, phones.outputs, 2))


def test_every_shipped_language_reads(tmp_path: Path) -> None:
    """Each has the file name that it says, and a number of phones that a small network can tell apart."""
    from keepmum.forge.language import Shelf

    shelf = Shelf(tmp_path)
    counts = {name: shelf.language(name).inventory.count for name in shelf.names()}
    assert counts == {"en": 40, "es": 24}
    assert all(shelf.language(name).id == name for name in counts)
