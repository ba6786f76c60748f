"""What a machine's disk is like, file by file, so that two moments can be compared."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from boot_computer import Computer

_ELSEWHERE = {
    "/proc", "/sys", "/dev", "/run", "/tmp",  # not on the disk
    "/var/log", "/var/cache", "/var/tmp", "/var/lib/systemd", "/var/lib/mosquitto",  # what any system writes as it runs
    "/var/lib/apt", "/var/lib/dpkg",  # apt's own; which packages there are is asked of dpkg
    "/etc/ld.so.cache", "/etc/machine-id", "/etc/.updated", "/var/.updated",
    "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-",  # copies that are made before each change
}  # fmt: skip


def disk(computer: Computer) -> dict[str, str]:
    """Every file, link and folder of a running machine with its mode, owner and content; and its packages."""
    top = computer.path("/")
    packages = computer.run("dpkg-query", "--show", "--showformat=${Package} ${Version} ${db:Status-Abbrev}\n").stdout
    found = {f"package {line.split()[0]}": line for line in packages.splitlines() if line.endswith("ii ")}
    return found | {path: _like(top / path.lstrip("/")) for path in _paths(top, "")}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """One line for each thing that is not as it was."""
    return sorted(
        f"{path}: {before.get(path, 'was not there')} -> {after.get(path, 'is gone')}"
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    )


def _paths(top: Path, below: str) -> Iterator[str]:
    with os.scandir(top / below.lstrip("/")) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}"
            if path in _ELSEWHERE:
                continue
            yield path
            if entry.is_dir(follow_symlinks=False):
                yield from _paths(top, path)


def _like(path: Path) -> str:
    about = path.lstat()
    words = f"{stat.filemode(about.st_mode)} {about.st_uid}:{about.st_gid}"
    if stat.S_ISLNK(about.st_mode):
        return f"{words} to {os.readlink(path)}"
    if stat.S_ISREG(about.st_mode):
        return f"{words} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    return words
