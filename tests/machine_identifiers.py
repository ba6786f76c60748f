"""Every name and number of this machine, in every spelling: what must not stand in anything that leaves it (I6)."""

from __future__ import annotations

from collections.abc import Iterable

from keepmum.lab.truth import machine


def names() -> set[str]:
    """Of every kind."""
    return {name for some in machine.identifiers().values() for name in some}


def spellings(found: Iterable[str]) -> set[bytes]:
    """Of all of them."""
    return {spelling for name in found for spelling in machine.spellings(name)}
