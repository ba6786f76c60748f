"""Which ledger, and which of its rows: the options that several commands share."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated

import typer

from keepmum import ledger
from keepmum.commands.wishes import settings
from keepmum.errors import LedgerError
from keepmum.ledger import Row, What

File = Annotated[
    Path | None,
    typer.Option("--file", help="Another ledger than this speaker's: a copied folder, or one file of rows."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="WHEN", help="From then on: today, 18:30, 2026-11-22, '2026-11-22 18:30', 3d, 2h."),
]
Whats = Annotated[
    list[What] | None, typer.Option("--what", metavar="KIND", help="Only rows of this kind; may be repeated.")
]

_AGO = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


def book(context: typer.Context, file: Path | None) -> Path:
    """The ledger that is meant; raises LedgerError if there is none."""
    path = file or settings(context).folders.ledger
    if not path.exists():
        raise LedgerError(f"there is no ledger at {path}", "the listener begins it; see folders.state, or give --file")
    return path


def moment(untrusted_when: str | None, now: float) -> float | None:
    """`--since` as Unix time, in the clock of this computer; raises a usage error."""
    if untrusted_when is None:
        return None
    when = untrusted_when.strip()
    if ago := re.fullmatch(r"([0-9]{1,5})([mhd])", when):
        return now - int(ago[1]) * _AGO[ago[2]]
    today = time.strftime("%Y-%m-%d", time.localtime(now))
    text = today if when == "today" else f"{today} {when}" if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", when) else when
    for form in _FORMS:
        try:
            return time.mktime(time.strptime(text, form))
        except (ValueError, OverflowError):
            continue
    raise typer.BadParameter(
        f"{when!r} is no time; some that are: today, 18:30, 2026-11-22, '2026-11-22 18:30', 3d, 2h"
    )


def chosen(path: Path, since: str | None, whats: list[What] | None, now: float) -> list[Row]:
    """The rows that were asked for, in their order."""
    rows = ledger.read(path, moment(since, now))
    return [row for row in rows if not whats or row.what in whats]


def clock(at: float) -> str:
    """A moment in the clock of this computer."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
