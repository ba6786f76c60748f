"""Takes one guard out of the shipped core: its source with the guard replaced, compiled, and put into its place."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest

from keepmum import consent
from keepmum.consent import Reason

HERE = Path(__file__).parent
TABLE = HERE / "guards.txt"


class Guard(NamedTuple):
    """A piece of the source, what stands in its place without the guard, and who notices."""

    module: str
    """A file of the privacy core, or `consent`."""
    text: str
    instead: str
    noticed_by: str
    """A house of the search, or a test as `file::name`."""


def guards() -> Iterator[Guard]:
    """Those of the table: paragraphs of a head, lines that begin with `- ` and lines that begin with `+ `."""
    for paragraph in TABLE.read_text().split("\n\n"):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        if lines:
            module, noticed_by = lines[0].split(" · ")
            text, instead = ("\n".join(line[2:] for line in lines[1:] if line[0] == sign) for sign in "-+")
            yield Guard(module, text, instead, noticed_by)


def take_out(monkeypatch: pytest.MonkeyPatch, guard: Guard) -> None:
    """Every function of that file does from now on what it would do without the guard; wherever it is known already."""
    name = "keepmum.consent" if guard.module == "consent" else f"keepmum.privacy.{guard.module}"
    module: Any = sys.modules[name]
    source = Path(module.__file__).read_text()
    times = source.count(guard.text)
    assert times == 1, f"{guard.module} has {times} times: {guard.text} (has it changed? Then say so in {TABLE.name})"
    without: dict[str, Any] = {"__name__": name}
    # Under a name that is no file: what runs without a guard does not count as coverage of the file that has it.
    exec(compile(source.replace(guard.text, guard.instead), f"<{guard.module} without a guard>", "exec"), without)
    for known, function in vars(module).items():
        if isinstance(function, FunctionType) and function.__module__ == name:
            monkeypatch.setattr(function, "__code__", without[known].__code__)


def take_out_row(monkeypatch: pytest.MonkeyPatch, reason: Reason) -> None:
    """The decision without one row of what a consent must be."""
    rows = tuple(row for row in consent._COVERS if row[0] is not reason)
    assert len(rows) == len(consent._COVERS) - 1
    monkeypatch.setattr(consent, "_COVERS", rows)


def fails(test: str) -> bool:
    """Whether this test, with one of its parameters at least, does not hold."""
    file, name = test.split("::")
    function = getattr(_loaded(file), name)
    for facts in _cases(function):
        try:
            function(**facts)
        except Exception:  # noqa: BLE001 - whatever a test stumbles over without the guard
            return True
    return False


@cache
def _loaded(file: str) -> ModuleType:
    path = HERE / f"{file}.py"
    path = path if path.exists() else HERE.parent / f"{file}.py"
    spec = importlib.util.spec_from_file_location(f"guarded_{file}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cases(function: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """Every combination of the parameters that are written over a test."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    for values in product(*(mark.args[1] for mark in marks)):
        facts: dict[str, Any] = {}
        for mark, value in zip(marks, values, strict=True):
            names = [mark.args[0]] if isinstance(mark.args[0], str) else mark.args[0]
            facts |= dict(zip(names, (value,) if len(names) == 1 else value, strict=True))
        yield facts
