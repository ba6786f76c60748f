"""`keepmum reset`: before the speaker is given away, or when its identity is damaged."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from keepmum import ledger
from keepmum.commands.wishes import settings
from keepmum.errors import LedgerError

app = typer.Typer()

_DESTROYS = """This makes the speaker nobody's. It destroys, for good:
  its identity, and with it the keys that demand deletions
  every consent with its receipt, and the mutes and the mode
  what waits to leave, the private parts of the ledger, what the skills remember, the words you taught it"""

_KEPT = {False: "The ledger stays, with a last line that says so.", True: "The ledger is destroyed too."}


@app.command(epilog="Examples:  keepmum reset  ·  keepmum reset --ledger-too --yes")
def reset(
    context: typer.Context,
    ledger_too: Annotated[bool, typer.Option("--ledger-too", help="Destroy the ledger as well.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget everything: identity, receipts, consents, mutes, mode, what waits to leave, what the skills remember.

    The ledger stays, with a last line about it. The speaker must be stopped; when it starts again it is muted and
    local, like one that nobody has set up. Settings and passwords are files of yours, and stay.
    """
    # Late, so that the other commands start without what the listener needs; all of it before root acts for somebody.
    from keepmum.listener.alone import Alone
    from keepmum.listener.fates import FOLLOWED, fates
    from keepmum.listener.reset import as_owner_of, reset

    folders, now = settings(context).folders, time.time()
    with as_owner_of(folders.state):
        alone = Alone(folders.state)
        try:
            if not yes:
                typer.echo(f"{_DESTROYS}\n{_KEPT[ledger_too]}")
                try:
                    typer.echo(_outside(len(fates(ledger.read(folders.ledger, now - FOLLOWED), (), now).outside)))
                except (LedgerError, OSError):
                    typer.echo("The ledger cannot be read, so nobody knows what others still have of you.")
                typer.confirm("Go on?", abort=True)
            done = reset(folders, now, ledger_too=ledger_too)
        finally:
            alone.close()
    typer.echo(f"{done.files} files are destroyed. The next start is muted and local.")
    for path in done.left:
        typer.echo(f"left alone, because keepmum did not write it: {path}")


def _outside(count: int) -> str:
    """What nobody could demand back afterwards."""
    if not count:
        return "Nobody else has a recording of you, as far as the ledger tells."
    return (
        f"Others may still have {count} of your recordings. After this nobody can demand that they be destroyed: "
        "to do that, start the speaker, run `keepmum withdraw`, and wait for the answers."
    )
