"""One figure of one policy, and how a table of them is written: tidy, one a line, the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from keepmum.errors import LabError

OF_THE_RUN = "*"
"""What stands for a policy where a figure is the run's own, such as how often the speaker woke; no id can be that."""


@dataclass(frozen=True)
class Row:
    """A figure; `lo` and `hi` hold the true one 95 times in 100."""

    policy: str
    metric: str
    value: float | None
    """None is what cannot be said: a share of nothing."""
    lo: float | None
    hi: float | None
    """None where too little was heard to say it; the value itself where the policy says so, whatever is heard."""
    n: int
    """Clips, wakes or words behind it."""
    unit: str
    kind: str
    """`simulated`, `measured` or `control`, as of the policy."""


@dataclass(frozen=True)
class Difference(Row):
    """How much more of it one policy has than another over the same wakes."""

    against: str


def written(rows: Sequence[Row]) -> str:
    """The rows as CSV; empty without any."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(field.name for field in fields(type(rows[0]) if rows else Row))
    lines.writerows([_cell(cell) for cell in astuple(row)] for row in rows)
    return text.getvalue()


def document(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows for a JSON file. JSON knows no infinity: for ever is the text `inf`."""
    return [{key: _plain(value) for key, value in asdict(row).items()} for row in rows]


def read(file: Path) -> list[Row]:
    """Rows that were written. Raises LabError for a file that is no such table."""
    try:
        table = csv.DictReader(file.read_text("utf-8").splitlines())
        return [_row(untrusted) for untrusted in table]
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        wanted = ",".join(field.name for field in fields(Row))
        raise LabError(f"{file} is no table of figures: {error!r}", f"its first line has to be {wanted}") from error


def told(number: float | None, digits: int = 3) -> str:
    """A number as people read it, never in powers of ten; a dash for none."""
    if number is None:
        return "–"
    if math.isinf(number):
        return "for ever"
    if number == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(number))), 0)
    text = f"{number:,.{min(places, 9)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def between(row: Row) -> str:
    """Its interval in words; nothing where there is none."""
    if row.lo is None or row.hi is None or row.lo == row.hi:
        return ""
    return f"{told(row.lo, 2)} to {told(row.hi, 2)}"


def _row(untrusted: dict[str, str]) -> Row:
    value, lo, hi = (float(untrusted[key]) if untrusted[key] else None for key in ("value", "lo", "hi"))
    if untrusted["kind"] not in ("simulated", "measured", "control"):
        raise ValueError(f"kind is {untrusted['kind']!r}")
    policy, metric, n = untrusted["policy"], untrusted["metric"], int(untrusted["n"] or 0)
    return Row(policy, metric, value, lo, hi, n, untrusted["unit"], untrusted["kind"])


def _cell(cell: Any) -> Any:
    return f"{cell:.6g}" if isinstance(cell, float) else cell


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return str(value) if math.isinf(value) else float(f"{value:.6g}")


def by_metric(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """Rows by policy and metric."""
    return {(row.policy, row.metric): row for row in rows}


def json_text(rows: Iterable[Row], **more: Any) -> str:
    """A document of rows with what else has to be known about them."""
    return json.dumps({"format": "metrics/1", **more, "rows": document(rows)}, indent=1, ensure_ascii=False) + "\n"
