"""`keepmum ledger export`: the rows for a spreadsheet or a program."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import typer

from keepmum.commands.book.which import File, Since, Whats, book, chosen, clock
from keepmum.ledger import Row

app = typer.Typer()


class Form(StrEnum):
    """What is written."""

    JSONL = "jsonl"
    CSV = "csv"


@app.command(
    epilog="Examples:  keepmum ledger export >all.jsonl  ·  keepmum ledger export --format csv --since 30d >month.csv"
)
def export(
    context: typer.Context,
    form: Annotated[
        Form, typer.Option("--format", help="JSON lines, or CSV with one column for each fact.")
    ] = Form.JSONL,
    since: Since = None,
    what: Whats = None,
    file: File = None,
) -> None:
    """Print rows in the order in which they were written, with private facts as long as they are there."""
    rows = chosen(book(context, file), since, what, time.time())
    if form is Form.CSV:
        _csv(rows)
        return
    for row in rows:
        typer.echo(json.dumps(record(row), sort_keys=True))


def record(row: Row) -> dict[str, object]:
    """A row in the shapes of JSON; `private` is null when there are no private facts, or no longer."""
    private = None if row.private is None else dict(row.private)
    return {
        "n": row.n,
        "at": row.at,
        "time": clock(row.at),
        "what": row.what,
        "facts": dict(row.facts),
        "private": private,
        "hash": row.hash,
    }


def _csv(rows: Iterable[Row]) -> None:
    kept = [(row, {**row.facts, **(row.private or {})}) for row in rows]
    names = sorted({name for _, facts in kept for name in facts})
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["n", "at", "time", "what", *names, "hash"])
    for row, facts in kept:
        told = [_cell(facts.get(name, "")) for name in names]
        table.writerow([row.n, row.at, clock(row.at), row.what, *told, row.hash])


def _cell(fact: object) -> object:
    """A text that a spreadsheet would take for a formula gets a quotation mark in front."""
    return f"'{fact}" if isinstance(fact, str) and fact.startswith(("=", "+", "-", "@")) else fact
