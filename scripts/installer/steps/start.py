"""Starts keepmum at every start of the computer and now, waits until it is well, and goes back to what was if not."""

from __future__ import annotations

from pathlib import Path

import files
import places
from journal import words

from steps import boot, release, switch, units, wellness
from steps.step import Case

TARGET = "keepmum.target"
NOT_BY_ITSELF = {"keepmum-panel.socket"}
"""Nothing listens on the network by default: whoever wants the page in a browser enables it."""


class Start:
    """The step."""

    name = "start"
    why = "now, and whenever the computer starts"

    def wanted(self, case: Case) -> list[str]:
        machine = case.machine
        new = [name for name in _enabled_by_us(machine.checkout / "systemd") if name not in self._enabled(case)]
        changes = [f"enable {name}" for name in new]
        if machine.is_booted and not self._waits(case):
            if case.journal.well != case.target:
                changes.append(f"start {TARGET} and wait until it is well")
            elif wellness.is_down(machine):
                changes.append(f"start {TARGET}, which does not run")
        return changes

    def do(self, case: Case) -> None:
        machine = case.machine
        wanted = _enabled_by_us(release.folder(machine, case.target) / "systemd")
        new = [name for name in wanted if name not in self._enabled(case)]
        case.journal.begins(self.name, {"enabled": wanted})
        if new:
            machine.must("the units cannot be enabled", "see what it says above", ("systemctl", "enable", *new))
        if not machine.is_booted:
            case.notes.append("this system does not run yet: keepmum starts with it")
            return
        if self._waits(case):
            return
        launch(case)
        wellness.wait(machine)
        case.journal.is_well(case.target)
        _tidy(case)

    def undo(self, case: Case) -> None:
        machine = case.machine
        there = [path.name for path in machine.at(places.UNITS).glob("keepmum*")]
        if not there:
            return
        if machine.is_booted:
            switch.stop(case)
        machine.run("systemctl", "disable", *(name for name in there if not name.endswith(".owner")))
        if machine.is_booted:
            machine.run("systemctl", "reset-failed", "keepmum*")

    def _enabled(self, case: Case) -> list[str]:
        return words(case.journal.facts(self.name), "enabled")

    def _waits(self, case: Case) -> bool:
        """A first installation whose board comes to life only with the next start of the computer."""
        return case.journal.well is None and boot.needs_restart(case)


def launch(case: Case) -> None:
    """Start the target, and what else was running before."""
    machine = case.machine
    machine.run("systemctl", "reset-failed", "keepmum*")
    for unit in (TARGET, *switch.was_running(case)):
        machine.run("systemctl", "start", unit)


def go_back(case: Case) -> str | None:
    """After a failed update: use, and start, the release that was last seen well; its name, None if there is none."""
    well = case.journal.well
    if well is None or well == case.target or not release.folder(case.machine, well).is_dir():
        return None
    switch.stop(case)
    units.write(case, well)
    switch.back(case, well)
    if case.machine.is_booted:
        launch(case)
        wellness.wait(case.machine)
    return well


def _enabled_by_us(source: Path) -> list[str]:
    names = [file.name for file in sorted(source.iterdir()) if "\n[Install]" in file.read_text("utf-8", "replace")]
    return [name for name in names if name.startswith("keepmum") and name not in NOT_BY_ITSELF]


def _tidy(case: Case) -> None:
    """Remove releases that neither run nor are the way back."""
    machine = case.machine
    kept = {case.target, Path(machine.at(places.PREVIOUS)).resolve().name}
    for path in machine.at(places.RELEASES).iterdir():
        if path.name not in kept:
            files.remove(path)
