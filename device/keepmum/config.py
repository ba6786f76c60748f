"""Read the owner's wishes: the shipped file, the owner's file on top, single keys from the command line last.

Whatever is wrong anywhere is reported in one ConfigError, each with its file, line and key, what is allowed there
and, for a slip of the pen, the word that was probably meant. A file that cannot be read is an error too: a speaker
must not start with settings that nobody chose.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keepmum import schema, shipped, strict_yaml
from keepmum.errors import ConfigError
from keepmum.settings import Settings
from keepmum.strict_yaml import KeyPath, Problem, Tree

OWNERS_FILE = Path("/etc/keepmum/keepmum.yaml")
SHIPPED = "shipped"


@dataclass(frozen=True)
class Effective:
    """One key as it is in force, and who said so: `shipped`, `file:line` or `--set …`."""

    key: str
    value: Any
    source: str
    default: Any

    @property
    def changed(self) -> bool:
        """Whether it differs from what ships."""
        return bool(self.value != self.default)


@dataclass(frozen=True)
class _Leaf:
    value: Any
    tree: Tree


_Leaves = dict[KeyPath, _Leaf]


def load(path: Path | None = None, overrides: Mapping[str, str] = {}) -> Settings:
    """The settings in force.

    `path` is the owner's file (default: $KEEPMUM_CONFIG, or /etc/keepmum/keepmum.yaml if there is one);
    `overrides` maps dotted keys to values as they would stand in the file. Relative paths in the owner's file are
    seen from that file, those in `overrides` from the current folder. Raises ConfigError.
    """
    return _settings(_leaves(path, overrides))


def explain(path: Path | None = None, overrides: Mapping[str, str] = {}) -> list[Effective]:
    """Every key with its value and where it comes from. Raises ConfigError like `load`."""
    leaves = _leaves(path, overrides)
    settings = _settings(leaves)
    return [
        Effective(".".join(key), value, _source(leaves, key), _value(Settings(), key))
        for key, value in _settled(settings.model_dump(), ())
    ]


def written(value: Any) -> str:
    """A value as it could stand in the file."""
    return json.dumps(value, default=str, ensure_ascii=False)


def _leaves(path: Path | None, overrides: Mapping[str, str]) -> _Leaves:
    trees = [_file(shipped.folder() / "keepmum.yaml", SHIPPED)]
    owners = _owners_file(path)
    if owners is not None:
        trees.append(_file(owners, str(owners)))
    trees += [_override(key, text) for key, text in overrides.items()]
    leaves: _Leaves = {}
    for tree in trees:
        base = owners.parent if owners is not None and tree.source == str(owners) else None
        for key, value in _keys(tree.values or {}, ()):
            _put(leaves, key, _Leaf(_seen_from(base, key, value), tree))
    problems = [problem for tree in trees for problem in tree.problems] + _violations(leaves)
    if problems:
        raise _error(sorted(problems, key=lambda problem: (problem.source, problem.line)))
    return leaves


def _owners_file(path: Path | None) -> Path | None:
    named = path or (Path(os.environ["KEEPMUM_CONFIG"]) if os.environ.get("KEEPMUM_CONFIG") else None)
    if named is not None:
        return named.absolute()
    return OWNERS_FILE if OWNERS_FILE.exists() else None


def _file(path: Path, source: str) -> Tree:
    try:
        with path.open("rb") as file:
            untrusted_text = file.read(strict_yaml.LARGEST + 1).decode()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", "name an existing file with --config or $KEEPMUM_CONFIG"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not text in UTF-8 (byte {error.start})", "save it as UTF-8") from error
    return _checked_top(strict_yaml.read(untrusted_text, source))


def _override(key: str, text: str) -> Tree:
    read = strict_yaml.read(text, f"--set {key}")
    values = read.values
    for part in reversed(key.split(".")):
        values = {part: values}
    problems = [replace(problem, line=0) for problem in read.problems]
    return Tree(read.source, {} if problems else values, {}, problems)


def _checked_top(tree: Tree) -> Tree:
    if tree.values is not None and not isinstance(tree.values, dict):
        tree.problems.append(Problem(tree.source, 1, "", "not a list of `key: value` lines", "see config/keepmum.yaml"))
        tree.values = None
    return tree


def _keys(values: dict[str, Any], above: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Each key that says something. An empty section says nothing: its keys may all be commented out."""
    for part, value in values.items():
        key = (*above, str(part))
        node = schema.at(key)
        is_section = node is not None and schema.is_section(node)
        if is_section and isinstance(value, dict) and value:
            yield from _keys(value, key)
        elif not is_section or value is not None:
            yield key, value


