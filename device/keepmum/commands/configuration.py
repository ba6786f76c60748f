"""`keepmum config`: what is in force, who said so, and whether a file would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepmum import config, layers, schema
from keepmum.commands.wishes import wishes

app = typer.Typer()


@app.command(
    "config",
    epilog="Examples:  keepmum config --show  ·  keepmum config --show --changed  ·  keepmum config --check my.yaml",
)
def configuration(
    context: typer.Context,
    _: Annotated[
        bool, typer.Option("--show", help="Print every key, its value and who said so (the default).")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="With --show: only what differs from the shipped.")
    ] = False,
    json_schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema, for editors.")] = False,
    check: Annotated[Path | None, typer.Option("--check", help="Read this file and report all its mistakes.")] = None,
) -> None:
    """Look at the configuration. Without an option it prints what is in force."""
    if json_schema:
        typer.echo(schema.document(), nl=False)
    elif check is not None:
        config.load(check, wishes(context).overrides)
        typer.echo(f"{check}: fine")
    else:
        _show(context, only_changed=changed)


def _show(context: typer.Context, *, only_changed: bool) -> None:
    said = wishes(context)
    for entry in config.explain(said.file, said.overrides):
        if entry.changed or not only_changed:
            typer.echo(f"{entry.key}: {layers.written(entry.value)}  # {entry.source}")
