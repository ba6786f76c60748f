"""Where policies stand: those that ship with keepmum, and a researcher's own, which win over a shipped one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keepmum import layers
from keepmum.lab.figure import model_in, spelt_out
from keepmum.lab.policy import Policy
from keepmum.layers import written
from keepmum.named_files import NamedFiles
from keepmum.strict_yaml import KeyPath, Problem, Tree

EXPLAINED_IN = "device/keepmum/lab/README.md"


class Shelf(NamedFiles):
    """The policies that can be named."""

    def __init__(self, owners: Path | None = None) -> None:
        """`owners` is a folder with policies of one's own; it need not be there."""
        super().__init__("policies", "policy", owners)

    def policy(self, name: str) -> Policy:
        """One policy. Raises ConfigError with everything that is wrong with it."""
        policy, problems = self.read(name)
        layers.refuse(problems, EXPLAINED_IN)
        assert policy is not None
        return policy

    def policies(self) -> list[Policy]:
        """All of them. Raises ConfigError with everything that is wrong with any."""
        read = [self.read(name) for name in self.names()]
        layers.refuse([problem for _, problems in read for problem in problems], EXPLAINED_IN)
        return [policy for policy, _ in read if policy is not None]

    def read(self, name: str) -> tuple[Policy | None, list[Problem]]:
        """A policy, or everything that is wrong with it.

        Raises ConfigError if there is no such file, or if it cannot be read as text.
        """
        file = self.file(name)
        tree = layers.file(file, str(file), "make it readable for everybody")
        return parsed(tree, name)


def parsed(tree: Tree, name: str) -> tuple[Policy | None, list[Problem]]:
    """A policy out of what its file says, or everything that is wrong with it, by line and key."""
    untrusted = tree.values if isinstance(tree.values, dict) else {}
    untrusted_sources = untrusted.get("sources")
    sources = list(untrusted_sources) if isinstance(untrusted_sources, dict) else None
    context = {"name": name, "sources": sources}
    try:
        # Strict, so that "1" is not 1; through JSON, where strict still takes a list for a tuple and a text for a date.
        policy = Policy.model_validate_json(json.dumps(spelt_out(Policy, untrusted)), strict=True, context=context)
    except ValidationError as error:
        found = [_problem(tree, each, sources or []) for each in error.errors()]
        return None, tree.problems + list(dict.fromkeys(found))
    return (None if tree.problems else policy), tree.problems


def _problem(tree: Tree, error: Mapping[str, Any], sources: list[str]) -> Problem:
    path = _written_at(tree, tuple(str(part) for part in error["loc"] if part != "[key]"))
    what, hint = _said(path, error, sources)
    return Problem(tree.source, tree.line(path), ".".join(path), what, hint)


def _written_at(tree: Tree, path: KeyPath) -> KeyPath:
    """The key that stands in the file: a bare number has no `value`, and its mark may be the section's."""
    if path in tree.lines or not path:
        return path
    section = (*path[:-2], path[-1])
    if path[-1] in ("conf", "src") and section in tree.lines:
        return section
    return path[:-1] if path[-1] == "value" else path


def _said(path: tuple[str, ...], error: Mapping[str, Any], sources: list[str]) -> tuple[str, str]:
    """What is wrong in keepmum's own words, and what would be right."""
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return "there is no such key", layers.meant(path[-1], _keys(path[:-1]))
    if kind == "missing":
        return "is missing", _HINTS.get(path[-1], "")
    if kind == "literal_error":
        words = re.findall(r"'([^']+)'", error["ctx"]["expected"])
        return f"{_short(value)} cannot be; it must be one of {', '.join(words)}", layers.meant(str(value), words)
    if kind == "enum":
        return f"{_short(value)} cannot be; it must be one of D, R, I, A, M", _HINTS["conf"]
    if kind == "value_error":
        said = error["msg"].removeprefix("Value error, ")
        return said, layers.meant(str(value), sources) if path[-1] == "src" and value else ""
    return f"{_short(value)} cannot be: {error['msg'][:1].lower()}{error['msg'][1:]}", ""


_HINTS = {
    "conf": "D documented, R reported, I inferred, A assumed, M read from keepmum's own code; "
    "the section can say it for all its numbers",
    "schema": "write `schema: speaker-policy/1`",
}


def _short(value: Any) -> str:
    text = written(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _keys(path: tuple[str, ...]) -> list[str]:
    """The keys that may stand at a path; list positions and names of sources are no keys of a model."""
    annotation: Any = Policy
    for part in path:
        fields = getattr(model_in(annotation), "model_fields", {})
        annotation = fields[part].annotation if part in fields else annotation
    model = model_in(annotation)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []
