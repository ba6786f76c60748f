"""Reads `time,size,direction` files, as VCFingerprinting and the tap write them."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from keepmum.errors import LabError
from keepmum.lab.capture.outgoing import Sent, Trace

_TOLD = 3
"""Mistakes that are told of one file."""


def trace(path: Path) -> Trace:
    """One file: seconds, bytes, and 1 (or 1.0) for out or -1 for in. Raises LabError with the lines that are none."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path}: {error}", "is it a text file?") from error
    rows = [row for row in enumerate(csv.reader(lines), 1) if row[1]]
    if rows and not _is_number(rows[0][1][0]):
        rows = rows[1:]
    if not rows:
        raise LabError(f"{path}: is empty", "leave it out")
    wrong = [number for number, row in rows if not _is_row(row)]
    if wrong:
        named = ", ".join(map(str, wrong[:_TOLD])) + (" …" if len(wrong) > _TOLD else "")
        raise LabError(f"{path}: line {named}: not time,size,direction", "direction is 1 for out or -1 for in")
    return _trace([(float(row[0]), int(abs(float(row[1]))), float(row[2]) > 0) for _, row in rows])


def _trace(rows: list[tuple[float, int, bool]]) -> Trace:
    begin, end = min(at for at, _, _ in rows), max(at for at, _, _ in rows)
    sent = sorted(Sent(at - begin, size) for at, size, out in rows if out)
    return Trace(end - begin, tuple(sent), sum(size for _, size, out in rows if not out))


def _is_row(row: Sequence[str]) -> bool:
    return len(row) == 3 and all(map(_is_number, row)) and abs(float(row[2])) == 1


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
