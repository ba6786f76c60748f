"""A file that only grows: what was appended survives a power cut, and what failed leaves no trace."""

from __future__ import annotations

import os
from pathlib import Path

from keepmum.disk import Disk
from keepmum.errors import LedgerError

ADVICE = "keep a copy of the file for whoever looks into it, and move it away; until then nothing can leave"


class Growing:
    """The one writer of a file. `broken` is true when it could not be repaired: then nobody may go on writing."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Nothing is opened yet."""
        self.path = path
        self.broken = False
        self._disk = disk
        self._bytes = self._before = 0
        self._file_id = 0

    def begin(self) -> None:
        """Make the file; raises OSError, or LedgerError if there is one that is not empty."""
        if self.path.exists() and self.path.stat().st_size:
            raise LedgerError(f"somebody else made {self.path}", ADVICE)
        self._disk.close(self._disk.create(self.path))
        self._disk.sync_folder(self.path.parent)
        self._file_id = self.path.stat().st_ino

    def settle(self, keep: int) -> int:
        """Go on after the first `keep` bytes; how many behind them were cut off. Raises OSError.

        It makes durable what a killed predecessor may have left in the kernel's memory only.
        """
        file = self._disk.extend(self.path)
        try:
            now = os.fstat(file)
            torn = now.st_size - keep
            if torn:
                self._disk.cut(file, keep)
            self._disk.sync(file)
        finally:
            self._disk.close(file)
        self._disk.sync_folder(self.path.parent)
        self._bytes, self._file_id = keep, now.st_ino
        return torn

    def append(self, content: bytes) -> None:
        """Return when it would survive a power cut; raises OSError, or LedgerError if it is not the file it was."""
        file = self._disk.extend(self.path)
        try:
            now = os.fstat(file)
            if (now.st_ino, now.st_size) != (self._file_id, self._bytes):
                raise LedgerError("somebody else changed the ledger while the speaker ran", ADVICE)
            try:
                self._disk.write(file, content)
                self._disk.sync(file)
            except OSError:
                self._cut(file, self._bytes)
                raise
        finally:
            self._disk.close(file)
        self._before, self._bytes = self._bytes, self._bytes + len(content)

    def take_back(self) -> None:
        """Undo the last `append`; raises OSError."""
        self.broken = True
        file = self._disk.extend(self.path)
        try:
            self._cut(file, self._before)
        finally:
            self._disk.close(file)
        self._bytes = self._before

    def _cut(self, file: int, size: int) -> None:
        self.broken = True
        self._disk.cut(file, size)
        self._disk.sync(file)
        self.broken = False
