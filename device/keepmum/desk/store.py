"""What the desk keeps: every sealed clip once, who listened, what went and why, what it refused. No plaintext."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from keepmum.desk.database import Database
from keepmum.desk.records import Alarm, Gone, Kept, Refusal, Row, Week, Why
from keepmum.errors import OutboxError

_MOST_NOTES = 10_000
"""Refusals and alarms each; whoever can publish could fill the disk with them otherwise."""
_MOST_UNKNOWN = 100_000
"""Demands for clips that never came. When so many are remembered, no more are answered: forgetting one would break
the word that was given for it."""
_ROW = "id, sha256, at, length(sealed), until, reviews"
_TABLES = """
CREATE TABLE clips (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL, reviews INTEGER NOT NULL,
    deletion TEXT NOT NULL UNIQUE, apart BLOB NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE gone (
    deletion TEXT PRIMARY KEY, id TEXT UNIQUE, at REAL NOT NULL, why TEXT NOT NULL, plays INTEGER NOT NULL
) STRICT;
CREATE TABLE plays (
    clip TEXT NOT NULL, household TEXT NOT NULL, purpose TEXT NOT NULL, at REAL NOT NULL
) STRICT;
CREATE INDEX plays_of_clip ON plays (clip);
CREATE INDEX plays_of_household ON plays (household);
CREATE TABLE weeks (
    purpose TEXT NOT NULL, epoch INTEGER NOT NULL, begun REAL NOT NULL, done REAL, PRIMARY KEY (purpose, epoch)
) STRICT;
CREATE TABLE refusals (
    id TEXT NOT NULL, sha256 TEXT NOT NULL, at REAL NOT NULL, size INTEGER NOT NULL, reason TEXT NOT NULL,
    UNIQUE (id, sha256)
) STRICT;
CREATE TABLE alarms (
    id TEXT NOT NULL, stored TEXT NOT NULL, came TEXT NOT NULL, at REAL NOT NULL, UNIQUE (id, came)
) STRICT;
CREATE TABLE desk (session TEXT NOT NULL, latest REAL NOT NULL) STRICT;
"""
# `apart` stands between what a clip is called and its bytes. SQLite moves the first 4,061 bytes of a row from page to
# page when its neighbours come and go, and overwrites not every copy that it leaves behind, in spite of secure_delete:
# without `apart`, bytes of deleted clips were found in 8 of 150 random histories. What lies behind it is in pages of
# its own, which are overwritten as a whole when the row goes.


class Store:
    """One SQLite file. When a method returns, what it wrote survives a power cut."""

    def __init__(self, path: Path, *, make: bool = True) -> None:
        """Open the file, or make it; raises OutboxError if that is not possible."""
        self.path = path
        self._db = Database(path, _TABLES, make=make)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def session(self) -> str:
        """A random name for this store's session at the broker: not the computer's, nor the recipient's."""
        self._begin()
        return str(self._db.read("SELECT session FROM desk")[0][0])

    def latest(self, wall: float) -> float:
        """`wall`, or the latest moment that was ever given here: a clock that is set back lengthens no retention."""
        self._begin()
        self._db.write("UPDATE desk SET latest = ? WHERE latest < ?", wall, wall)
        return float(self._db.read("SELECT latest FROM desk")[0][0])

    def _begin(self) -> None:
        if not self._db.read("SELECT 1 FROM desk"):
            self._db.write("INSERT INTO desk VALUES (?, 0)", secrets.token_hex(9))

    # ---- clips

    def keep(self, parcel: str, sealed: bytes, deletion: str, at: float, *, until: float, reviews: int) -> Kept:
        """Store a clip once, until Unix time `until`; raises OutboxError if the disk does not take it."""
        sha256 = hashlib.sha256(sealed).hexdigest()
        with self._db.together():
            stored = self.sha256_of(parcel)
            if stored == sha256:
                return Kept.AGAIN
            if stored is not None:
                return Kept.OTHER
            if self.is_gone(parcel) or self.gone(deletion) is not None:
                return Kept.GONE
            if self._db.read("SELECT 1 FROM clips WHERE deletion = ?", deletion):
                return Kept.SHARED
            row = (parcel, sha256, at, until, reviews, deletion, sealed)
            self._db.write("INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, zeroblob(4096), ?)", *row)
        return Kept.NEW

    def sha256_of(self, parcel: str) -> str | None:
        """The hash of the stored clip with this id, or None."""
        found = self._db.read("SELECT sha256 FROM clips WHERE id = ?", parcel)
        return str(found[0][0]) if found else None

    def sealed(self, parcel: str) -> bytes:
        """The sealed bytes; raises OutboxError if there is no such clip."""
        found = self._db.read("SELECT sealed FROM clips WHERE id = ?", parcel)
        if not found:
            gone = " any more: it was deleted" if self.is_gone(parcel) else ""
            raise OutboxError(f"there is no clip {parcel!r}{gone}", "--list shows what there is")
        return bytes(found[0][0])

    def clips(self) -> list[Row]:
        """What is stored, the oldest first."""
        return [Row(*row) for row in self._db.read(f"SELECT {_ROW} FROM clips ORDER BY at, id")]  # noqa: S608

    def row(self, parcel: str) -> Row | None:
        """One stored clip, or None."""
        found = self._db.read(f"SELECT {_ROW} FROM clips WHERE id = ?", parcel)  # noqa: S608  our own words
        return Row(*found[0]) if found else None

    # ---- what goes

    def delete(self, deletion: str, at: float) -> Gone | None:
        """Destroy the clip with this deletion hash, and remember that for ever; the same answer whenever it is asked.

        None if there is no room to remember one more that never came. `scrub` has to follow before anybody says so.
        """
        with self._db.together():
            if (known := self.gone(deletion)) is not None:
                return known
            found = self._db.read("SELECT id FROM clips WHERE deletion = ?", deletion)
            if not found and self._count("gone WHERE why = 'unknown'") >= _MOST_UNKNOWN:
                return None
            return self._remove(str(found[0][0]) if found else None, deletion, at, Why.DEMAND)

    def end(self, wall: float) -> int:
        """Destroy every clip whose time is over; how many. `scrub` has to follow."""
        with self._db.together():
            found = self._db.read("SELECT id, deletion FROM clips WHERE until <= ?", wall)
            for parcel, deletion in found:
                self._remove(parcel, deletion, wall, Why.RETENTION)
        return len(found)

    def scrub(self) -> bool:
        """Take what was removed out of the file's log as well; False if somebody reads it and it has to stay."""
        return self._db.scrub()

    def gone(self, deletion: str) -> Gone | None:
        """What is remembered of the clip with this deletion hash, if it is gone."""
        found = self._db.read("SELECT * FROM gone WHERE deletion = ?", deletion)
        return _gone(*found[0]) if found else None

    def is_gone(self, parcel: str) -> bool:
        """Whether a clip with this id was here and went."""
        return bool(self._db.read("SELECT 1 FROM gone WHERE id = ?", parcel))

    def all_gone(self) -> list[Gone]:
        """Everything that is remembered as gone, the oldest first."""
        return [_gone(*row) for row in self._db.read("SELECT * FROM gone ORDER BY rowid")]

    def _remove(self, parcel: str | None, deletion: str, at: float, why: Why) -> Gone:
        plays = self._count("plays WHERE clip = ?", parcel)
        gone = Gone(deletion, parcel, at, why if parcel else Why.UNKNOWN, plays)
        self._db.write("DELETE FROM clips WHERE id = ?", parcel)
        self._db.write("INSERT INTO gone VALUES (?, ?, ?, ?, ?)", *gone)
        return gone

    # ---- who listened

    def play(self, parcel: str, household: str, purpose: str, most: int, at: float) -> bool:
        """Count one more time that somebody listens, before it happens; False if that would be more than `most`.

        `household` stands for one consent in one month, and tells nobody which one it is.
        """
        fewer = "(SELECT count(*) FROM plays WHERE household = ?) < ?"
        insert = f"INSERT INTO plays SELECT ?, ?, ?, ? WHERE {fewer}"
        return self._db.write(insert, parcel, household, purpose, at, household, most) == 1

    def plays(self) -> int:
        """How often anybody listened to anything."""
        return self._count("plays")

    # ---- keys

    def destroying(self, purpose: str, epoch: int, at: float) -> None:
        """Note that a key is about to be destroyed; noted once."""
        self._db.write("INSERT OR IGNORE INTO weeks VALUES (?, ?, ?, NULL)", purpose, epoch, at)

    def destroyed(self, purpose: str, epoch: int, at: float) -> None:
        """Note that it has been."""
        unsaid = "purpose = ? AND epoch = ? AND done IS NULL"
        self._db.write(f"UPDATE weeks SET done = ? WHERE {unsaid}", at, purpose, epoch)  # noqa: S608

    def weeks(self) -> list[Week]:
        """Every key that was destroyed, or is about to be."""
        return [Week(*row) for row in self._db.read("SELECT * FROM weeks ORDER BY epoch, purpose")]

    # ---- what was not stored

    def refuse(self, parcel: str, sha256: str, size: int, reason: str, at: float) -> None:
        """Note what was not stored; once for the same bytes."""
        row = (parcel, sha256, at, size, reason)
        self._db.write("INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?, ?)", *row)
        self._prune("refusals")

    def ring(self, parcel: str, came: str, at: float) -> None:
        """Note that other bytes, with the hash `came`, came under the id of a stored clip; once for the same bytes."""
        stored = self.sha256_of(parcel)
        self._db.write("INSERT OR IGNORE INTO alarms VALUES (?, ?, ?, ?)", parcel, stored, came, at)
        self._prune("alarms")

    def refusals(self) -> list[Refusal]:
        """What was not stored, the oldest first."""
        return [Refusal(*row) for row in self._db.read("SELECT * FROM refusals ORDER BY rowid")]

    def alarms(self) -> list[Alarm]:
        """Ids that came with other bytes, the oldest first."""
        return [Alarm(*row) for row in self._db.read("SELECT * FROM alarms ORDER BY rowid")]

    def _prune(self, table: str) -> None:
        oldest = f"(SELECT max(rowid) FROM {table}) - {_MOST_NOTES}"  # noqa: S608  our own words
        self._db.write(f"DELETE FROM {table} WHERE rowid <= {oldest}")  # noqa: S608

    def _count(self, what: str, *values: object) -> int:
        return int(self._db.read(f"SELECT count(*) FROM {what}", *values)[0][0])  # noqa: S608  our own words


def _gone(deletion: str, parcel: str | None, at: float, why: str, plays: int) -> Gone:
    return Gone(deletion, parcel, at, Why(why), plays)
