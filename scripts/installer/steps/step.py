"""What every step can do: look, do, and undo; and what all of them know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from journal import Journal
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

    def facts(self, step: Step) -> dict[str, object]:
        """What a step wrote down, now or in an earlier run."""
        return self.journal.facts(step.name)


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
