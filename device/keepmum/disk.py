"""The few changes to a disk that keepmum's promises rest on, named so that a test can stop the world at each."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """Every way in which the ledger, the outbox and the kept files change a disk. Each raises OSError."""

    def make_folder(self, folder: Path) -> None:
        """A folder with mode 0700; one that is there already gets that mode."""
        ...

    def create(self, path: Path) -> int:
        """The descriptor of an empty file with mode 0600; whatever had that name is emptied."""
        ...

    def extend(self, path: Path) -> int:
        """The descriptor of a file that exists; everything written goes to its end."""
        ...

    def write(self, file: int, content: bytes) -> None:
        """All of `content`, or OSError after a part of it."""
        ...

    def cut(self, file: int, size: int) -> None:
        """Drop everything after the first `size` bytes."""
        ...

    def sync(self, file: int) -> None:
        """Return when the file's bytes would survive a power cut."""
        ...

    def close(self, file: int) -> None:
        """Let go of the descriptor."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Replace `new` by `old`, all at once."""
        ...

    def unlink(self, path: Path) -> None:
        """Remove a file; one that is not there is fine."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Return when the folder's list of names would survive a power cut."""
        ...


class RealDisk:
    """The disk of this machine."""

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)

    def create(self, path: Path) -> int:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.fchmod(file, 0o600)  # an emptied file keeps its old mode
        return file

    def extend(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)

    def write(self, file: int, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[os.write(file, left) :]

    def cut(self, file: int, size: int) -> None:
        os.ftruncate(file, size)

    def sync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(file)
        finally:
            os.close(file)


REAL = RealDisk()


def place(disk: Disk, content: bytes, path: Path, by: Path) -> None:
    """Write a whole file durably: under the name `by` first, then renamed to `path`.

    Raises OSError; then `by` is gone, and `path` is what it was unless only the last step failed.
    """
    try:
        file = disk.create(by)
        try:
            disk.write(file, content)
            disk.sync(file)
        finally:
            disk.close(file)
        disk.rename(by, path)
        disk.sync_folder(path.parent)
    except OSError:
        disk.unlink(by)
        raise


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else of ours changes what lies in a folder; raises OSError if it cannot be opened."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
