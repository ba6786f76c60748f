"""The files of a ledger and the way through them: each is named after its first row, and the chain goes on over all.

A ledger may also be one single file, as speakers wrote it at first and as copies of it lie about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from keepmum.errors import LedgerError
from keepmum.ledger import private
from keepmum.ledger.growing import ADVICE
from keepmum.ledger.row import GENESIS, LONGEST_LINE, Row, parse

ROWS = 10_000
"""Rows in one file. A start reads the newest file only: 0.3 s at most on a laptop (`scripts/bench ledger`)."""

_NAME = re.compile(r"([0-9]{12})\.jsonl")

Watch = Callable[[int], None]
"""Is told, now and then, how many bytes of the ledger have been read."""


def path_of(folder: Path, first: int) -> Path:
    """The file that begins with row number `first`."""
    return folder / f"{first:012d}.jsonl"


def firsts(folder: Path) -> list[int]:
    """The number of each file's first row, in order; raises OSError."""
    return sorted(int(found[1]) for file in folder.iterdir() if (found := _NAME.fullmatch(file.name)))


def size(path: Path) -> int:
    """Bytes of all rows; raises OSError."""
    return sum(path_of(path, first).stat().st_size for first in firsts(path)) if path.is_dir() else path.stat().st_size


def read(path: Path, since: float | None = None) -> Iterator[Row]:
    """The whole rows of a ledger that somebody else may be writing, with their private facts while those are there.

    `since` (Unix seconds) leaves out what was before, and reads no file that ended before; after a clock was set back,
    rows of such a file that say a later time are not found. Raises LedgerError, naming the line.
    """
    parts = private.read(path) if path.is_dir() else {}
    for row, _ in lines(path, since):
        if since is None or row.at >= since:
            yield private.attached(row, parts)


def lines(path: Path, since: float | None = None, watch: Watch = lambda _: None) -> Iterator[tuple[Row, bytes]]:
    """Every whole row with its line, from the beginning of the file in which `since` lies. Raises LedgerError."""
    try:
        if not path.is_dir():
            with path.open("rb") as file:
                yield from follow(file, 0, GENESIS, watch)
            return
        yield from _through(path, since, watch)
    except OSError as error:
        raise LedgerError(f"the ledger {path} cannot be read: {error.strerror}", "see who owns it") from error


def _through(folder: Path, since: float | None, watch: Watch) -> Iterator[tuple[Row, bytes]]:
    found = firsts(folder)
    if not found:
        raise LedgerError(f"the ledger {folder} cannot be read: it has no rows", "see folders.state, or give --file")
    n = 0 if since is None else _beginning(folder, found, since)
    prev, seen, before = before_segment(folder, n), {first for first in found if first < n}, 0
    while n not in seen and path_of(folder, n).exists():
        seen.add(n)
        with path_of(folder, n).open("rb") as file:
            for row, line in follow(file, n, prev, _after(before, watch)):
                yield row, line
                n, prev = row.n + 1, row.hash
            before += file.tell()
    if set(firsts(folder)) - seen:
        raise LedgerError(f"line {n + 1} of the ledger is damaged: it and others after it are not there", ADVICE)


def _after(before: int, watch: Watch) -> Watch:
    return lambda done: watch(before + done)


def follow(file: BinaryIO, n: int, prev: str, watch: Watch = lambda _: None) -> Iterator[tuple[Row, bytes]]:
    """The whole rows, with their lines, of a file from row `n` after the hash `prev`. Raises LedgerError."""
    while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
        row = _parsed(line, n, prev)
        yield row, line
        n, prev = n + 1, row.hash
        if n % 500 == 0:
            watch(file.tell())
    if len(line) == LONGEST_LINE:
        raise LedgerError(f"line {n + 1} of the ledger is damaged: it has no end", ADVICE)


def before_segment(folder: Path, first: int) -> str:
    """The hash that the file's first row must hold: that of the row before it. Raises LedgerError, OSError."""
    return last_before(folder, first).hash if first else GENESIS


def last_before(folder: Path, first: int) -> Row:
    """The last row of the file before the one that begins with `first`. Raises LedgerError, OSError."""
    earlier = [each for each in firsts(folder) if each < first]
    if not earlier:
        raise LedgerError(
            f"line 1 of the ledger is damaged: it and others before line {first + 1} are not there", ADVICE
        )
    untrusted_line = _tail(path_of(folder, earlier[-1]))
    return _parsed(untrusted_line, first - 1, _said_prev(untrusted_line))


def _said_prev(untrusted_line: bytes) -> str:
    """What the line says about the row before it; whether that is so is for whoever reads from there."""
    found = re.search(rb'"prev":"([0-9a-f]{64})"', untrusted_line)
    return found[1].decode() if found else ""


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_LINE))
        return b"".join(file.read().splitlines(keepends=True)[-1:])


def _beginning(folder: Path, found: list[int], since: float) -> int:
    """The first row of the oldest file that can hold a row of that time or later."""
    for first, following in pairwise(found):
        if _first_moment(folder, following) >= since:
            return first
    return found[-1]


def _first_moment(folder: Path, first: int) -> float:
    """When a file's first row was written; one that has no row yet begins after all others."""
    with path_of(folder, first).open("rb") as file:
        untrusted_line = file.readline(LONGEST_LINE)
    if not untrusted_line.endswith(b"\n"):
        return math.inf
    return _parsed(untrusted_line, first, _said_prev(untrusted_line)).at


def _parsed(untrusted_line: bytes, n: int, prev: str) -> Row:
    try:
        return parse(untrusted_line, n, prev)
    except LedgerError as error:
        raise LedgerError(f"line {n + 1} of the ledger is damaged: {error.what}", ADVICE) from error
