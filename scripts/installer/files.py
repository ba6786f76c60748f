"""Writes and takes away files so that a power cut leaves the old one or the new one, never half of either."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from pathlib import Path

from trouble import InstallError

_FULL = {errno.ENOSPC, errno.EDQUOT}


def digest(content: bytes) -> str:
    """What the journal remembers of a file."""
    return hashlib.sha256(content).hexdigest()


def content(path: Path) -> bytes | None:
    """A file's bytes; None where there is no such file. Raises InstallError if it cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InstallError(f"{path} cannot be read: {error.strerror}", "run it with sudo") from error


def place(path: Path, what: bytes, mode: int = 0o644) -> None:
    """Write a whole file durably. Raises InstallError; the file is then what it was."""
    new = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(file, "wb") as opened:
            opened.write(what)
            opened.flush()
            os.fsync(opened.fileno())
        new.chmod(mode)  # where the file system knows of modes; the Pi's boot partition takes this and forgets it
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def make(folder: Path) -> None:
    """Make a folder and those above it. Raises InstallError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def link(path: Path, target: str) -> None:
    """Make or replace a symbolic link in one step."""
    new = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def _beside(path: Path) -> Path:
    """The name under which a file is written before it takes its place."""
    return path.with_name(f"{path.name}.keepmum-new")


def sweep(path: Path) -> None:
    """Take away what an interrupted `place` or `link` has left beside a file."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        _beside(path).unlink()


def remove(path: Path) -> bool:
    """Take a file, a link or a whole folder away, with what was to become it; say whether there was one."""
    sweep(path)
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
            return True
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unwritable(path, error) from error
    return True


def remove_if_empty(folder: Path) -> None:
    """Take a folder away if nothing is in it."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY, errno.ENOTDIR}:
            raise unwritable(folder, error) from error


def unwritable(path: Path, error: OSError) -> InstallError:
    """The error in words, with what to do about it."""
    if error.errno in _FULL:
        return InstallError(f"{path} cannot be written: the disk is full", "make room there, then run this again")
    if error.errno == errno.EROFS:
        what = f"{path} cannot be written: it is on a file system that is mounted read-only"
        return InstallError(what, "mount it writable (`sudo mount -o remount,rw …`), then run this again")
    return InstallError(f"{path} cannot be written: {error.strerror}", "run it with sudo")


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
