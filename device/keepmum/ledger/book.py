"""The one writer of a ledger: a row is on the disk before `add` returns.

So a caller that writes the row first can never send a byte that the ledger does not name. The chain shows an edit, a
removal or a swap of lines. That the newest lines were cut off, or that everything was written anew, shows only against
a checkpoint that somebody else remembers: `checkpoint` makes them.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.disk import REAL, Disk, place
from keepmum.errors import LedgerError
from keepmum.ledger import private as beside
from keepmum.ledger import segments
from keepmum.ledger.checkpoint import Checkpoint
from keepmum.ledger.growing import Growing
from keepmum.ledger.notary import Notary
from keepmum.ledger.private import Part
from keepmum.ledger.row import GENESIS, Fact, Row, What, chain, check

_log = logging.getLogger(__name__)


class Ledger:
    """A folder of rows. `size` is their number, `head` the hash of the last."""

    def __init__(
        self,
        folder: Path,
        at: float | None = None,
        disk: Disk = REAL,
        signer: Ed25519PrivateKey | None = None,
        *,
        segment: int = segments.ROWS,
    ) -> None:
        """Open or begin a ledger; raises LedgerError if it is damaged or cannot be written.

        Only the newest file is read (`segment` rows at most), and what no checkpoint covers. A torn last line is cut
        off, and a row says so. `at` is that row's Unix time; when it is not known, the time of the row before stands
        there. A ledger of one file, `<folder>.jsonl`, becomes the first file of the folder. `signer` is the key that
        signs checkpoints.
        """
        self._folder, self._disk, self._segment = folder, disk, segment
        self.size, self.head = 0, GENESIS
        try:
            last, torn = self._open(signer)
        except OSError as error:
            raise LedgerError(f"the ledger {folder} cannot be opened: {error.strerror}", "see who owns it") from error
        if torn:
            _log.warning("the ledger's last line was torn by a crash: %d bytes cut off", torn)
            self.add(What.RECOVERED, last if at is None else at, {"bytes": torn})

    def rows(self, since: float | None = None) -> Iterator[Row]:
        """Every row from the first, or from that Unix time on; raises LedgerError if one is damaged."""
        return segments.read(self._folder, since)

    def add(self, what: str, at: float, facts: Mapping[str, Fact], private: Mapping[str, Fact] | None = None) -> Row:
        """Append a row and return when it would survive a power cut.

        Of `private` facts the row holds only a salted hash; they stand beside it until they are forgotten. Raises
        LedgerError if it cannot; then there is no such row, and what it describes must not happen.
        """
        if self._rows.broken or self._private.broken:
            raise LedgerError("the ledger could not be repaired after a failed write", "restart the speaker")
        if what not in set(What):
            raise LedgerError(f"{what!r} is not a thing that the ledger tells", f"one of {', '.join(What)}")
        check(at, str(what), private or {})
        part = Part(self.size, float(at), secrets.token_bytes(32), dict(private)) if private else None
        row = chain(self.size, at, str(what), facts, self.head, commitment=part.commitment if part else "")
        try:
            self._write(row, part)
        except OSError as error:
            raise LedgerError(f"the ledger cannot be written: {error.strerror}", "free some space") from error
        self._notary.push(row.line())
        self.size, self.head = self.size + 1, row.hash
        return row

    def checkpoint(self, at: float) -> Checkpoint | None:
        """Sign and keep what the ledger says so far, at this Unix time; None if nothing came since the last, or
        without a signer. Raises LedgerError."""
        try:
            return self._notary.checkpoint(at)
        except OSError as error:
            raise LedgerError(f"a checkpoint cannot be kept: {error.strerror}", "free some space") from error

    def forget_private(self, before: float) -> int:
        """Erase the private facts of all rows before this Unix time; how many rows. Raises LedgerError.

        Chain, tree and checkpoints hold as they did. The old file's blocks are given back to the disk, not overwritten.
        """
        parts = beside.read(self._folder)
        left = [part.line() for part in parts.values() if part.at >= before]
        if len(left) == len(parts):
            return 0
        try:
            content = b"".join(left)
            place(self._disk, content, self._private.path, by=self._private.path.with_name(".private.new"))
            self._private.settle(len(content))
        except OSError as error:
            with suppress(OSError):
                self._settle_private()  # it is perhaps the new file already
            raise LedgerError(f"private facts cannot be erased: {error.strerror}", "free some space") from error
        return len(parts) - len(left)

    def _open(self, signer: Ed25519PrivateKey | None) -> tuple[float, int]:
        """The last row's time and how many torn bytes were cut off."""
        self._disk.make_folder(self._folder)
        self._disk.sync_folder(self._folder.parent)
        self._private = Growing(self._folder / beside.FILE, self._disk)
        self._take_over_or_begin()
        self._first = segments.firsts(self._folder)[-1]
        self._rows = Growing(segments.path_of(self._folder, self._first), self._disk)
        self._notary = Notary(self._folder, self._disk, signer)
        self._notary.begin(self._first)
        last, whole = self._follow_newest()
        self._notary.end(self.size)
        torn = self._rows.settle(whole)
        self._settle_private()
        return last, torn

    def _take_over_or_begin(self) -> None:
        old, new = self._folder.with_name(f"{self._folder.name}.jsonl"), segments.path_of(self._folder, 0)
        if segments.firsts(self._folder):
            if old.exists():
                _log.warning("%s is left alone: the ledger goes on in %s", old, self._folder)
            return
        if not old.is_file():
            Growing(new, self._disk).begin()
            return
        self._disk.rename(old, new)
        self._disk.sync_folder(self._folder)
        self._disk.sync_folder(old.parent)
        _log.info("the ledger %s is now the first file of %s", old, self._folder)

    def _follow_newest(self) -> tuple[float, int]:
        """The last row's time, and how many bytes hold."""
        last, whole = 0.0, 0
        self.size = self._first
        if self._first:
            before = segments.last_before(self._folder, self._first)
            self.head, last = before.hash, before.at
        with self._rows.path.open("rb") as file:
            for row, line in segments.follow(file, self._first, self.head):
                self._notary.push(line)
                self.size, self.head, last, whole = row.n + 1, row.hash, row.at, whole + len(line)
        return last, whole

    def _settle_private(self) -> None:
        """Cut off a torn end; the rows are not needed for that."""
        if not self._private.path.exists():
            self._private.begin()
            return
        with self._private.path.open("rb") as file:
            end = sum(len(line) for line in file if line.endswith(b"\n"))
        self._private.settle(end)

    def _write(self, row: Row, part: Part | None) -> None:
        if self.size - self._first >= self._segment:
            self._turn_the_page(row.at)
        self._rows.append(row.line())
        if part is None:
            return
        try:
            self._private.append(part.line())
        except (OSError, LedgerError):
            self._rows.take_back()
            raise

    def _turn_the_page(self, at: float) -> None:
        """A checkpoint right here lets the next start forget all files before the new one."""
        self._notary.checkpoint(at)
        page = Growing(segments.path_of(self._folder, self.size), self._disk)
        page.begin()
        self._rows, self._first = page, self.size