def _settled(values: dict[str, Any], above: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Each key of the settings themselves, all of them."""
    for part, value in values.items():
        key = (*above, part)
        if schema.keys(key):
            yield from _settled(value, key)
        else:
            yield key, value


def _put(leaves: _Leaves, key: KeyPath, leaf: _Leaf) -> None:
    for other in [other for other in leaves if other[: len(key)] == key or key[: len(other)] == other]:
        del leaves[other]
    leaves[key] = leaf


def _seen_from(base: Path | None, key: KeyPath, value: Any) -> Any:
    node = schema.at(key)
    if base is None or node is None or not schema.is_path(node) or not isinstance(value, str):
        return value
    return str(base / value)


def _settings(leaves: _Leaves) -> Settings:
    """Strict, so that "17" is not 17; through JSON, where strict still takes a string for a path."""
    values: dict[str, Any] = {}
    for key, leaf in leaves.items():
        section = values
        for part in key[:-1]:
            section = section.setdefault(part, {})
        section[key[-1]] = leaf.value
    return Settings.model_validate_json(json.dumps(values), strict=True)


def _violations(leaves: _Leaves) -> list[Problem]:
    try:
        _settings(leaves)
    except ValidationError as error:
        found = {_path(leaves, violation["loc"]): str(violation["msg"]) for violation in error.errors()}
        return [_violation(leaves, path, message) for path, message in found.items()]
    return []


def _path(leaves: _Leaves, untrusted_location: tuple[int | str, ...]) -> KeyPath:
    """The key that pydantic means; beyond it stand list positions and the names of alternatives."""
    path = tuple(str(part) for part in untrusted_location)
    while path and not any(key[: len(path)] == path for key in leaves):
        path = path[:-1]
    return path


def _violation(leaves: _Leaves, path: KeyPath, message: str) -> Problem:
    leaf = _latest(leaves, path)
    node = schema.at(path)
    what, hint = _unknown(path) if node is None else _wrong(node, leaves.get(path), message)
    tree = leaf.tree if leaf else Tree("the settings")
    return Problem(tree.source, tree.line(path), ".".join(path), what, hint)


def _unknown(path: KeyPath) -> tuple[str, str]:
    known = schema.keys(path[:-1])
    near = difflib.get_close_matches(path[-1], known, n=1)
    return "there is no such key", f"did you mean {near[0]}?" if near else f"here are: {', '.join(known)}"


def _wrong(node: schema.Node, leaf: _Leaf | None, message: str) -> tuple[str, str]:
    if leaf is None:  # what is wrong is how the keys of a section go together
        return message.removeprefix("Value error, "), ""
    value = written(leaf.value)
    shown = value if len(value) <= 60 else value[:57] + "…"
    near = difflib.get_close_matches(str(leaf.value), schema.words(node), n=1)
    return f"{shown} cannot be; it must be {schema.allowed(node)}", f"did you mean {near[0]}?" if near else ""


def _error(problems: list[Problem]) -> ConfigError:
    if len(problems) == 1:
        return ConfigError(str(problems[0]), problems[0].hint or "config/keepmum.yaml explains every key")
    lines = [f"{problem}" + (f"\n    hint: {problem.hint}" if problem.hint else "") for problem in problems]
    return ConfigError(
        f"{len(problems)} problems in the configuration\n  " + "\n  ".join(lines),
        "config/keepmum.yaml explains every key",
    )


def _source(leaves: _Leaves, key: KeyPath) -> str:
    leaf = _latest(leaves, key)
    if leaf is None or leaf.tree.source == SHIPPED:
        return SHIPPED
    line = leaf.tree.line(key)
    return f"{leaf.tree.source}:{line}" if line else leaf.tree.source


def _latest(leaves: _Leaves, path: KeyPath) -> _Leaf | None:
    """What stands at a path, or what was said last of all that stands below it."""
    return next((leaf for key, leaf in reversed(leaves.items()) if key[: len(path)] == path), None)


def _value(settings: Settings, key: KeyPath) -> Any:
    value: Any = settings
    for part in key:
        value = getattr(value, part)
    return value
