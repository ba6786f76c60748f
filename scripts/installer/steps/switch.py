"""The one moment at which a release becomes the one in use, and the way back."""

from __future__ import annotations

import os

import files
import places
from journal import words
from machine import Machine

from steps import release, wellness
from steps.step import Case, new_folders


class Switch:
    """The step."""

    name = "switch"
    why = "from now on this release"

    def wanted(self, case: Case) -> list[str]:
        changes = []
        if current(case.machine) != case.target:
            changes.append(f"point {places.CURRENT} to {case.target}")
        if _target(case.machine, places.COMMAND) != f"{places.CURRENT}/bin/keepmum":
            changes.append(f"make {places.COMMAND}")
        return changes

    def do(self, case: Case) -> None:
        machine = case.machine
        _remember_wellness(case)
        facts = case.journal.facts(self.name)
        again = facts.get("to") == case.target  # by now some may have been stopped, and the way back been changed
        ran = sorted({*running(machine), *(was_running(case) if again else ())})
        before = [name for name in (previous(machine),) if name and name != case.journal.well]
        case.journal.begins(
            self.name,
            {
                "to": case.target,
                "running": ran,
                "before": words(facts, "before") if again else before,
                "folders": new_folders(case, self.name, [places.COMMAND]),
            },
        )
        stop(case)
        if case.journal.well and case.journal.well != case.target:
            files.link(machine.at(places.PREVIOUS), f"releases/{case.journal.well}")
        files.link(machine.at(places.CURRENT), f"releases/{case.target}")
        files.link(machine.at(places.COMMAND), f"{places.CURRENT}/bin/keepmum")

    def undo(self, case: Case) -> None:
        if _target(case.machine, places.COMMAND) == f"{places.CURRENT}/bin/keepmum":
            files.remove(case.machine.at(places.COMMAND))
        for path in (places.CURRENT, places.PREVIOUS):
            files.remove(case.machine.at(path))
        for folder in reversed(words(case.journal.facts(self.name), "folders")):
            files.remove_if_empty(case.machine.at(folder))


def _remember_wellness(case: Case) -> None:
    """A release that runs now is one to go back to, though nobody waited for it: it came up with the computer."""
    machine = case.machine
    now = current(machine)
    if machine.is_booted and now and now != case.target and wellness.runs(machine):
        case.journal.is_well(now)


def current(machine: Machine) -> str | None:
    """The release in use."""
    target = _target(machine, places.CURRENT)
    return target.rpartition("/")[2] if target else None


def previous(machine: Machine) -> str | None:
    """The release that was in use before."""
    target = _target(machine, places.PREVIOUS)
    return target.rpartition("/")[2] if target else None


def back(case: Case, to: str) -> None:
    """Use an earlier release again, and have the one before it as the way back again."""
    machine = case.machine
    files.link(machine.at(places.CURRENT), f"releases/{to}")
    before = [
        name for name in words(case.journal.facts(Switch.name), "before") if release.folder(machine, name).is_dir()
    ]
    if before:
        files.link(machine.at(places.PREVIOUS), f"releases/{before[0]}")
    else:
        files.remove(machine.at(places.PREVIOUS))
    files.remove(release.folder(machine, case.target))


def running(machine: Machine) -> list[str]:
    """Those of keepmum's units that somebody may have started besides the target's own: its page and its timers."""
    if not machine.is_booted:
        return []
    listed = machine.run("systemctl", "list-units", "--plain", "--no-legend", "--state=active", "keepmum*")
    units = [line.split()[0] for line in listed.said.splitlines() if line.split()]
    return [unit for unit in units if unit.endswith((".socket", ".timer"))]


def stop(case: Case) -> None:
    """Stop everything of keepmum's, so that no socket starts the old release again while the new one comes."""
    if case.machine.is_booted:
        case.machine.must("keepmum cannot be stopped", "see what it says above", ("systemctl", "stop", "keepmum*"))


def was_running(case: Case) -> list[str]:
    """What was running besides the target when the switch began."""
    return words(case.journal.facts(Switch.name), "running")


def _target(machine: Machine, path: str) -> str | None:
    try:
        return os.readlink(machine.at(path))
    except OSError:
        return None
