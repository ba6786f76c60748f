"""Debian's packages that keepmum needs: brought by apt, or out of a bundle, and written down to be taken away again."""

from __future__ import annotations

import re

from bundled import Bundled
from journal import words
from machine import Machine
from trouble import InstallError

from steps.step import Case

EVERYWHERE = {
    "libportaudio2": "microphones and loudspeakers",
    "espeak-ng": "the voice that answers",
    "alsa-utils": "the mixer of a sound card",
    "python3-venv": "a place for Python packages",
}
ON_A_PI = {
    "python3-lgpio": "a board's button",
    "python3-spidev": "a board's lamps",
}
"""From apt and not from PyPI: there lgpio is an empty stub for Python 3.13, and spidev has no wheel. Debian itself has
no lgpio; Raspberry Pi's own archive does."""

_OPTIONS = (
    "-o=APT::Keep-Downloaded-Packages=false",
    "-o=DPkg::Lock::Timeout=300",  # a new system brings itself up to date in the meantime
    "-o=Dpkg::Use-Pty=0",
)
_OFFLINE = "is the network there? Without one: `scripts/install --bundle FILE` elsewhere, `--from FILE` here"
_CONFIGURE = ("dpkg", "--configure", "-a")
_SEE_DPKG = "run `sudo dpkg --configure -a`, and see what it says"
_BROKEN = "run `sudo apt-get check`, and see what it says"


class Packages:
    """The step."""

    name = "packages"
    why = "what keepmum needs of Debian"

    def __init__(self, bundle: Bundled | None) -> None:
        self._bundle = bundle

    def wanted(self, case: Case) -> list[str]:
        why = EVERYWHERE | ON_A_PI
        return [f"install {name} ({why[name]})" for name in self._missing(case.machine)]

    def do(self, case: Case) -> None:
        machine = case.machine
        torn = self._complete(machine)
        self._update(machine)
        if torn:
            self._again(machine, torn)
        names = self._missing(machine)
        simulated = machine.must("apt cannot install what keepmum needs", _BROKEN, self._install("--simulate", *names))
        brings = re.findall(r"^Inst (\S+) (?!\[)", simulated, re.M)
        before = words(case.journal.facts(self.name), "brought")
        case.journal.begins(self.name, {"brought": sorted({*before, *brings})})
        machine.must(
            "apt did not install what keepmum needs",
            "see its last lines above; nothing is lost, run this again afterwards",
            self._install("-o=APT::Status-Fd=1", *names),
            each=lambda line: _show(machine, line),
        )

    def undo(self, case: Case) -> None:
        machine = case.machine
        ours = sorted(_installed(machine, words(case.journal.facts(self.name), "brought")))
        goes = _removable(machine, ours)
        kept = sorted(set(ours) - set(goes))
        if kept:
            case.notes.append(f"packages that others need by now stay: {', '.join(kept)}")
        if goes:
            machine.must(
                "apt did not remove what the installer had brought",
                "see its last lines above, then run this again",
                ("apt-get", "purge", "-y", *_OPTIONS, "-o=APT::Status-Fd=1", *goes),
                each=lambda line: _show(machine, line),
            )

    def _complete(self, machine: Machine) -> list[str]:
        """Let dpkg finish what was being set up; returns what it cannot, because it was cut off while it unpacked."""
        machine.run(*_CONFIGURE)
        asked = machine.run("dpkg-query", "--show", "--showformat=${binary:Package} ${db:Status-Eflag}\\n")
        torn = [line.split()[0] for line in asked.said.splitlines() if line.endswith(" reinstreq")]
        if not torn:
            machine.must("packages that were being installed cannot be completed", _SEE_DPKG, _CONFIGURE)
        return torn

    def _again(self, machine: Machine, torn: list[str]) -> None:
        """Unpack them anew, which is all that dpkg lets one do with them."""
        machine.must(
            f"what a stop tore apart cannot be installed anew ({', '.join(torn)})",
            _BROKEN,
            self._install("--reinstall", *torn),
        )
        machine.must("packages that were being installed cannot be completed", _SEE_DPKG, _CONFIGURE)

    def _options(self) -> tuple[str, ...]:
        return (*_OPTIONS, *(self._bundle.apt() if self._bundle else ()))

    def _install(self, *more: str) -> tuple[str, ...]:
        return ("apt-get", "install", "-y", "--no-install-recommends", *self._options(), *more)

    def _update(self, machine: Machine) -> None:
        """Let apt read its lists again. That one source of the owner's does not answer is no reason to fail."""
        words = ("apt-get", "update", *self._options())
        done = machine.run(*words, each=lambda line: machine.progress.at(0.0, line))
        missing = self._missing(machine)
        if nowhere := sorted(set(missing) - self._offered(machine, missing)):
            why = "\n  ".join(["", *done.said.splitlines()[-4:]]) if done.code else ""
            hint = _OFFLINE if done.code else "is Debian's `main` in its sources?"
            raise InstallError(f"apt does not know {', '.join(nowhere)}{why}", hint)

    def _missing(self, machine: Machine) -> list[str]:
        """What is not there; of a Pi's packages only those that some archive of this system has."""
        needed = [*EVERYWHERE, *(ON_A_PI if machine.is_pi else ())]
        there = _installed(machine, needed)
        missing = [name for name in needed if name not in there]
        offered = self._offered(machine, [name for name in missing if name in ON_A_PI])
        return [name for name in missing if name in EVERYWHERE or name in offered]

    def _offered(self, machine: Machine, names: list[str]) -> set[str]:
        """Those that apt could install."""
        if not names:
            return set()
        asked = machine.run("apt-cache", "policy", *self._options(), *names)
        return set(re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (?!\(none\))", asked.said, re.M))


def _installed(machine: Machine, names: list[str]) -> set[str]:
    if not names:
        return set()
    asked = machine.run("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", *names)
    return {line.split()[0] for line in asked.said.splitlines() if line.endswith(" installed")}


def _removable(machine: Machine, ours: list[str]) -> list[str]:
    """Of our packages those whose removal takes nothing along that is not ours, too."""
    goes = list(ours)
    while goes and (others := _removes(machine, goes) - set(ours)):
        # Somebody else's package needs one of ours. Which of them is found by asking for each alone.
        kept = [name for name in goes if _removes(machine, [name]) & others] or goes[:1]
        goes = [name for name in goes if name not in kept]
    return goes


def _removes(machine: Machine, names: list[str]) -> set[str]:
    asked = machine.must("apt cannot remove packages", _BROKEN, ("apt-get", "purge", "--simulate", "-y", *names))
    return set(re.findall(r"^(?:Remv|Purg) (\S+)", asked, re.M))


def _show(machine: Machine, line: str) -> None:
    """Apt's own count: `pmstatus:libopus0:37.5:Unpacking libopus0`."""
    found = re.match(r"(?:dlstatus|pmstatus):([^:]*):([\d.]+):(.*)", line)
    if found:
        half = 0.0 if line.startswith("dl") else 0.5
        machine.progress.at(half + float(found[2]) / 200, found[3][:60])
