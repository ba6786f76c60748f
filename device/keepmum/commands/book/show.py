"""`keepmum ledger show`: the newest rows, one line each."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from keepmum.commands.book.which import AsJson, File, Since, Whats, book, chosen, clock
from keepmum.ledger import Row

app = typer.Typer()

_LAST = 20


@app.command(
    epilog="Examples:  keepmum ledger show  ·  keepmum ledger show --last 100  ·  "
    "keepmum ledger show --since today --what refusal  ·  keepmum ledger show --file evening/state/ledger"
)
def show(  # noqa: PLR0917
    context: typer.Context,
    last: Annotated[
        int | None, typer.Option("--last", min=1, help="How many lines, counted from the end.  [default: 20, or all]")
    ] = None,
    since: Since = None,
    what: Whats = None,
    as_json: AsJson = False,
    file: File = None,
) -> None:
    """Print the last lines of the ledger; with --since, all from then on."""
    rows = chosen(book(context, file), since, what, time.time())
    shown = rows if last is None and since else rows[-(last or _LAST) :]
    for row in shown:
        typer.echo(row.line().decode() if as_json else _line(row), nl=not as_json)


def _line(row: Row) -> str:
    told = [f"{name}={json.dumps(fact)}" for name, fact in {**row.facts, **(row.private or {})}.items()]
    erased = ["(private facts erased)"] if row.commitment and row.private is None else []
    return f"{row.n:>6}  {clock(row.at)}  {row.what:<10}  {'  '.join([*told, *erased])}".rstrip()
