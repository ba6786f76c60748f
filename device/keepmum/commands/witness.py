"""`keepmum witness`: remember another speaker's ledger, so that it cannot be cut or rewritten unseen."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from keepmum.ledger.note import LARGEST
from keepmum.ledger.witness import Witness

app = typer.Typer()


@app.command(
    epilog="Examples:  keepmum witness --store w.json --key  ·  keepmum witness --store w.json --trust KEY  ·  "
    "keepmum ledger checkpoint | ssh other keepmum witness --store w.json"
)
def witness(
    store: Annotated[Path, typer.Option("--store", help="The file with what was seen; begun if it is not there.")],
    trust: Annotated[
        str | None,
        typer.Option("--trust", metavar="KEY", help="Remember a speaker: `keepmum ledger checkpoint --key`."),
    ] = None,
    key: Annotated[bool, typer.Option("--key", help="Print the key that checks what this witness signs.")] = False,
) -> None:
    """Read a checkpoint, sign it if it goes on from the last one, and print it. Exit code 1 if it does not.

    Run it on another computer than the speaker's. It sees the number of rows and a hash, never a row.
    """
    remembers = Witness(store)
    if trust:
        known = remembers.trust(trust)
        typer.echo(f"checkpoints of {known.name} are welcome", err=True)
    if key:
        typer.echo(remembers.key)
    elif not trust:
        typer.echo(remembers.cosign(sys.stdin.read(LARGEST + 1), time.time()), nl=False)
