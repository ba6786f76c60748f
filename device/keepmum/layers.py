"""Lays YAML files over each other and checks what comes out, with the line and the author of every key.

A later layer replaces single keys of an earlier one. Whatever is wrong in any of them becomes a Problem with its file,
line and key, what is allowed there and, for a slip of the pen, the word that was probably meant.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from keepmum import schema, strict_yaml
from keepmum.errors import ConfigError
from keepmum.schema import Node, Schema
from keepmum.strict_yaml import KeyPath, Problem, Tree

SHIPPED = "shipped"
"""The layer that everybody has, as a source."""

Model = TypeVar("Model", bound=BaseModel)


def file(path: Path, source: str, hint: str) -> Tree:
    """What a file says, under the name `source`. Raises ConfigError with `hint` if it cannot be read as text."""
    try:
        with path.open("rb") as opened:
            untrusted_text = opened.read(strict_yaml.LARGEST + 1).decode()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not text in UTF-8 (byte {error.start})", "save it as UTF-8") from error
    return _checked_top(strict_yaml.read(untrusted_text, source))


def refuse(problems: list[Problem], explained_in: str) -> None:
    """Raise one ConfigError that tells all problems, by file and line; do nothing if there are none."""
    if not problems:
        return
    problems = sorted(problems, key=lambda problem: (problem.source, problem.line))
    hint = f"{explained_in} explains every key"
    if len(problems) == 1:
        raise ConfigError(str(problems[0]), problems[0].hint or hint)
    lines = [f"{problem}" + (f"\n    hint: {problem.hint}" if problem.hint else "") for problem in problems]
    raise ConfigError(f"{len(problems)} problems in the configuration\n  " + "\n  ".join(lines), hint)


def meant(word: str, known: list[str]) -> str:
    """The hint for a word that is not known: the one that is nearest, or all of them."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"here are: {', '.join(known)}" if known else ""


@dataclass(frozen=True)
class Leaf:
    """One key's value, and the layer that said it."""

    value: Any
    tree: Tree


class Layers(Generic[Model]):
    """What several trees say together about one model."""

    def __init__(self, model: type[Model]) -> None:
        self.leaves: dict[KeyPath, Leaf] = {}
        """Every key that somebody spoke about, in the order in which it was said."""
        self._model = model
        self._schema: Schema = schema.of(model)
        self._form: list[Problem] = []

    def lay(self, tree: Tree, base: Path | None = None) -> None:
        """Put a tree on top; relative paths in it are seen from `base`, if there is one."""
        self._form += tree.problems
        for key, value in self._keys(tree.values or {}, ()):
            self._put(key, Leaf(self._seen_from(base, key, value), tree))

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the form and the content of the layers."""
        return self._form + self._violations()

    def built(self) -> Model:
        """The model. Raises pydantic's ValidationError where `problems` is not empty.

        Strict, so that "17" is not 17; through JSON, where strict still takes a string for a path.
        """
        values: dict[str, Any] = {}
        for key, leaf in self.leaves.items():
            section = values
            for part in key[:-1]:
                section = section.setdefault(part, {})
            section[key[-1]] = leaf.value
        return self._model.model_validate_json(json.dumps(values), strict=True)

    def latest(self, path: KeyPath) -> Leaf | None:
        """What stands at a path, or what was said last of all that stands below it."""
        return next((leaf for key, leaf in reversed(self.leaves.items()) if key[: len(path)] == path), None)

    def _keys(self, values: dict[str, Any], above: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
        """Each key that says something. An empty section says nothing: its keys may all be commented out."""
        for part, value in values.items():
            key = (*above, str(part))
            node = self._schema.at(key)
            is_section = node is not None and schema.is_section(node)
            if is_section and isinstance(value, dict) and value:
                yield from self._keys(value, key)
            elif not is_section or value is not None:
                yield key, value

    def _put(self, key: KeyPath, leaf: Leaf) -> None:
        for other in [other for other in self.leaves if other[: len(key)] == key or key[: len(other)] == other]:
            del self.leaves[other]
        self.leaves[key] = leaf

    def _seen_from(self, base: Path | None, key: KeyPath, value: Any) -> Any:
        node = self._schema.at(key)
        if base is None or node is None or not self._schema.is_path(node) or not isinstance(value, str):
            return value
        return str(base / value)

    def _violations(self) -> list[Problem]:
        try:
            self.built()
        except ValidationError as error:
            wrong = error.errors()
            gaps = [each["loc"] for each in wrong if each["type"] == "missing" and isinstance(each["loc"][-1], str)]
            found = {self._path(each["loc"]): str(each["msg"]) for each in wrong if each["loc"] not in gaps}
            return [self._gap(tuple(map(str, gap))) for gap in gaps] + [
                self._violation(*each) for each in found.items()
            ]
        return []

    def _gap(self, path: KeyPath) -> Problem:
        leaf = self.latest(path[:-1])
        tree = leaf.tree if leaf else Tree("the settings")
        node = self._schema.at(path)
        hint = f"it must be {self._schema.allowed(node)}" if node else ""
        return Problem(tree.source, tree.line(path[:-1]), ".".join(path), "is missing", hint)

    def _path(self, untrusted_location: tuple[int | str, ...]) -> KeyPath:
        """The key that pydantic means; beyond it stand list positions and the names of alternatives."""
        path = tuple(str(part) for part in untrusted_location)
        while path and not any(key[: len(path)] == path for key in self.leaves):
            path = path[:-1]
        return path

    def _violation(self, path: KeyPath, message: str) -> Problem:
        leaf = self.latest(path)
        node = self._schema.at(path)
        if node is None:
            what, hint = self._unknown(path)
        elif path in self.leaves:
            what, hint = self._wrong(node, self.leaves[path].value)
        else:  # what is wrong is how the keys of a section go together
            what, hint = message.removeprefix("Value error, "), self._authors(path)
        tree = leaf.tree if leaf else Tree("the settings")
        return Problem(tree.source, tree.line(path), ".".join(path), what, hint)

    def _unknown(self, path: KeyPath) -> tuple[str, str]:
        above = self._schema.at(path[:-1]) or {}
        patterns = " or ".join(above.get("patternProperties", {}))
        if patterns:
            return "cannot be a key here", f"keys here are written as {patterns}"
        return "there is no such key", meant(path[-1], self._schema.keys(path[:-1]))

    def _wrong(self, node: Node, value: Any) -> tuple[str, str]:
        text = written(value)
        shown = text if len(text) <= 60 else text[:57] + "…"
        near = difflib.get_close_matches(str(value), self._schema.words(node), n=1)
        allowed = self._schema.allowed(node)
        return f"{shown} cannot be; it must be {allowed}", f"did you mean {near[0]}?" if near else ""

    def _authors(self, path: KeyPath) -> str:
        """Who said what about a section, where more than one layer that has a name of its own did."""
        said: dict[str, list[str]] = {}
        for key, leaf in self.leaves.items():
            if key[: len(path)] == path and leaf.tree.source != SHIPPED:
                said.setdefault(leaf.tree.source, []).append(key[-1])
        if len(said) < 2:
            return ""
        who = "; ".join(f"{source} says {', '.join(keys)}" for source, keys in said.items())
        return f"{who}: write null for a key that you take back"


def written(value: Any) -> str:
    """A value as it could stand in the file."""
    return json.dumps(value, default=str, ensure_ascii=False)


def _checked_top(tree: Tree) -> Tree:
    if tree.values is not None and not isinstance(tree.values, dict):
        tree.problems.append(Problem(tree.source, 1, "", "not a list of `key: value` lines", "see config/keepmum.yaml"))
        tree.values = None
    return tree
