"""A release of keepmum in a folder of its own: built beside the one that runs, and looked at before anybody uses it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import files
import places
import wheel
from bundled import Bundled
from machine import Machine
from trouble import InstallError

from steps.step import Case

_PARTS = "keepmum.listener.__main__, keepmum.uplink.__main__, keepmum.skills.__main__, keepmum.panel.__main__"
_GROUPS = {"speech": {"model", "wake phrases"}, "board": {"configuration"}}
"""What of the doctor's findings says that a release cannot work with these settings, whatever is connected."""


def lock(machine: Machine) -> Path:
    """The file with every wheel and its hash, for this machine's Python."""
    return machine.checkout / f"scripts/installer/constraints-{machine.python}.txt"


def name(machine: Machine) -> str:
    """`0.1.0-1a2b3c4d`: the version, and the beginning of a hash over all that a release is made of."""
    whole = hashlib.sha256(machine.python.encode())
    units = ((f"systemd/{file.name}", file) for file in sorted((machine.checkout / "systemd").iterdir()))
    for label, file in [*wheel.contents(machine.checkout), *units, ("lock", lock(machine))]:
        whole.update(f"{label} {files.digest(file.read_bytes())}\n".encode())
    return f"{wheel.project(machine.checkout)['version']}-{whole.hexdigest()[:8]}"


def folder(machine: Machine, release: str) -> Path:
    """Where a release lies."""
    return machine.at(f"{places.RELEASES}/{release}")


def keepmum(release: str, *more: str) -> tuple[str, ...]:
    """The words that run a release's `keepmum`, whether or not it is the one in use."""
    return (f"{places.RELEASES}/{release}/bin/python3", "-I", "-B", "-m", "keepmum.cli", *more)


class Release:
    """The step."""

    name = "release"
    why = "keepmum itself, beside the one that runs"

    def __init__(self, bundle: Bundled | None) -> None:
        self._bundle = bundle

    def wanted(self, case: Case) -> list[str]:
        if folder(case.machine, case.target).is_dir():
            return []
        return [f"make {places.RELEASES}/{case.target}, with the wheels of {lock(case.machine).name}"]

    def do(self, case: Case) -> None:
        if not self.wanted(case):
            return
        machine, new = case.machine, f"{case.target}.new"
        there = folder(machine, new)
        case.journal.begins(self.name, {"made": case.target})
        files.remove(there)
        try:
            self._fill(machine, there)
            check(machine, new, places.SETTINGS if machine.at(places.SETTINGS).exists() else None)
            _settle(there, folder(machine, case.target))
        except OSError as error:
            raise files.unwritable(there, error) from error
        except InstallError:
            shutil.rmtree(there, ignore_errors=True)  # the room is wanted back; what happened stands in the error
            raise

    def undo(self, case: Case) -> None:
        files.remove(case.machine.at(places.RELEASES))

    def _fill(self, machine: Machine, there: Path) -> None:
        there.parent.mkdir(parents=True, exist_ok=True)
        machine.must(
            "no folder for Python packages can be made",
            "sudo apt-get install --reinstall python3-venv",
            ("python3", "-m", "venv", "--without-pip", "--system-site-packages", str(there)),
        )
        source = ["--no-index", f"--find-links={self._bundle.wheels}"] if self._bundle else []
        pins = max(len(re.findall(r"^\S+==", lock(machine).read_text(), re.M)), 1)
        count = _counter(machine, pins)
        _pip(machine, there, [*source, "--require-hashes", "--requirement", str(lock(machine))], count)
        own = wheel.make(machine.checkout, there)
        _pip(machine, there, ["--no-index", str(own)], count)
        own.unlink()
        shutil.copytree(machine.checkout / "systemd", there / "systemd")


def _pip(machine: Machine, there: Path, what: list[str], each: Callable[[str], None]) -> None:
    """Install wheels into the release. Pip itself is Debian's, run from its own wheel: no release contains one."""
    pips = sorted(machine.at("/usr/share/python-wheels").glob("pip-*.whl"))
    if not pips:
        raise InstallError("Debian's pip is not on this machine", "sudo apt-get install --reinstall python3-pip-whl")
    scratch = there / "tmp"
    scratch.mkdir()  # not /tmp, which Debian 13 has in memory: wheels are 90 MB on their way
    options = ["--no-deps", "--only-binary=:all:", "--ignore-installed", "--no-cache-dir", "--root-user-action=ignore"]
    machine.must(
        "the wheels cannot be installed",
        "is the network there, and room on the disk? Nothing has changed for the release that runs; run this again",
        (
            f"{places.RELEASES}/{there.name}/bin/python3",
            "-I",
            f"{pips[-1]}/pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            *options,
            *what,
        ),
        each=each,
        scratch=scratch,
    )
    shutil.rmtree(scratch)


def _counter(machine: Machine, pins: int) -> Callable[[str], None]:
    seen = 0

    def count(line: str) -> None:
        nonlocal seen
        if found := re.match(r"\s*(Collecting|Installing|Processing) (\S+)", line):
            seen += found[1] == "Collecting"
            machine.progress.at(0.9 * seen / pins, f"{found[1].lower()} {found[2]}")

    return count


def check(machine: Machine, release: str, settings: str | None) -> None:
    """See whether a release starts and can work with these settings; raises InstallError with the reason."""
    machine.must(
        f"release {release} does not start",
        "tell keepmum's maintainers; what runs now goes on running",
        (f"{places.RELEASES}/{release}/bin/python3", "-I", "-B", "-c", f"import {_PARTS}"),
    )
    named = ["--config", str(machine.at(settings))] if settings else []
    machine.must(
        "your settings cannot be used",
        "correct them, then run this again; nothing has changed for what runs now",
        keepmum(release, *named, "config", "--show"),
    )
    for problem, hint in problems(machine, release, named):
        raise InstallError(f"release {release} cannot work: {problem}", hint)


def problems(machine: Machine, release: str, named: list[str]) -> list[tuple[str, str]]:
    """What the release's own doctor finds wrong with model, wake phrases and settings: what, and what to do."""
    return [
        (f"{check['check']}: {check['found']}", check["hint"])
        for check in findings(machine, release, named)
        if check["verdict"] == "problem" and check["check"] in _GROUPS.get(check["group"], ())
    ]


def findings(machine: Machine, release: str, named: list[str]) -> list[dict[str, str]]:
    """What the release's doctor says, one table for each check."""
    untrusted = machine.run(*keepmum(release, *named, "doctor", "--json")).said
    try:
        read = json.loads(untrusted.splitlines()[-1])["checks"]
        keys = ("group", "check", "verdict", "found", "hint")
        return [{key: str(one[key]) for key in keys} for one in read]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        what = f"the doctor of release {release} says nothing that can be read: {untrusted[-300:]}"
        raise InstallError(what, "tell keepmum's maintainers") from error


def _settle(new: Path, final: Path) -> None:
    """Give a complete release its name."""
    for program in (new / "bin").iterdir():
        if not program.name.startswith(("python", "keepmum")):
            program.unlink()  # of activation scripts and other packages' commands none is used
    own = new / "bin/keepmum"
    # Isolated: what a shell's environment says about Python is not for a program that root may run.
    own.write_text(f"#!{final}/bin/python3 -I\n" + own.read_text().partition("\n")[2])
    os.sync()
    files.remove(final)
    new.rename(final)
