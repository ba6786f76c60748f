"""The parts of rows that can be forgotten: they stand beside the ledger, which holds only a salted hash of each.

Without the salt nobody can find out what stood there, and without the part the ledger, its tree and its checkpoints
hold all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from keepmum.errors import LedgerError
from keepmum.ledger.row import LONGEST_LINE, Fact, Row, canonical

FILE = "private.jsonl"
"""Its name in the ledger's folder."""


class Part(NamedTuple):
    """The private facts of row `n`; `salt` is 32 random bytes."""

    n: int
    at: float
    salt: bytes
    facts: Mapping[str, Fact]

    def line(self) -> bytes:
        """As it stands in the file, its end included."""
        return canonical({"at": self.at, "facts": dict(self.facts), "n": self.n, "salt": self.salt.hex()}) + b"\n"

    @property
    def commitment(self) -> str:
        """What the row holds in its place: 64 hexadecimal digits."""
        return hashlib.sha256(self.salt + canonical(dict(self.facts))).hexdigest()


Parts = Mapping[int, Part]
"""By row."""


def read(folder: Path) -> dict[int, Part]:
    """All parts that are still there. Raises LedgerError if the file is damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            return {part.n: part for part in _parts(iter(lambda: file.readline(LONGEST_LINE), b""))}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise LedgerError(f"{folder / FILE} cannot be read: {error.strerror}", "see who owns it") from error


def _parts(untrusted_lines: Iterator[bytes]) -> Iterator[Part]:
    for number, line in enumerate(untrusted_lines, 1):
        if not line.endswith(b"\n"):
            return  # being written this moment, or torn; the next start cuts it off
        try:
            said = json.loads(line)
            part = Part(said["n"], said["at"], bytes.fromhex(said["salt"]), said["facts"])
            whole = part.line() == line and len(part.salt) == 32 and isinstance(part.n, int)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            whole = False
        if not whole:
            raise LedgerError(f"line {number} of {FILE} is damaged", "remove that line: the ledger holds without it")
        yield part


def attached(row: Row, parts: Parts) -> Row:
    """The row with its private facts, if they are still there. Raises LedgerError if they are not what they were."""
    part = parts.get(row.n)
    if part is None or not row.commitment:
        return row
    if part.commitment != row.commitment:
        raise LedgerError(
            f"the private part of line {row.n + 1} of the ledger is not what it was",
            f"keep a copy of {FILE} for whoever looks into it, and remove that line; the ledger holds without it",
        )
    return replace(row, private=MappingProxyType(dict(part.facts)))
