"""Where board profiles stand: those that ship with keepmum, and the owner's own, which win over a shipped one."""

from __future__ import annotations

from pathlib import Path

from keepmum import layers
from keepmum.boards.pins import conflicts
from keepmum.boards.profile import Board
from keepmum.layers import Layers
from keepmum.named_files import NamedFiles
from keepmum.strict_yaml import Problem, Tree

EXPLAINED_IN = "config/boards/README.md"


class Shelf(NamedFiles):
    """The profiles that can be named in `hardware.board`."""

    def __init__(self, owners: Path | None = None) -> None:
        """`owners` is a folder with profiles of the owner's; it need not be there."""
        super().__init__("boards", "board", owners)

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
