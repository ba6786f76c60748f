"""What left, what was refused and who allowed it: lines that only grow, each holding the hash of the one before.

A row is on the disk before `add` returns, so a caller that writes the row first can never send a byte that the
ledger does not name. The chain shows an edit, a removal or a swap of lines. It cannot show that the newest lines
were cut off, or that everything was rewritten: for that somebody else must remember a head.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from keepmum.disk import REAL, Disk
from keepmum.errors import LedgerError
from keepmum.ledger.row import GENESIS, LONGEST_LINE, Fact, Row, What, chain, parse

_ADVICE = "keep a copy of the file for whoever looks into it, and move it away; until then nothing can leave"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What following the chain showed: how many rows hold, the hash of the last, and what is wrong after it."""

    rows: int
    head: str
    problem: str | None
    torn: int = 0
    """Bytes of a line without an end: being written this moment, or cut off when the speaker starts next."""


def read(path: Path) -> Iterator[Row]:
    """The whole rows of a file that somebody else may be writing. Raises LedgerError, naming the line."""
    try:
        with path.open("rb") as file:
            yield from _follow(file)
    except OSError as error:
        raise LedgerError(f"the ledger {path} cannot be read: {error.strerror}", "see who owns it") from error


def verify(path: Path) -> Verdict:
    """Follow the chain from the first row to the last; never raises for what it finds in the file."""
    rows, head, size = 0, GENESIS, 0
    try:
        with path.open("rb") as file:
            for row in _follow(file):
                rows, head, size = row.n + 1, row.hash, file.tell()
            return Verdict(rows, head, None, file.tell() - size)
    except LedgerError as error:
        return Verdict(rows, head, error.what)
    except OSError as error:
        return Verdict(rows, head, f"the ledger {path} cannot be read: {error.strerror}")


class Ledger:
    """The one writer of a ledger file. `size` is the number of rows, `head` the hash of the last."""

    def __init__(self, path: Path, at: float | None = None, disk: Disk = REAL) -> None:
        """Open or begin a ledger; raises LedgerError if it is damaged or cannot be written.

        A torn last line is cut off, and a row says so. `at` is that row's Unix time; when it is not known,
        the time of the row before stands there.
        """
        self._path = path
        self._disk = disk
        self._broken = False
        self.size, self.head, self._bytes = 0, GENESIS, 0
        try:
            last, torn = self._open()
        except OSError as error:
            raise LedgerError(f"the ledger {path} cannot be opened: {error.strerror}", "see who owns it") from error
        if torn:
            _log.warning("the ledger's last line was torn by a crash: %d bytes cut off", torn)
            self.add(What.RECOVERED, last if at is None else at, {"bytes": torn})

    def rows(self) -> Iterator[Row]:
        """Every row from the first; raises LedgerError if the file was damaged meanwhile."""
        return read(self._path)

    def add(self, what: str, at: float, facts: Mapping[str, Fact]) -> Row:
        """Append a row and return when it would survive a power cut.

        Raises LedgerError if it cannot; then there is no such row, and what it describes must not happen.
        """
        if self._broken:
            raise LedgerError("the ledger could not be repaired after a failed write", "restart the speaker")
        if what not in set(What):
            raise LedgerError(f"{what!r} is not a thing that the ledger tells", f"one of {', '.join(What)}")
        row = chain(self.size, at, str(what), facts, self.head)
        try:
            self._append(row.line())
        except OSError as error:
            raise LedgerError(f"the ledger cannot be written: {error.strerror}", "free some space") from error
        self.size, self.head = self.size + 1, row.hash
        return row

    def _open(self) -> tuple[float, int]:
        """The last row's time and how many torn bytes were cut off."""
        last, torn = 0.0, 0
        if not self._path.exists():
            self._disk.close(self._disk.create(self._path))
        with self._path.open("rb") as file:
            for row in _follow(file):
                self.size, self.head, last = row.n + 1, row.hash, row.at
                self._bytes = file.tell()
            torn = file.tell() - self._bytes
            self._file_id = os.fstat(file.fileno()).st_ino
        self._settle(cut=bool(torn))
        return last, torn

    def _settle(self, cut: bool) -> None:
        """Make durable what a killed predecessor may have left in the kernel's memory only."""
        file = self._disk.extend(self._path)
        try:
            if cut:
                self._disk.cut(file, self._bytes)
            self._disk.sync(file)
        finally:
            self._disk.close(file)
        self._disk.sync_folder(self._path.parent)

    def _append(self, line: bytes) -> None:
        file = self._disk.extend(self._path)
        try:
            now = os.fstat(file)
            if (now.st_ino, now.st_size) != (self._file_id, self._bytes):
                raise LedgerError("somebody else changed the ledger while the speaker ran", _ADVICE)
            try:
                self._disk.write(file, line)
                self._disk.sync(file)
            except OSError:
                self._undo(file)
                raise
        finally:
            self._disk.close(file)
        self._bytes += len(line)

    def _undo(self, file: int) -> None:
        self._broken = True
        self._disk.cut(file, self._bytes)
        self._disk.sync(file)
        self._broken = False


def _follow(file: BinaryIO) -> Iterator[Row]:
    n, prev = 0, GENESIS
    while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
        try:
            row = parse(line, n, prev)
        except LedgerError as error:
            raise LedgerError(f"line {n + 1} of the ledger is damaged: {error.what}", _ADVICE) from error
        yield row
        n, prev = n + 1, row.hash
    if len(line) == LONGEST_LINE:
        raise LedgerError(f"line {n + 1} of the ledger is damaged: it has no end", _ADVICE)
