"""Clips that wait for an answer are closed: nobody who looks at the memory later finds them."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from keepmum.errors import SealError
from keepmum.listener.shelf import Shelf

PACKED, ALOUD = b"the packed clip " * 9, b"what is played  " * 9


@pytest.fixture
def shelf() -> Shelf:
    """One clip waits."""
    one = Shelf()
    one.keep("a" * 32, PACKED, ALOUD)
    return one


def test_what_was_put_comes_back(shelf: Shelf) -> None:
    """Both the clip as it would leave and the sound to play."""
    assert (shelf.packed("a" * 32), shelf.aloud("a" * 32)) == (PACKED, ALOUD)


def held(shelf: Shelf) -> list[bytes]:
    """Every bytes-like thing that can be reached from the shelf."""
    found: list[bytes] = []
    todo: list[Any] = [shelf]
    seen = set()
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, bytes | bytearray):
            found.append(bytes(one))
        elif type(one).__module__.startswith("keepmum") or isinstance(one, dict | list | tuple):
            todo += gc.get_referents(one)
    return found


def test_nothing_open_is_held(shelf: Shelf) -> None:
    """Sixteen bytes of the clip in a row are nowhere on the shelf, nor the same key twice."""
    shelf.keep("b" * 32, PACKED, ALOUD)
    everything = held(shelf)
    assert len(everything) >= 6
    assert not [one for one in everything for part in (PACKED[:16], ALOUD[:16]) if part in one]
    keys = [one for one in everything if len(one) == 32]
    assert len(set(keys)) == 2


def test_forgetting_destroys_the_key(shelf: Shelf) -> None:
    """Whoever still holds the closed bytes holds nothing."""
    key = shelf._closed["a" * 32].key
    shelf.forget("a" * 32)
    assert bytes(key) == bytes(32)
    for read in (shelf.packed, shelf.aloud):
        with pytest.raises(SealError, match="does not wait"):
            read("a" * 32)


def test_forgetting_twice_is_fine(shelf: Shelf) -> None:
    """A mute and an answer may both want it gone."""
    shelf.forget("a" * 32)
    shelf.forget("a" * 32)
    with pytest.raises(SealError):
        shelf.packed("a" * 32)
