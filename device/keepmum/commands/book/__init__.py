"""`keepmum ledger`: the household's own look at what left, what was refused, and whether the book was touched."""

import typer

from keepmum.commands.book import checkpoint, export, show, verify, why

app = typer.Typer(no_args_is_help=True)
for part in (show, why, export, verify, checkpoint):
    app.add_typer(part.app)
