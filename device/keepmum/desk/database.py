"""One SQLite file from which something can really be removed: in which every commit is on the disk, too."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keepmum.errors import OutboxError

_SQLITE = b"SQLite format 3\0"
_VERSION = 2
"""Of the tables; a file with another number is left alone."""
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # with NORMAL a power cut lost 27 % of what was acknowledged
    "secure_delete=ON",  # what is freed is overwritten with zeros
    "temp_store=MEMORY",  # no file that nobody overwrites
)


class Database:
    """The file behind a store. When a method that writes returns, what it wrote survives a power cut."""

    def __init__(self, path: Path, tables: str, *, make: bool) -> None:
        """Open the file, readable for its owner only; raises OutboxError if that is not possible.

        Without `make`, a file that is not there is an error and stays away.
        """
        self._path = path
        try:
            fresh = _is_empty(path, make=make)
            self._db = sqlite3.connect(path, isolation_level=None)
        except FileNotFoundError:
            raise OutboxError(f"there is no store at {path}", "name the collector's with --store FILE") from None
        except (OSError, sqlite3.Error) as error:
            if isinstance(error, OutboxError):
                raise
            raise OutboxError(f"the store {path} cannot be opened: {error}", "see who owns the folder") from error
        try:
            self._begin(tables, fresh=fresh)
        except (sqlite3.Error, OutboxError) as error:
            self._db.close()
            raise OutboxError(f"{path} is no store of clips: {error}", "choose another file for --store") from error

    def _begin(self, tables: str, *, fresh: bool) -> None:
        for pragma in _PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        # An empty file becomes a store, also one that was left empty by a kill right after it was made.
        if fresh or not self.read("SELECT 1 FROM sqlite_master"):
            self._db.executescript(f"BEGIN IMMEDIATE; {tables} PRAGMA user_version={_VERSION}; COMMIT")
        [(version,)] = self.read("PRAGMA user_version")
        if version != _VERSION:
            raise OutboxError("another version of keepmum made it")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write(self, statement: str, *values: object) -> int:
        """How many rows it changed. Outside `together`, each statement is its own transaction."""
        try:
            return self._db.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise OutboxError(f"the store cannot be written: {error}", "is the disk full?") from error

    def read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that it finds."""
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxError(f"the store cannot be read: {error}", "restore it from a copy") from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything inside is written, or nothing; nobody else writes meanwhile."""
        self.write("BEGIN IMMEDIATE")
        try:
            yield
            self.write("COMMIT")
        except BaseException:  # also an interrupt: half of what belongs together must not stay
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def scrub(self) -> bool:
        """Take what was removed out of the write-ahead log too; False if somebody else is reading that log.

        Afterwards no byte of it is in the database file (it was overwritten there) or in the log (which is empty).
        """
        try:
            [(busy, _, _)] = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise OutboxError(f"the store cannot be written: {error}", "is the disk full?") from error
        return not busy


def _is_empty(path: Path, *, make: bool) -> bool:
    """Make the file if that is wanted. SQLite itself takes any short file for an empty one and writes over it."""
    with open(os.open(path, (os.O_CREAT if make else 0) | os.O_RDWR, 0o600), "rb") as file:
        start = file.read(len(_SQLITE))
    if start not in (b"", _SQLITE):
        raise OutboxError(f"{path} is no store of clips", "choose another file for --store")
    return not start
