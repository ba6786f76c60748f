"""`keepmum ledger checkpoint`: what somebody else needs to remember this ledger, and what comes back from them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands.book.which import AsJson, File, book, clock
from keepmum.errors import LedgerError
from keepmum.ledger import witnessed
from keepmum.ledger.notary import keys
from keepmum.ledger.note import LARGEST, Key

app = typer.Typer()

_PIPE = "keepmum ledger checkpoint | ssh other keepmum witness --store w.json"


@app.command(
    epilog=f"Examples:  {_PIPE}  ·  {_PIPE} | keepmum ledger checkpoint --add -  ·  keepmum ledger checkpoint --key"
)
def checkpoint(  # noqa: PLR0917
    context: typer.Context,
    since: Annotated[
        int | None,
        typer.Option("--since", min=0, help="How many rows the witness knows.  [default: what it gave back]"),
    ] = None,
    add: Annotated[
        Path | None, typer.Option("--add", metavar="FILE", help="Keep what a witness printed; - reads it from a pipe.")
    ] = None,
    witness: Annotated[
        str | None, typer.Option("--from", metavar="KEY", help="With --add, the first time: `keepmum witness --key`.")
    ] = None,
    key: Annotated[bool, typer.Option("--key", help="Print the key that checks this speaker's checkpoints.")] = False,
    as_json: AsJson = False,
    file: File = None,
) -> None:
    """Print the newest checkpoint that the speaker signed, with the proof that nothing before it changed.

    It says how many rows there are and one hash over them, and nothing of what stands in them. The speaker signs one
    every hour in which rows came.
    """
    path = book(context, file)
    if not path.is_dir():
        raise LedgerError(f"{path} is one file of rows: checkpoints lie in a ledger's folder", "give the folder")
    if key:
        typer.echo(_newest_key(path))
    elif add is not None:
        _add(path, add, witness)
    elif as_json:
        newest = witnessed.newest(path)
        vouched = [
            {"witness": each.witness.name, "size": each.checkpoint.size, "at": each.at}
            for each in witnessed.cosigned(path)
        ]
        about = {"origin": newest.origin, "size": newest.size, "root": newest.root.hex(), "witnesses": vouched}
        typer.echo(json.dumps(about))
    else:
        typer.echo(witnessed.request(path, since), nl=False)


def _newest_key(path: Path) -> Key:
    origin = witnessed.newest(path).origin
    found = keys(path).get(origin)
    if found is None:
        raise LedgerError(f"the key of {origin} is not there", "the listener writes it with its next checkpoint")
    return found


def _add(path: Path, file: Path, witness: str | None) -> None:
    try:
        untrusted = sys.stdin.read(LARGEST) if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise LedgerError(f"{file} cannot be read: {error}", "give the file that `keepmum witness` wrote") from error
    added = witnessed.add(path, untrusted, Key.parse(witness) if witness else None)
    typer.echo(f"{added.witness.name} vouches for the first {added.checkpoint.size} lines, since {clock(added.at)}")
