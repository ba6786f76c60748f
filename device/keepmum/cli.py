"""The `keepmum` command: it puts the words together, and turns every expected error into two plain lines."""

from __future__ import annotations

import importlib.metadata
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands import (
    boards,
    book,
    configuration,
    consents,
    conversation,
    doctor,
    forge,
    lab,
    microphones,
    panel,
    processes,
    reset,
    ring,
    units,
    witness,
    words,
)
from keepmum.commands.wishes import Wishes, overrides
from keepmum.errors import KeepmumError

app = typer.Typer(
    name="keepmum",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    # A traceback with local variables could print what was heard.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with:  keepmum demo  ·  keepmum COMMAND --help  ·  keepmum --install-completion",
)
app.add_typer(processes.app)
app.add_typer(conversation.app)
app.add_typer(configuration.app)
app.add_typer(boards.app)
app.add_typer(ring.app)
app.add_typer(microphones.app)
app.add_typer(doctor.app)
app.add_typer(reset.app)
app.add_typer(units.app)
app.add_typer(panel.app)
app.add_typer(consents.app, name="consents", help="Read the receipts: what was agreed to, and whether it counts.")
app.add_typer(book.app, name="ledger", help="Read the ledger: what left, what was refused, and why.")
app.add_typer(witness.app)
app.add_typer(words.app, name="words", help="Teach it a word: a room, a name, a wake phrase of your own.")
app.add_typer(forge.app, name="forge", help="Make a speech model of your own, on this machine.")
app.add_typer(lab.app, name="lab", help="For researchers: what would leave a home under each policy.")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"keepmum {importlib.metadata.version('keepmum')}")
        raise typer.Exit


@app.callback()
def keepmum(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="Your configuration file.  [default: $KEEPMUM_CONFIG, /etc/keepmum/keepmum.yaml]"
        ),
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting for this run; may be repeated.")
    ] = None,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """A smart speaker that keeps mum.

    Anyone may make it quieter: mute, local, withdraw and forget work from here. Only a hand on its button can make it
    louder.
    """
    context.obj = Wishes(config, overrides(setting or []))


def main() -> None:
    """Run the command line; exit code 1 for an error, 2 for a wrong use."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without a dash or a dot in its alphabet gets a question mark, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeepmumError as error:
        print(error.told_by("keepmum"), file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
