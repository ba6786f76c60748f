"""Makes this speaker nobody's: destroys who it is, what was agreed to and what waits. The ledger outlives it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keepmum.errors import LedgerError, StateError
from keepmum.ledger import Ledger, What
from keepmum.listener.consents.identity import Identity
from keepmum.settings import FolderSettings


@dataclass
class Destroyed:
    """What a reset did."""

    files: int = 0
    left: list[Path] = field(default_factory=list)
    """What lies in the state folder and is nothing that keepmum knows: it was not touched."""


def reset(folders: FolderSettings, at: float, *, ledger_too: bool) -> Destroyed:
    """Destroy everything; the caller has the folder to itself (`listener/alone.py`). `at` is Unix time.

    The identity goes first: whatever a power cut leaves after that is signed by nobody, opens nothing and demands
    nothing, and a speaker without identity agrees to nothing. Raises StateError if something could not be destroyed,
    after trying all the rest, and LedgerError if the ledger does not take its last row.
    """
    signer = _signer(folders.identity)
    done, errors = Destroyed(), []
    for path in _doomed(folders, ledger_too=ledger_too):
        try:
            done.files += _wipe(path)
        except OSError as error:
            errors.append(f"{error.filename or path}: {error.strerror}")
    if errors:
        raise StateError(f"not everything could be destroyed: {'; '.join(errors)}", "see who owns it, and run it again")
    done.left = sorted(path for path in folders.state.iterdir() if path not in _known(folders))
    if not ledger_too:
        _last_row(folders.ledger, at, done.files, signer)
    return done


@contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """What root makes in a folder would be closed to the speaker whose folder it is, so root does it in its name.

    Raises StateError if there is no such folder.
    """
    try:
        owner = folder.stat()
    except OSError as error:
        raise StateError(f"{folder} cannot be used: {error.strerror}", "see folders.state in your settings") from error
    user, group = os.geteuid(), os.getegid()
    if user != 0 or owner.st_uid == 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(user)
        os.setegid(group)


def _signer(path: Path) -> Identity | None:
    """Kept in memory until the ledger's last checkpoint is signed; one that cannot be read signs nothing more."""
    try:
        return Identity.read(path)
    except StateError:
        return None


def _doomed(folders: FolderSettings, *, ledger_too: bool) -> Iterator[Path]:
    """In this order; beside each small file, what a crash may have left of its next version."""
    for path in (folders.identity, folders.state / "privacy.json"):
        yield from (path, path.with_name(f".{path.name}.new"))
    yield from (folders.receipts, folders.outbox)
    yield from (folders.ledger / "private.jsonl", folders.ledger / ".private.new")
    yield folders.state / "skills"
    # Names of rooms and people, and the speech model that was made of them.
    yield from (folders.words, folders.words.with_name(f".{folders.words.name}.new"), folders.household_model)
    if ledger_too:
        yield from (folders.ledger, folders.ledger.with_name(f"{folders.ledger.name}.jsonl"))


def _known(folders: FolderSettings) -> set[Path]:
    ledger = {folders.ledger, folders.ledger.with_name(f"{folders.ledger.name}.jsonl")}
    return ledger | set(_doomed(folders, ledger_too=True))


def _wipe(path: Path) -> int:
    """Overwrite and remove a file, or every file below a folder; how many. Raises OSError after trying the others.

    Overwriting reaches as far as the file system lets it: an SD card that spreads its writes, a journal or a backup
    may keep old blocks. What matters most is small and first.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    if stat.S_ISDIR(mode):
        return _wipe_below(path)
    if stat.S_ISREG(mode):
        # Not through `Disk`: that can make and replace files, and nothing else in keepmum writes over old bytes.
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.pwrite(file, bytes(os.fstat(file).st_size), 0)
            os.fsync(file)
        finally:
            os.close(file)
    path.unlink()
    _sync(path.parent)
    return 1


def _wipe_below(folder: Path) -> int:
    count, failed = 0, None
    for path in sorted(folder.iterdir()):
        try:
            count += _wipe(path)
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
        except OSError as error:
            failed = failed or error
    _sync(folder)
    if failed:
        raise failed
    return count


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _last_row(folder: Path, at: float, files: int, signer: Identity | None) -> None:
    """Written when it is done: the row is the promise that it was."""
    try:
        ledger = Ledger(folder, at, signer=signer.signing_key if signer is not None else None)
        ledger.add(What.RESET, at, {"files": files})
        ledger.checkpoint(at)
    except LedgerError as error:
        raise LedgerError(
            f"everything else is destroyed, but the ledger cannot tell: {error.what}",
            "`keepmum reset --ledger-too` destroys it as well",
        ) from error
