"""What a bundle says that it holds: each file's length and SHA-256, and the system that it was made for."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import sources
from target import PYTHONS, Target
from trouble import InstallError

NAME = "manifest.json"
FORMAT = 1
LARGEST = 2_000_000_000
"""Bytes that a bundle may unpack to; one has about 100 million."""

_PART = r"[A-Za-z0-9_@%:,+~=][A-Za-z0-9_.@%:,+~=-]*"
_FILE = re.compile(rf"(debs/{_PART}|wheels/{_PART}|source(/{_PART})+)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AGAIN = "copy it again, and compare its SHA-256 with the one that was printed when it was made"


@dataclass(frozen=True)
class Entry:
    """One file: its length in bytes and its hash."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The whole table, by the files' names in the bundle."""

    target: Target
    keepmum: str
    files: dict[str, Entry]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size for entry in self.files.values())

    def text(self) -> bytes:
        """As it stands in a bundle."""
        about = {
            "format": FORMAT,
            "keepmum": self.keepmum,
            "codename": self.target.codename,
            "machine": self.target.machine,
            "python": self.target.python,
            "files": {name: [entry.size, entry.sha256] for name, entry in self.files.items()},
        }
        return json.dumps(about, indent=1, sort_keys=True).encode()


def digest(file: Path) -> str:
    """A file's SHA-256."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def of_folder(folder: Path, target: Target) -> Manifest:
    """The manifest of what lies in a folder."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    table = {str(file.relative_to(folder)): Entry(file.stat().st_size, digest(file)) for file in files}
    return Manifest(target, sources.version(), table)


def parsed(untrusted: bytes, where: str) -> Manifest:
    """Read the manifest of the bundle `where`. Raises InstallError."""
    try:
        read = json.loads(untrusted)
        if read["format"] != FORMAT or PYTHONS.get(read["codename"]) != read["python"]:
            what = f"{where} is of format {read['format']!r}, for {read['codename']!r} and Python {read['python']!r}"
            raise InstallError(what, "this keepmum knows none such; make the bundle with this checkout")
        table = {str(name): Entry(int(size), str(sha256)) for name, (size, sha256) in read["files"].items()}
        manifest = Manifest(Target(read["codename"], read["machine"]), str(read["keepmum"])[:40], table)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InstallError(f"the manifest of {where} cannot be read: {error!r}", _AGAIN) from error
    for name, entry in manifest.files.items():
        check_name(name, where)
        if not _SHA256.fullmatch(entry.sha256) or entry.size < 0:
            raise InstallError(f"the manifest of {where} has nonsense about {name!r}", _AGAIN)
    if manifest.size > LARGEST:
        raise InstallError(f"{where} would unpack to more than {LARGEST} bytes", "no bundle does; do not use it")
    return manifest


def check_name(untrusted: str, where: str) -> None:
    """Raises InstallError for a name that could lead out of the folder that a bundle is unpacked into."""
    if not _FILE.fullmatch(untrusted):
        raise InstallError(f"{where} would put {untrusted!r} where it does not belong", "do not use it")
