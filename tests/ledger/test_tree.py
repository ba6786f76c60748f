"""The tree is that of RFC 6962, and its proofs show what they should and nothing else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.ledger.tree import (
    EMPTY,
    Frontier,
    consistency,
    inclusion,
    is_consistent,
    is_included,
    leaf,
    node,
    root,
)

KNOWN = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
KNOWN.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""The test vectors of Certificate Transparency's own implementation."""

SIZES = range(1, 34)


def leaves(size: int) -> list[bytes]:
    return [leaf(bytes([n])) for n in range(size)]


@pytest.mark.parametrize(("size", "expected"), ROOTS.items())
def test_known_trees_have_their_known_roots(size: int, expected: str) -> None:
    """What everybody else computes."""
    assert root(map(leaf, KNOWN[:size])).hex() == expected


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    """RFC 6962, 2.1."""
    assert root([]) == EMPTY == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", SIZES)
def test_a_frontier_that_was_put_away_goes_on(size: int) -> None:
    """Cut anywhere, remembered and grown again, it comes to the same root."""
    for cut in range(size + 1):
        first = Frontier()
        for each in leaves(size)[:cut]:
            first.push(each)
        again = Frontier(first.size, first.parts)
        for each in leaves(size)[cut:]:
            again.push(each)
        assert again.root() == root(leaves(size))


@pytest.mark.parametrize(("size", "parts"), [(1, 0), (3, 1), (0, 1), (-1, 1)])
def test_what_cannot_be_a_frontier_is_refused(size: int, parts: int) -> None:
    """As many hashes as the size has ones."""
    with pytest.raises(ValueError, match="no frontier"):
        Frontier(size, [bytes(32)] * parts)


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_can_be_proved_and_no_other_one(size: int) -> None:
    """At its place, in its tree; not elsewhere, not changed, not with a step more or less."""
    whole = root(leaves(size))
    for index, each in enumerate(leaves(size)):
        proof = inclusion(leaves(size), index)
        assert is_included(each, index, size, whole, proof)
        assert not is_included(leaf(b"another"), index, size, whole, proof)
        assert not is_included(each, index, size, whole, [*proof, bytes(32)])
        assert not is_included(each, size, size, whole, proof)
        assert size == 1 or not is_included(each, (index + 1) % size, size, whole, proof)
        assert size == 1 or not is_included(each, index, size, whole, proof[:-1])


@pytest.mark.parametrize("size", SIZES)
def test_growth_can_be_proved_from_every_size(size: int) -> None:
    """The proof fits the two roots, and no other old tree of that size."""
    for old in range(size + 1):
        before, now = root(leaves(old)), root(leaves(size))
        proof = consistency(leaves(size), old)
        assert is_consistent(old, before, size, now, proof)
        other = root([*leaves(old)[:-1], leaf(b"another")])
        assert old == 0 or not is_consistent(old, other, size, now, proof)
        assert not is_consistent(old, before, size, leaf(b"another"), proof) or old == 0
        assert not is_consistent(old, before, size, now, [*proof, bytes(32)])
        assert not proof or not is_consistent(old, before, size, now, proof[:-1])


def test_a_tree_cannot_have_shrunk() -> None:
    """Neither can a proof about leaves be made that are not there."""
    assert not is_consistent(3, root(leaves(3)), 2, root(leaves(2)), [])
    for wrong in (lambda: consistency(leaves(2), 3), lambda: inclusion(leaves(2), 2)):
        with pytest.raises(IndexError):
            wrong()


@settings(deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), max_size=8), st.integers(1, 40), st.integers(1, 40))
def test_random_hashes_prove_nothing(proof: list[bytes], old: int, new: int) -> None:
    """Whatever comes in place of a proof is refused, and never an error."""
    if old != new:
        assert not is_consistent(old, root(leaves(old)), new, root(leaves(new)), proof) or proof == []
    assert not is_included(node(bytes(32), bytes(32)), old - 1, new, root(leaves(new)), proof)
