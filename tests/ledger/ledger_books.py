"""Ledgers for tests: small segments, a speaker's key, rows with private facts."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.disk import REAL, Disk
from keepmum.ledger import Ledger, What
from keepmum.ledger.segments import firsts, path_of

MOMENT = 1_790_000_000.0
SEGMENT = 4
"""Rows in a file of these ledgers."""

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def opened(folder: Path, disk: Disk = REAL, signer: Ed25519PrivateKey | None = SIGNER) -> Ledger:
    """A ledger with small files."""
    return Ledger(folder, MOMENT, disk, signer, segment=SEGMENT)


def grow(ledger: Ledger, rows: int) -> None:
    """So many rows more, a second apart; every third has a private fact."""
    for _ in range(rows):
        n = ledger.size
        private = {"seconds": n + 0.5} if n % 3 == 0 else {}
        ledger.add(What.REFUSAL, MOMENT + n, {"reason": "muted", "number": n}, private)


def all_lines(folder: Path) -> list[bytes]:
    """Every line of every file, ends included."""
    return b"".join(path_of(folder, first).read_bytes() for first in firsts(folder)).splitlines(keepends=True)
