"""Starts keepmum at every start of the computer and now, waits until it is well, and goes back to what was if not."""

from __future__ import annotations

import re
from pathlib import Path

import files
import places
from journal import words
from machine import Machine
from trouble import InstallError

from steps import boot, release, switch, units
from steps.step import Case

TARGET = "keepmum.target"
NEEDED = ("keepmum-listener.service", "keepmum-skills.service")
"""What has to run for it to be well. The uplink runs only where there is a broker, and not in quiet hours."""
NOT_BY_ITSELF = {"keepmum-panel.socket"}
"""Nothing listens on the network by default: whoever wants the page in a browser enables it."""

_PATIENCE = 90
_STEADY = 6
"""Seconds: how long it may take to become ready on a slow Pi, and for how long it must then stay so."""
_GIVES_UP = 3
"""Starts after which it is clear that something does not begin to run by waiting."""
_RUNS = "active running"


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
            elif _is_down(machine):
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
        await_wellness(machine)
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


def await_wellness(machine: Machine) -> None:
    """Wait until what is needed is ready and stays so; raises InstallError with its last words if it does not."""
    steady, before, states = 0, dict[str, str](), dict[str, str]()
    for _ in range(_PATIENCE):
        states = _states(machine)
        runs = all(state.startswith(_RUNS) for state in states.values())
        steady = steady + 1 if runs and states == before else 0
        before = states
        machine.progress.at(steady / _STEADY, "waiting until it is ready, and stays so")
        if steady >= _STEADY:
            return
        if max(map(_starts, states.values())) >= _GIVES_UP:
            break
        machine.pause(1.0)
    raise _trouble(machine, states)


def _trouble(machine: Machine, states: dict[str, str]) -> InstallError:
    bad = max(states, key=lambda unit: (not states[unit].startswith(_RUNS), _starts(states[unit])))
    said = machine.run("journalctl", "--unit", bad, "--lines=8", "--output=cat", "--no-pager").said.splitlines()[-8:]
    what = f"{bad} is {' '.join(states[bad].split()[:2])}, started again {_starts(states[bad])} times"
    return InstallError("\n  ".join([what, *said]), "`sudo keepmum doctor` says what is missing")


def _starts(state: str) -> int:
    last = state.rsplit(maxsplit=1)[-1]
    return int(last) if last.isdigit() else 0


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
        await_wellness(case.machine)
    return well


def _is_down(machine: Machine) -> bool:
    return any(not state.startswith("active") for state in _states(machine).values())


def _states(machine: Machine) -> dict[str, str]:
    """`active running 0` for each that is needed: what it does, and how often it was started again."""
    keys = ("ActiveState", "SubState", "NRestarts")
    shown = machine.run("systemctl", "show", f"--property={','.join(keys)}", *NEEDED).said
    tables = [dict(re.findall(r"^(\w+)=(.*)$", block, re.M)) for block in shown.split("\n\n")]
    told = [" ".join(table.get(key) or "unknown" for key in keys) for table in tables]
    return dict(zip(NEEDED, [*told, *["unknown"] * len(NEEDED)], strict=False))


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
