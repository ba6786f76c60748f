"""The file of private keys: for its owner alone, never replaced by accident, and the old bytes gone when it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from keepmum.disk import REAL, Disk, place
from keepmum.errors import SealError
from keepmum.seal.form import LONGEST_FILE

_OWNER = "see who owns the folder, and whether the disk is full"


def create(path: Path, text: str) -> None:
    """A new file with mode 0600 that would survive a power cut. Raises SealError, also if `path` is there already:
    what was sealed to the keys in it could never be opened again."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            REAL.write(file, text.encode())
            REAL.sync(file)
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(file)
        REAL.sync_folder(path.parent)
    except FileExistsError:
        raise SealError(f"{path} is there already", "keys are never replaced: choose another name") from None
    except OSError as error:
        raise SealError(f"{path} cannot be written: {error.strerror}", _OWNER) from error


def read(path: Path) -> str:
    """The text of a file; raises SealError if it cannot be had, or if others on the machine can read it."""
    try:
        # A pipe of that name must not make us wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _private(path, os.fstat(descriptor).st_mode)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(LONGEST_FILE + 1).decode()
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise SealError(f"there are no keys at {path}", "`keepmum collect --new-keys FILE` makes some") from None
    except OSError as error:
        raise SealError(f"{path} cannot be read: {error.strerror}", "see who owns it") from error
    except UnicodeDecodeError:
        raise SealError(f"{path} is no text", "it must be what `keepmum collect --new-keys FILE` wrote") from None


def _private(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise SealError(f"{path} is no file", "it must be what `keepmum collect --new-keys FILE` wrote")
    if mode & 0o077:
        raise SealError(f"others can read the private keys in {path}", f"chmod 600 {path}")


def replace(path: Path, text: str, disk: Disk = REAL) -> None:
    """The file's next text, all at once; then the old bytes are overwritten where they stood.

    That is as far as a file system lets us: a journal, a snapshot or an SD card that spreads its writes may keep a
    copy, and so does every backup. Raises SealError; then the file is what it was, or whole and new.
    """
    try:
        path = path.resolve(strict=True)
        beside = path.with_name(f".{path.name}.next")
        if beside.exists():
            _erase(beside)  # a power cut left it, and what has ended since may stand in it
        with path.open("r+b", buffering=0) as old:
            place(disk, text.encode(), path, beside)
            _overwrite(old.fileno())
    except OSError as error:
        raise SealError(f"{path} cannot be written: {error.strerror}", _OWNER) from error


def _erase(path: Path) -> None:
    with path.open("r+b", buffering=0) as file:
        _overwrite(file.fileno())
    path.unlink()


def _overwrite(file: int) -> None:
    os.pwrite(file, bytes(os.fstat(file).st_size), 0)
    os.fsync(file)
