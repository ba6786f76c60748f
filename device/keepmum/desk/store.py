"""What the collector keeps: every sealed clip once, what it refused and why, and alarms. Plaintext is never in here."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from keepmum.errors import OutboxError

_MOST_NOTES = 10_000
"""Refusals and alarms each; whoever can publish could fill the disk with them otherwise."""
_SQLITE = b"SQLite format 3\0"
_TABLES = """
CREATE TABLE IF NOT EXISTS clips (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, at REAL NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refusals (
    id TEXT NOT NULL, sha256 TEXT NOT NULL, at REAL NOT NULL, size INTEGER NOT NULL, reason TEXT NOT NULL,
    UNIQUE (id, sha256)
) STRICT;
CREATE TABLE IF NOT EXISTS alarms (
    id TEXT NOT NULL, stored TEXT NOT NULL, came TEXT NOT NULL, at REAL NOT NULL, UNIQUE (id, came)
) STRICT;
"""


class Kept(Enum):
    """What became of a clip that was to be stored."""

    NEW = "new"
    AGAIN = "again"
    ALARM = "alarm"


class Row(NamedTuple):
    """One stored clip; `at` is Unix time, `size` counts sealed bytes."""

    id: str
    sha256: str
    at: float
    size: int


class Refusal(NamedTuple):
    """One parcel that was not stored."""

    id: str
    sha256: str
    at: float
    size: int
    reason: str


class Alarm(NamedTuple):
    """Other bytes came under the id of a stored clip."""

    id: str
    stored: str
    came: str
    at: float


class Store:
    """One SQLite file. When a method returns, what it wrote survives a power cut."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, readable for its owner only; raises OutboxError if that is not possible."""
        try:
            _refuse_other_files(path)
            self._db = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            if isinstance(error, OutboxError):
                raise
            raise OutboxError(f"the store {path} cannot be opened: {error}", "see who owns the folder") from error
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
        except sqlite3.Error as error:
            self._db.close()
            raise OutboxError(f"{path} is no store of clips: {error}", "choose another file for --store") from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def keep(self, parcel: str, sealed: bytes, at: float) -> Kept:
        """Store a clip once; raises OutboxError if the disk does not take it."""
        sha256 = hashlib.sha256(sealed).hexdigest()
        insert = "INSERT INTO clips VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
        if self._write(insert, (parcel, sha256, at, sealed)):
            return Kept.NEW
        stored = self.sha256_of(parcel)
        if stored == sha256:
            return Kept.AGAIN
        self._write("INSERT OR IGNORE INTO alarms VALUES (?, ?, ?, ?)", (parcel, stored, sha256, at))
        self._prune("alarms")
        return Kept.ALARM

    def refuse(self, parcel: str, sha256: str, size: int, reason: str, at: float) -> None:
        """Note what was not stored; once for the same bytes."""
        row = (parcel, sha256, at, size, reason)
        self._write("INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?, ?)", row)
        self._prune("refusals")

    def sha256_of(self, parcel: str) -> str | None:
        """The hash of the stored clip with this id, or None."""
        found = self._read("SELECT sha256 FROM clips WHERE id = ?", parcel)
        return str(found[0][0]) if found else None

    def sealed(self, parcel: str) -> bytes:
        """The sealed bytes; raises OutboxError if there is no such clip."""
        found = self._read("SELECT sealed FROM clips WHERE id = ?", parcel)
        if not found:
            raise OutboxError(f"there is no clip {parcel!r}", "--list shows what there is")
        return bytes(found[0][0])

    def clips(self) -> list[Row]:
        """What is stored, the oldest first."""
        return [Row(*row) for row in self._read("SELECT id, sha256, at, length(sealed) FROM clips ORDER BY at, id")]

    def refusals(self) -> list[Refusal]:
        """What was not stored, the oldest first."""
        return [Refusal(*row) for row in self._read("SELECT * FROM refusals ORDER BY rowid")]

    def alarms(self) -> list[Alarm]:
        """Ids that came with other bytes, the oldest first."""
        return [Alarm(*row) for row in self._read("SELECT * FROM alarms ORDER BY rowid")]

    def _write(self, statement: str, values: tuple[object, ...]) -> bool:
        """Whether a row was added. Each statement is its own transaction, on disk when this returns."""
        try:
            return self._db.execute(statement, values).rowcount == 1
        except sqlite3.Error as error:
            raise OutboxError(f"the store cannot be written: {error}", "is the disk full?") from error

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxError(f"the store cannot be read: {error}", "restore it from a copy") from error

    def _prune(self, table: str) -> None:
        newest = f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT {_MOST_NOTES}"  # noqa: S608  our own words
        self._write(f"DELETE FROM {table} WHERE rowid NOT IN ({newest})", ())  # noqa: S608


def _refuse_other_files(path: Path) -> None:
    """Make the file if there is none. SQLite itself takes any short file for an empty database and writes over it."""
    with open(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "rb") as file:
        if file.read(len(_SQLITE)) not in (b"", _SQLITE):
            raise OutboxError(f"{path} is no store of clips", "choose another file for --store")
