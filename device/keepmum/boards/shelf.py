"""Where board profiles stand: those that ship with keepmum, and the owner's own, which win over a shipped one."""

from __future__ import annotations

import re
from pathlib import Path

from keepmum import layers, shipped
from keepmum.boards.pins import conflicts
from keepmum.boards.profile import Board
from keepmum.errors import ConfigError
from keepmum.layers import Layers
from keepmum.strict_yaml import Problem, Tree

EXPLAINED_IN = "config/boards/README.md"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Shelf:
    """The profiles that can be named in `hardware.board`."""

    def __init__(self, owners: Path | None = None) -> None:
        """`owners` is a folder with profiles of the owner's; it need not be there."""
        self._folders = [folder for folder in (owners, shipped.folder() / "boards") if folder is not None]

    def names(self) -> list[str]:
        """Every profile, in the order of the alphabet."""
        found = {file.stem for folder in self._folders for file in folder.glob("*.yaml")}
        return sorted(name for name in found if _NAME.fullmatch(name))

    def file(self, name: str) -> Path:
        """The file of a profile. Raises ConfigError if there is none of that name."""
        files = [folder / f"{name}.yaml" for folder in self._folders] if _NAME.fullmatch(name) else []
        for file in files:
            if file.is_file():
                return file
        begun = [known for known in self.names() if name and known.startswith(name)]
        hint = f"did you mean {' or '.join(begun)}?" if begun else layers.meant(name, self.names())
        raise ConfigError(f"there is no board {name!r}", hint)

    def board(self, name: str) -> Board:
        """One profile. Raises ConfigError with everything that is wrong with it."""
        board, _, problems = self.read(name)
        layers.refuse(problems, EXPLAINED_IN)
        assert board is not None
        return board

    def boards(self) -> list[Board]:
        """All of them. Raises ConfigError with everything that is wrong with any."""
        read = [self.read(name) for name in self.names()]
        layers.refuse([problem for _, _, problems in read for problem in problems], EXPLAINED_IN)
        return [board for board, _, _ in read if board is not None]

    def read(self, name: str) -> tuple[Board | None, Tree, list[Problem]]:
        """A profile, its `hardware` section as a layer of the settings, and what is wrong; no board if anything is.

        Raises ConfigError if there is no such file, or if it cannot be read as text.
        """
        file = self.file(name)
        tree = layers.file(file, str(file), "make it readable for everybody")
        said = Layers(Board)
        said.lay(tree)
        problems = said.problems()
        if problems:
            return None, Tree(f"board {name}"), problems
        board = said.built()
        problems = _misfits(board, name, tree)
        hardware = tree.values.get("hardware") or {}
        layer = Tree(f"board {name}", {} if problems else {"hardware": hardware})
        return None if problems else board, layer, problems


def _misfits(board: Board, name: str, tree: Tree) -> list[Problem]:
    """What is wrong with a profile whose every key is right."""
    problems = [
        Problem(tree.source, tree.line(path), ".".join(path), conflict.what, conflict.hint)
        for conflict in conflicts(board.hardware, board)
        for path in [tuple(conflict.keys[0].split("."))]
    ]
    if board.id != name:
        problems.append(
            Problem(tree.source, tree.line(("id",)), "id", f"{board.id} stands in {name}.yaml", "make them one")
        )
    return problems
