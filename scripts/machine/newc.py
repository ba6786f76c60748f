"""Writes an archive that a Linux kernel unpacks into memory when it starts (cpio, `newc`): a machine without a disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

_ALIGNED = 4


class Newc:
    """One archive. All files belong to root; the kernel takes several archives in one file, one after the other."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._number = 0

    def folder(self, name: str) -> None:
        """An empty folder; its parents must stand before it."""
        self._entry(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """A file with this content."""
        self._entry(name, stat.S_IFREG | mode, content)

    def link(self, name: str, target: str) -> None:
        """A symbolic link."""
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name: str, major: int, minor: int) -> None:
        """A character device."""
        self._entry(name, stat.S_IFCHR | 0o600, b"", (major, minor))

    def tree(self, top: Path, under: str = "", leave_out: Iterable[str] = ()) -> None:
        """Everything in a folder, without what has one of these names; links stay links."""
        skipped = set(leave_out)
        for path in sorted(top.rglob("*")):
            if skipped.isdisjoint(path.relative_to(top).parts):
                self._path(path, under + str(path.relative_to(top)))

    def end(self) -> None:
        """Close the archive; another one may follow in the same file."""
        self._entry("TRAILER!!!", 0, b"")
        self._out.write(bytes(-self._out.tell() % 512))

    def _path(self, path: Path, name: str) -> None:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            self.link(name, os.readlink(path))
        elif stat.S_ISDIR(mode):
            self.folder(name)
        elif stat.S_ISREG(mode):
            self.file(name, path.read_bytes(), stat.S_IMODE(mode) | 0o444)

    def _entry(self, name: str, mode: int, content: bytes, device: tuple[int, int] = (0, 0)) -> None:
        self._number += 1
        title = name.encode() + b"\0"
        numbers = (self._number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(title), 0)
        head = b"070701" + b"".join(b"%08X" % number for number in numbers) + title
        self._out.write(_padded(head) + _padded(content))


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % _ALIGNED)
