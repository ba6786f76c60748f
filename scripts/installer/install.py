"""Does the steps in their order, or takes them away in the reverse one."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

import files
import places
from bundled import Bundled
from machine import Machine
from steps import boot, release, start
from steps.accounts import Accounts
from steps.boot import Boot
from steps.packages import Packages
from steps.release import Release
from steps.settings import Settings
from steps.start import Start
from steps.step import Case, Step
from steps.switch import Switch
from steps.units import Units
from trouble import InstallError


def steps(bundle: Bundled | None) -> list[Step]:
    """Every step. From `switch` on, the release that runs is another one: what fails there goes back."""
    return [
        Packages(bundle),
        Release(bundle),
        Accounts(),
        Settings(),
        Boot(),
        Switch(),
        Units(),
        Start(),
    ]


_TURNS = {Switch.name, Units.name, Start.name}


def check(case: Case, bundle: Bundled | None) -> None:
    """Say what would change; change nothing."""
    total = 0
    for step in steps(bundle):
        changes = step.wanted(case)
        if not changes and step.name == case.journal.unfinished:
            changes = ["complete what an earlier run began"]
        total += len(changes)
        for change in changes:
            case.machine.progress.line(f"{step.name:<11} would {change}")
    case.machine.progress.line(f"{total} changes; nothing was changed" if total else "nothing to do")
    _tell_notes(case)


def install(case: Case, bundle: Bundled | None) -> None:
    """Do whatever is still wanted, step by step. Raises InstallError; the same again then goes on from there."""
    unfinished = case.journal.unfinished
    case.journal.is_in("installing")
    for step in steps(bundle):
        changes = step.wanted(case)
        if not changes and step.name != unfinished:
            case.machine.progress.line(f"{step.name:<11} as it is")
            continue
        try:
            with case.machine.progress.step(step.name, step.why):
                case.journal.is_at(step.name)
                step.do(case)
        except InstallError as error:
            if step.name in _TURNS:
                _turn_back(case, error)
            raise
    case.journal.is_in("installed")
    _finish(case)


def _turn_back(case: Case, error: InstallError) -> None:
    """After a failed update, the release that was well runs again. Raises InstallError that says so."""
    well = start.go_back(case)
    if well is not None:
        case.journal.is_in("installed")
        what = f"release {case.target} is not well, and {well} runs again: {error.what}"
        raise InstallError(what, "settings and state are as they were; tell keepmum's maintainers") from error


def _finish(case: Case) -> None:
    machine = case.machine
    if machine.is_booted:
        machine.progress.line(f"{'doctor':<11} looks at it all:")
        print(machine.run(*release.keepmum(case.target, "doctor")).said, flush=True)
    _tell_notes(case)
    if machine.is_booted and boot.needs_restart(case):
        machine.progress.line("restart this computer now: `sudo reboot`. What its board needs begins with that")
    machine.progress.line(f"installed: {case.target}. `keepmum status`, `keepmum --help`")


def uninstall(case: Case) -> None:
    """Take everything away, in the reverse order; what is not there is no trouble."""
    machine = case.machine
    there = [path for path in (places.OPT, places.ETC, places.UNITS + "/keepmum.target") if machine.at(path).exists()]
    if not case.journal.is_there and not there:
        machine.progress.line("nothing of keepmum is installed here")
        return
    case.journal.is_in("uninstalling")
    for step in reversed(steps(None)):
        with machine.progress.step(step.name, f"taking away {step.why}"):
            step.undo(case)
    case.journal.ends()
    files.remove(machine.at(places.OPT))
    _tell_notes(case)
    machine.progress.line("nothing of keepmum is left" if not case.wishes.keep_state else "the rest is gone")


def _tell_notes(case: Case) -> None:
    for note in dict.fromkeys(case.notes):
        case.machine.progress.line(f"{'note':<11} {note}")


@contextlib.contextmanager
def alone(machine: Machine) -> Iterator[None]:
    """Nobody else installs meanwhile; raises InstallError if somebody does."""
    folder = machine.at("/usr")
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise InstallError("another scripts/install runs", "wait until it has ended") from error
    finally:
        os.close(lock)
