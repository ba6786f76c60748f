"""`keepmum boards`: which boards keepmum knows, and what one of them needs."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from keepmum import config, schema
from keepmum.boards.page import HEADINGS, made_for, overview, page
from keepmum.boards.profile import TIERS, Board
from keepmum.boards.shelf import Shelf
from keepmum.commands.wishes import wishes
from keepmum.layers import written
from keepmum.settings import Settings

app = typer.Typer()


@app.command(epilog="Examples:  keepmum boards  ·  keepmum boards respeaker-2mic-v2  ·  keepmum boards --json")
def boards(
    context: typer.Context,
    board: Annotated[str | None, typer.Argument(metavar="NAME", help="Show this one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for scripts.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page about all shipped boards.")] = False,
    json_schema: Annotated[bool, typer.Option("--schema", help="The JSON Schema of a profile, for editors.")] = False,
) -> None:
    """List the boards that keepmum knows, yours in `boards/` beside your file included."""
    shelf = config.shelf(wishes(context).file)
    if json_schema:
        typer.echo(schema.of(Board).document({"keepmum.schema.json": schema.of(Settings)}), nl=False)
    elif markdown:
        typer.echo(page(Shelf().boards()), nl=False)
    elif board is not None:
        _show(shelf, board, as_json)
    elif as_json:
        typer.echo(json.dumps([_plain(each, shelf) for each in shelf.boards()]))
    else:
        _list(shelf.boards())


def _list(known: list[Board]) -> None:
    # The name is what people type next: on a narrow screen the others wrap, and it stays whole.
    table = Table(Column(HEADINGS[0], no_wrap=True), *HEADINGS[1:], box=None, pad_edge=False, header_style="bold")
    for board in known:
        table.add_row(*overview(board))
    Console(highlight=False).print(table)
    tiers = sorted({board.tier for board in known})
    typer.echo("\n" + "\n".join(f"{tier}: {TIERS[tier]}" for tier in tiers))


def _show(shelf: Shelf, name: str, as_json: bool) -> None:
    board = shelf.board(name)
    if as_json:
        typer.echo(json.dumps(_plain(board, shelf)))
        return
    typer.echo(f"{board.name} ({board.maker}), tier {board.tier}: {TIERS[board.tier]}")
    typer.echo(f"for {made_for(board)}; from {shelf.file(name)}")
    _section("config.txt, below [all]", board.boot.lines())
    _section("the overlay comes from", [board.boot.overlay_from] if board.boot.overlay_from else [])
    for section, values in _plain(board, shelf).get("hardware", {}).items():
        _section(f"hardware.{section}", [f"{key}: {written(value)}" for key, value in values.items()])
    _section("to know", board.limits)
    _section("to be measured", board.uncertain)


def _section(title: str, lines: list[str] | tuple[str, ...]) -> None:
    if lines:
        typer.echo(f"\n{title}")
    for line in lines:
        typer.echo(f"  {line}")


def _plain(board: Board, shelf: Shelf) -> dict[str, Any]:
    """Only what the profile itself says, and its file."""
    return {**board.model_dump(mode="json", exclude_unset=True), "file": str(shelf.file(board.id))}
