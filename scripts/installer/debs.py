"""The Debian packages of a bundle: fetched by apt for a Debian that may be another than ours, with an index for apt.

The index is what makes a bundle work on a system that is older or newer than the bundle: apt chooses from it what is
missing, and brings what that needs up to date, as it would from the internet.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from progress import Progress
from steps.packages import EVERYWHERE, ON_A_PI
from target import Target
from trouble import InstallError

MIRROR = os.environ.get("KEEPMUM_MIRROR", "http://deb.debian.org/debian")
SECURITY = os.environ.get("KEEPMUM_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
RASPBERRY = "http://archive.raspberrypi.com/debian"
"""Plain HTTP, as Debian itself has it: apt checks signatures, and the keys are on this computer."""

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_RASPBERRY_KEYS = ("raspberrypi-archive-keyring.pgp", "raspberrypi-archive-keyring.gpg")
_LAST_WORDS = 8


def options(folder: Path) -> tuple[str, ...]:
    """Options for apt-get that show it `folder/debs` alone; writes apt's own files below `folder/apt`."""
    here = folder / "apt"
    (here / "lists/partial").mkdir(parents=True, exist_ok=True)
    (here / "sources.list").write_text(f"deb [trusted=yes] file:{folder / 'debs'} ./\n")
    return (
        f"-o=Dir::Etc::SourceList={here / 'sources.list'}",
        "-o=Dir::Etc::SourceParts=/dev/null",
        f"-o=Dir::State::Lists={here / 'lists'}",
        "-o=Dir::Cache::pkgcache=",
        "-o=Dir::Cache::srcpkgcache=",
    )


def fetch(target: Target, into: Path, progress: Progress) -> None:
    """Download what keepmum needs and all that this needs in its turn, and write the index. Raises InstallError."""
    into.mkdir()
    with tempfile.TemporaryDirectory(prefix="apt-", dir=into.parent) as name:
        apt = _Apt(Path(name), target, progress)
        apt.must("update", "apt cannot fetch the lists of packages")
        apt.must("install", "apt cannot fetch the packages", "--download-only", *apt.offered())
        for file in sorted(Path(name).glob("cache/archives/*.deb")):
            shutil.move(file, into / file.name)
    write_index(into)


class _Apt:
    """An apt with files of its own: another Debian, another machine, and nothing installed."""

    def __init__(self, folder: Path, target: Target, progress: Progress) -> None:
        self._progress = progress
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(sources(target))
        self._options = [
            f"-o=APT::Architecture={target.architecture}",
            f"-o=APT::Architectures={target.architecture}",
            f"-o=Dir::Etc::SourceList={folder / 'sources.list'}",
            "-o=Dir::Etc::SourceParts=/dev/null",
            "-o=Dir::Etc::Preferences=/dev/null",
            "-o=Dir::Etc::PreferencesParts=/dev/null",
            f"-o=Dir::State::Lists={folder / 'lists'}",
            f"-o=Dir::State::Status={folder / 'status'}",
            f"-o=Dir::State::extended_states={folder / 'extended'}",
            f"-o=Dir::Cache={folder / 'cache'}",
            f"-o=Debug::NoLocking={'true' if os.geteuid() else 'false'}",
            "-o=APT::Sandbox::User=root",  # the folder is ours alone
            "-o=APT::Install-Recommends=false",
            "-o=APT::Update::Error-Mode=any",
            "-o=Acquire::Languages=none",
            "-o=Acquire::Retries=3",
        ]

    def must(self, command: str, what: str, *more: str) -> None:
        said: list[str] = []
        with subprocess.Popen(
            ["apt-get", command, "-y", *self._options, "-o=APT::Status-Fd=1", *more],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as apt:
            assert apt.stdout is not None
            for line in apt.stdout:
                if shown := re.match(r"dlstatus:[^:]*:([\d.]+):(.*)", line):
                    self._progress.at(float(shown[1]) / 100, shown[2])
                else:
                    said.append(line.strip())
        if apt.returncode:
            last = "\n  ".join(line for line in said[-_LAST_WORDS:] if line)
            raise InstallError(f"{what}\n  {last}", "is the network there? Run this again")

    def offered(self) -> list[str]:
        """Everything that is needed everywhere, and of a Pi's packages those that these archives have."""
        words = ["apt-cache", *self._options, "policy", *ON_A_PI]
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        there = re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (?!\(none\))", said, re.M)
        for name in sorted(set(ON_A_PI) - set(there)):
            self._progress.line(f"{name} is not in the bundle: Debian has none, and Raspberry Pi OS brings its own")
        return [*EVERYWHERE, *there]


def write_index(folder: Path) -> None:
    """Write `Packages`, which tells apt about every package in a folder. Raises InstallError."""
    (folder / "Packages").write_text("".join(_paragraph(file) for file in sorted(folder.glob("*.deb"))))


def sources(target: Target) -> str:
    """The archives that a Debian's packages come from, as lines for apt. Raises InstallError."""
    if not KEYS.exists():
        raise InstallError(f"{KEYS} is not on this computer", "sudo apt-get install debian-archive-keyring")
    name = target.codename
    lines = [f"deb [signed-by={KEYS}] {MIRROR} {suite} main" for suite in (name, f"{name}-updates")]
    lines.append(f"deb [signed-by={KEYS}] {SECURITY} {name}-security main")
    for file in _RASPBERRY_KEYS:
        if (keys := KEYS.with_name(file)).exists() and target.machine == "aarch64":
            lines.append(f"deb [signed-by={keys}] {RASPBERRY} {name} main")
            break
    return "\n".join([*lines, ""])


def _paragraph(file: Path) -> str:
    """What apt wants to know of one package: what it says of itself, and where it is."""
    words = ["dpkg-deb", "--field", str(file)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    if said.returncode:
        raise InstallError(f"{file.name} is no package: {said.stderr.strip()}", "run this again")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f"{said.stdout.rstrip()}\nFilename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {digest}\n\n"
