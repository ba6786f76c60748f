"""The wheels of a bundle: fetched by pip for a Python and a machine that may be others than ours, and checked."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pins
from pins import Pin
from progress import Progress
from target import Target
from trouble import InstallError

_DEBIAN = Path("/usr/share/python-wheels")
_LAST_WORDS = 8
_OTHER = "it comes from another version of keepmum: make it again, or install with the keepmum inside it (source/)"


def _pip() -> list[str]:
    """Pip of this Python, or Debian's own wheel of it, which is there as soon as python3-venv is."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if found := sorted(_DEBIAN.glob("pip-*.whl")):
        return [sys.executable, f"{found[-1]}/pip"]
    raise InstallError("pip is not on this computer", "sudo apt-get install python3-venv")


def fetch(target: Target, into: Path, progress: Progress) -> None:
    """Download what the constraint file names. Raises InstallError."""
    wanted = len(pins.read(target.python))
    words = ["download", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"]
    words += ["--require-hashes", f"--requirement={pins.file(target.python)}", f"--dest={into}"]
    said: list[str] = []
    with subprocess.Popen(
        [*_pip(), *words, *pins.tags(target.python, target.machine)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line.strip())
            if begun := re.match(r"Collecting (\S+)", line):
                progress.at(sum(word.startswith("Collecting") for word in said) / wanted, begun[1])
    if pip.returncode:
        last = "\n  ".join(line for line in said[-_LAST_WORDS:] if line)
        raise InstallError(f"pip cannot fetch the wheels\n  {last}", "is the network there? Run this again")
    check(into, pins.read(target.python))


def check(folder: Path, pinned: dict[str, Pin]) -> None:
    """See that these are the wheels that this keepmum pins, all of them and no others. Raises InstallError."""
    missing = dict(pinned)
    for file in sorted(folder.glob("*")):
        name = pins.canonical(file.name.split("-")[0])
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if name not in missing or digest not in missing.pop(name).hashes:
            raise InstallError(f"{file.name} is not a wheel that this keepmum pins", _OTHER)
    if missing:
        raise InstallError(f"the bundle lacks the wheel of {min(missing)}", _OTHER)


_OTHER = (
    "the bundle comes from another version of keepmum: make it again, or install with the keepmum inside it (source/)"
)
