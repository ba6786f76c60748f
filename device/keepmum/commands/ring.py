"""What the light means, for whoever looks at it; and the light of a speaker that does not run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from keepmum.commands.wishes import settings

if TYPE_CHECKING:
    from keepmum.listener.look import Rung

app = typer.Typer()


@app.command(epilog="Examples:  keepmum ring  ·  keepmum ring --unknown")
def ring(
    context: typer.Context,
    svg: Annotated[bool, typer.Option("--svg", help="Print the picture of the table instead.")] = False,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Set the ring to the look of a speaker that does not run, and leave it.")
    ] = False,
) -> None:
    """What each look of the ring means; the first line that applies is shown."""
    # Late, so that the other commands start without what the listener needs.
    from keepmum.hardware.drivers import open_ring
    from keepmum.listener import drawing
    from keepmum.listener.look import UNKNOWN

    if svg:
        typer.echo(drawing.svg(), nl=False)
    elif unknown:
        # Not closed: closing goes dark, and a dark ring could be a broken one.
        open_ring(settings(context).hardware.ring).show(UNKNOWN)
    else:
        Console().print(_table(drawing.rows()))


def _table(rows: Iterable[Rung]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("ring", "motion", "means", "shown when"):
        table.add_column(title)
    for rung in rows:
        red, green, blue = rung.look.colour.value
        lamps = Text(f"●●● {rung.look.colour.name.lower()}", style=f"rgb({red},{green},{blue})")
        table.add_row(lamps, rung.look.motion.value, rung.look.meaning, rung.when)
    return table
