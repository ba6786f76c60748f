"""`keepmum ledger verify`: whether the book was touched."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.progress import Progress

from keepmum import ledger
from keepmum.commands.book.which import AsJson, File, book
from keepmum.errors import LedgerError
from keepmum.ledger import Verdict

app = typer.Typer()


@app.command(epilog="Examples:  keepmum ledger verify  ·  keepmum ledger verify --file copy --json")
def verify(context: typer.Context, as_json: AsJson = False, file: File = None) -> None:
    """Follow the hash chain from the first line to the last. Exit code 1 if it does not hold.

    Private parts, the speaker's checkpoints and what witnesses gave back are compared too. Whoever had this whole
    folder in their hands could have changed all of it: hold it against what a witness remembers, with
    scripts/verify-ledger and the checkpoint that the witness has.
    """
    path = book(context, file)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the ledger")
        verdict = ledger.verify(path, lambda done, whole: bar.update(task, completed=done, total=whole))
    if as_json:
        typer.echo(json.dumps(vars(verdict)))
        raise typer.Exit(1 if verdict.problem else 0)
    if verdict.problem:
        raise LedgerError(
            f"{verdict.problem}; {verdict.rows} lines before it hold", "keep a copy for whoever looks into it"
        )
    for line in _told(verdict):
        typer.echo(line)


def _told(verdict: Verdict) -> list[str]:
    told = [f"the chain holds: {verdict.rows} lines, head {verdict.head}"]
    if verdict.checkpoints:
        told.append(f"{verdict.checkpoints} checkpoints hold")
    if verdict.witnessed:
        told.append(f"a witness vouches for the first {verdict.witnessed} lines")
    if verdict.private:
        told.append(f"private facts of {verdict.private} lines are what they were")
    if verdict.torn:
        told.append(f"after them stand {verdict.torn} bytes of a line without an end, which is not counted")
    return told
