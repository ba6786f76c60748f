"""Signs and keeps the checkpoints of a ledger, so that nobody can take back later what it said.

Beside each checkpoint lies the tree's frontier at that size: the next one needs only the rows after it.
"""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.disk import Disk, place
from keepmum.errors import LedgerError
from keepmum.ledger import segments
from keepmum.ledger.checkpoint import Checkpoint, key_of, signed
from keepmum.ledger.growing import ADVICE
from keepmum.ledger.note import LARGEST, Key
from keepmum.ledger.tree import Frontier, leaf

FOLDER = "checkpoints"
_NOTE = re.compile(r"([0-9]{12})\.txt")

_log = logging.getLogger(__name__)


def checkpoints(ledger: Path) -> list[Checkpoint]:
    """All that are kept, the oldest first. One that cannot be read is left out, with a warning."""
    folder = ledger / FOLDER
    names = sorted(file.name for file in folder.iterdir() if _NOTE.fullmatch(file.name)) if folder.is_dir() else []
    found = [_read(folder / name) for name in names]
    return [each for each in found if each is not None]


def keys(ledger: Path) -> dict[str, Key]:
    """The keys that have ever signed for this ledger, by origin. Raises LedgerError."""
    found = (_key(file) for file in sorted((ledger / FOLDER).glob("*.key")))
    return {key.name: key for key in found}


def _key(path: Path) -> Key:
    try:
        return Key.parse(path.read_text("utf-8"))
    except (OSError, UnicodeError) as error:
        raise LedgerError(f"{path} cannot be read: {error}", "see who owns it, and whether it is a key") from error


def _read(path: Path) -> Checkpoint | None:
    try:
        with path.open(encoding="utf-8") as file:
            checkpoint = Checkpoint.parse(file.read(LARGEST))
    except (OSError, UnicodeError, LedgerError) as error:
        _log.warning("the checkpoint %s cannot be read and is left out: %s", path, error)
        return None
    return checkpoint if path.stem == f"{checkpoint.size:012d}" else None


class Notary:
    """Follows the rows of one ledger as they are read and written. Without a signer it only compares."""

    def __init__(self, ledger: Path, disk: Disk, signer: Ed25519PrivateKey | None) -> None:
        """Looks at what is kept; raises OSError or LedgerError."""
        self._ledger, self._folder = ledger, ledger / FOLDER
        self._disk = disk
        self._signer = signer
        self._key = key_of(signer) if signer else None
        kept = checkpoints(ledger)
        self._roots = {each.size: each.root for each in kept}
        self._last = max((each.size for each in kept if self._key and each.origin == self._key.name), default=0)
        self._frontier: Frontier | None = None

    def begin(self, first: int) -> None:
        """The rows from `first` on are about to come; reads what of the earlier ones no checkpoint covers."""
        if self._signer is None and not self._roots:
            return
        usable = (self._remembered(size) for size in sorted(self._roots, reverse=True) if size <= first)
        self._frontier = next((each for each in usable if each is not None), Frontier())
        if self._frontier.size < first:
            self._catch_up(self._frontier, first)

    def _catch_up(self, frontier: Frontier, first: int) -> None:
        _log.info("the ledger's tree is made again from row %d on", frontier.size)
        for row, line in segments.lines(self._ledger):
            if frontier.size <= row.n < first:
                frontier.push(leaf(line[:-1]))

    def push(self, line: bytes) -> None:
        """One row more, its end included; raises LedgerError if that contradicts a checkpoint."""
        if self._frontier is None:
            return
        self._frontier.push(leaf(line[:-1]))
        root = self._roots.get(self._frontier.size)
        if root is not None and root != self._frontier.root():
            raise LedgerError(
                f"the first {self._frontier.size} lines of the ledger are not those that the speaker once signed",
                ADVICE,
            )

    def end(self, size: int) -> None:
        """All rows have come: `size` of them. Raises LedgerError if a checkpoint knows of more."""
        most = max(self._roots, default=0)
        if most > size:
            raise LedgerError(
                f"lines {size + 1} to {most} of the ledger were cut off: the speaker once signed them", ADVICE
            )

    def checkpoint(self, at: float) -> Checkpoint | None:
        """Sign and keep one at this Unix time, if rows came since the last. Raises OSError."""
        frontier = self._frontier
        if self._signer is None or self._key is None or frontier is None or frontier.size == self._last:
            return None
        made = signed(frontier.size, frontier.root(), self._signer)
        self._settle_in(self._key)
        remembered = {"at": at, "parts": [part.hex() for part in frontier.parts], "size": frontier.size}
        self._keep(f"{frontier.size:012d}.frontier", json.dumps(remembered) + "\n")
        self._keep(f"{frontier.size:012d}.txt", str(made.note))
        superseded, self._last, self._roots[frontier.size] = self._last, frontier.size, frontier.root()
        if superseded and superseded not in segments.firsts(self._ledger):
            self._drop(superseded)
        return made

    def _settle_in(self, key: Key) -> None:
        self._disk.make_folder(self._folder)
        self._disk.sync_folder(self._ledger)
        name = f"{key.name.rpartition('/')[2]}.key"
        if not (self._folder / name).exists():
            self._keep(name, f"{key}\n")

    def _keep(self, name: str, text: str) -> None:
        place(self._disk, text.encode(), self._folder / name, by=self._folder / f".{name}.new")

    def _drop(self, size: int) -> None:
        """What nobody else vouched for is superseded by the next: a year of hours would be thousands of files."""
        self._roots.pop(size, None)
        for ending in ("txt", "frontier"):
            self._disk.unlink(self._folder / f"{size:012d}.{ending}")

    def _remembered(self, size: int) -> Frontier | None:
        """The frontier beside a checkpoint, if it is the one that was signed."""
        try:
            with (self._folder / f"{size:012d}.frontier").open(encoding="utf-8") as file:
                said = json.loads(file.read(LARGEST))
            frontier = Frontier(size, [bytes.fromhex(part) for part in said["parts"]])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return frontier if frontier.root() == self._roots[size] else None
