"""What every step can do: look, do, and undo; and what all of them know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

from journal import Journal, words
from machine import Machine
from wishes import Wishes


@dataclass
class Case:
    """One run of the installer."""

    machine: Machine
    wishes: Wishes
    journal: Journal
    target: str
    """The name of the release that this checkout makes."""
    notes: list[str] = field(default_factory=list)
    """What is left for the owner to know or do, told at the end."""
    asks: bool = False
    """Whether somebody sits at a terminal and wants to be asked."""


class Step(Protocol):
    """One part of an installation. Each may be done again at any time, whatever became of it the last time."""

    @property
    def name(self) -> str:
        """One word; also its key in the journal."""
        ...

    @property
    def why(self) -> str:
        """What it is good for, in a few words."""
        ...

    def wanted(self, case: Case) -> list[str]:
        """What it would change, in words; nothing if all is as it should be. Changes nothing, and needs no root."""
        ...

    def do(self, case: Case) -> None:
        """Do it. Writes into the journal what it is about to bring, before it brings it. Raises InstallError."""
        ...

    def undo(self, case: Case) -> None:
        """Take it away, whether it was done, begun, or never begun. Raises InstallError."""
        ...


def new_folders(case: Case, step: str, paths: Iterable[str]) -> list[str]:
    """The folders that a step makes for these files, the outer ones first, with those of an earlier, interrupted run.

    They are taken away again if nothing else is in them.
    """
    above = [str(folder) for path in paths for folder in reversed(PurePosixPath(path).parents)]
    missing = [folder for folder in above if not case.machine.at(folder).is_dir()]
    return list(dict.fromkeys([*words(case.journal.facts(step), "folders"), *missing]))
