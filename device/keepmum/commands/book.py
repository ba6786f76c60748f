"""`keepmum ledger`: the household's own look at what left, what was refused, and whether the book was touched."""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from keepmum import ledger
from keepmum.commands.wishes import settings
from keepmum.errors import LedgerError

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path | None, typer.Option("--file", help="Another ledger than this speaker's, a copy for instance.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]


@app.command(
    epilog="Examples:  keepmum ledger show  ·  keepmum ledger show --last 100  ·  "
    "keepmum ledger show --file evening/state/ledger.jsonl"
)
def show(
    context: typer.Context,
    last: Annotated[int, typer.Option("--last", min=1, help="How many lines, counted from the end.")] = 20,
    as_json: AsJson = False,
    file: File = None,
) -> None:
    """Print the last lines of the ledger."""
    for row in deque(ledger.read(_path(context, file)), maxlen=last):
        typer.echo(row.line().decode() if as_json else _line(row), nl=not as_json)


@app.command(epilog="Examples:  keepmum ledger verify  ·  keepmum ledger verify --file copy.jsonl --json")
def verify(context: typer.Context, as_json: AsJson = False, file: File = None) -> None:
    """Follow the hash chain from the first line to the last. Exit code 1 if it does not hold.

    Compare the printed head with one that you or a collector noted earlier: a chain alone cannot show that its
    newest lines were cut off.
    """
    verdict = ledger.verify(_path(context, file))
    if as_json:
        typer.echo(json.dumps(vars(verdict)))
        raise typer.Exit(1 if verdict.problem else 0)
    if verdict.problem:
        raise LedgerError(
            f"{verdict.problem}; {verdict.rows} lines before it hold", "keep a copy for whoever looks into it"
        )
    typer.echo(f"the chain holds: {verdict.rows} lines, head {verdict.head}")
    if verdict.torn:
        typer.echo(f"after them stand {verdict.torn} bytes of a line without an end, which is not counted")


def _path(context: typer.Context, file: Path | None) -> Path:
    path = file or settings(context).folders.ledger
    if not path.exists():
        raise LedgerError(f"there is no ledger at {path}", "the listener begins it; see folders.state, or give --file")
    return path


def _line(row: ledger.Row) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.at))
    facts = "  ".join(f"{name}={json.dumps(fact)}" for name, fact in row.facts.items())
    return f"{row.n:>6}  {when}  {row.what:<10}  {facts}".rstrip()
