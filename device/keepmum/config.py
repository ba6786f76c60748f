"""Read the owner's wishes: the shipped file, the board's profile, the owner's file, single keys from the command line.

Whatever is wrong anywhere is reported in one ConfigError, each with its file, line and key, what is allowed there
and, for a slip of the pen, the word that was probably meant. A file that cannot be read is an error too: a speaker
must not start with settings that nobody chose. Nor must it start with two roles on one pin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keepmum import layers, schema, shipped, strict_yaml
from keepmum.boards.pins import Conflict, conflicts
from keepmum.boards.profile import Board
from keepmum.boards.shelf import Shelf
from keepmum.errors import ConfigError
from keepmum.layers import SHIPPED, Layers
from keepmum.settings import Settings
from keepmum.strict_yaml import KeyPath, Problem, Tree

OWNERS_FILE = Path("/etc/keepmum/keepmum.yaml")
EXPLAINED_IN = "config/keepmum.yaml"
_BOARD = ("hardware", "board")

_Layer = tuple[Tree, Path | None]
"""What somebody says, and the folder from which relative paths in it are seen."""


@dataclass(frozen=True)
class Effective:
    """One key as it is in force, and who said so: `shipped`, `board NAME`, `file:line` or `--set …`."""

    key: str
    value: Any
    source: str
    default: Any

    @property
    def changed(self) -> bool:
        """Whether it differs from what ships."""
        return bool(self.value != self.default)


def load(path: Path | None = None, overrides: Mapping[str, str] = {}) -> Settings:
    """The settings in force.

    `path` is the owner's file (default: $KEEPMUM_CONFIG, or /etc/keepmum/keepmum.yaml if there is one);
    `overrides` maps dotted keys to values as they would stand in the file. Relative paths in the owner's file are
    seen from that file, those in `overrides` from the current folder. Raises ConfigError.
    """
    return _checked(path, overrides).built()


def explain(path: Path | None = None, overrides: Mapping[str, str] = {}) -> list[Effective]:
    """Every key with its value and where it comes from. Raises ConfigError like `load`."""
    said = _checked(path, overrides)
    return [
        Effective(".".join(key), value, _source(said, key), _value(Settings(), key))
        for key, value in _settled(said.built().model_dump(), ())
    ]


def shelf(path: Path | None = None) -> Shelf:
    """The board profiles that the owner can name: those in `boards/` beside their file, and the shipped ones."""
    owners = _owners_file(path)
    return Shelf(owners.parent / "boards" if owners is not None else None)


def _checked(path: Path | None, overrides: Mapping[str, str]) -> Layers[Settings]:
    """All layers, the board's in its place. Raises ConfigError with everything that is wrong with any of them."""
    owners = _owners_file(path)
    own: list[_Layer] = [(_override(key, text), None) for key, text in overrides.items()]
    if owners is not None:
        tree = layers.file(owners, str(owners), "name an existing file with --config or $KEEPMUM_CONFIG")
        own.insert(0, (tree, owners.parent))
    base = layers.file(shipped.folder() / "keepmum.yaml", SHIPPED, "install keepmum again"), None
    board, profile, problems = _board(_laid([base, *own]), shelf(path))
    said = _laid([base, (profile, None), *own])
    if problems:
        said.leaves.pop(_BOARD, None)  # a name that is no board's would be told twice
    problems += said.problems()
    if not problems:
        problems = [_clash(said, conflict) for conflict in conflicts(said.built().hardware, board)]
    layers.refuse(problems, EXPLAINED_IN)
    return said


def _laid(each: list[_Layer]) -> Layers[Settings]:
    said = Layers(Settings)
    for tree, base in each:
        said.lay(tree, base)
    return said


def _board(said: Layers[Settings], profiles: Shelf) -> tuple[Board | None, Tree, list[Problem]]:
    """The profile that the layers name, as a layer itself, and what is wrong with it or with its name."""
    leaf = said.leaves.get(_BOARD)
    nothing = Tree("board")
    if leaf is None or not isinstance(leaf.value, str):
        return None, nothing, []
    try:
        return profiles.read(leaf.value)
    except ConfigError as error:
        return (
            None,
            nothing,
            [Problem(leaf.tree.source, leaf.tree.line(_BOARD), ".".join(_BOARD), error.what, error.hint)],
        )


def _clash(said: Layers[Settings], conflict: Conflict) -> Problem:
    """A conflict, where the last of its keys was said; the other one's author is named too."""
    paths = [tuple(key.split(".")) for key in conflict.keys]
    order = list(said.leaves)
    paths.sort(key=lambda path: order.index(path) if path in said.leaves else -1)
    *others, key = paths
    leaf = said.latest(key)
    tree = leaf.tree if leaf else Tree(SHIPPED)
    whom = "".join(f"; {'.'.join(other)} is said by {_source(said, other)}" for other in others)
    return Problem(tree.source, tree.line(key), ".".join(key), conflict.what + whom, conflict.hint)


def _owners_file(path: Path | None) -> Path | None:
    named = path or (Path(os.environ["KEEPMUM_CONFIG"]) if os.environ.get("KEEPMUM_CONFIG") else None)
    if named is not None:
        return named.absolute()
    return OWNERS_FILE if OWNERS_FILE.exists() else None


def _override(key: str, text: str) -> Tree:
    read = strict_yaml.read(text, f"--set {key}")
    values = read.values
    for part in reversed(key.split(".")):
        values = {part: values}
    problems = [replace(problem, line=0) for problem in read.problems]
    return Tree(read.source, {} if problems else values, {}, problems)


def _settled(values: dict[str, Any], above: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Each key of the settings themselves, all of them."""
    for part, value in values.items():
        key = (*above, part)
        if schema.of(Settings).keys(key):
            yield from _settled(value, key)
        else:
            yield key, value


def _source(said: Layers[Settings], key: KeyPath) -> str:
    leaf = said.latest(key)
    if leaf is None or leaf.tree.source == SHIPPED:
        return SHIPPED
    line = leaf.tree.line(key)
    return f"{leaf.tree.source}:{line}" if line else leaf.tree.source


def _value(settings: Settings, key: KeyPath) -> Any:
    value: Any = settings
    for part in key:
        value = getattr(value, part)
    return value
