"""Takes one guard out of the shipped core: its source with the guard replaced, compiled, and put into its place."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytest

from keepmum import consent
from keepmum.consent import Reason


class Guard(NamedTuple):
    """A piece of the source, what stands in its place without the guard, and who notices."""

    module: str
    """A file of the privacy core, or `consent`."""
    text: str
    instead: str
    found_by: str
    """A house, or a test as `file::name` that fails."""


def take_out(monkeypatch: pytest.MonkeyPatch, guard: Guard) -> None:
    """Every function of that file does from now on what it would do without the guard; wherever it is known already."""
    name = "keepmum.consent" if guard.module == "consent" else f"keepmum.privacy.{guard.module}"
    module: Any = sys.modules[name]
    source = Path(module.__file__).read_text()
    assert source.count(guard.text) == 1, f"{guard.module} has {source.count(guard.text)} times {guard.text!r}"
    without: dict[str, Any] = {"__name__": name}
    exec(compile(source.replace(guard.text, guard.instead), module.__file__, "exec"), without)
    for known, function in vars(module).items():
        if isinstance(function, FunctionType) and function.__module__ == name:
            monkeypatch.setattr(function, "__code__", without[known].__code__)


def take_out_row(monkeypatch: pytest.MonkeyPatch, reason: Reason) -> None:
    """The decision without one row of what a consent must be."""
    rows = tuple(row for row in consent._COVERS if row[0] is not reason)
    assert len(rows) == len(consent._COVERS) - 1
    monkeypatch.setattr(consent, "_COVERS", rows)
