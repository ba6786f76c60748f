"""`keepmum lab`: the policies that are compared, the golden table that holds the comparison, and all that uses them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from keepmum import schema
from keepmum.commands import (
    lab_all,
    lab_capture,
    lab_demo,
    lab_experiments,
    lab_replay,
    lab_run,
    lab_sweep,
    lab_truth,
    lab_wakes,
    lab_watchers,
)
from keepmum.lab.golden import golden
from keepmum.lab.page import (
    GOLDEN_HEADINGS,
    KINDS,
    POLICY_HEADINGS,
    SIMULATED,
    explained,
    golden_csv,
    golden_row,
    overview,
)
from keepmum.lab.policy import Policy
from keepmum.lab.shelf import Shelf

app = typer.Typer(no_args_is_help=True)

PANEL = "Policies"
WHOLE = 160
"""Columns that the golden table needs; a narrow screen breaks its lines, and cuts no number."""

Folder = Annotated[
    Path | None, typer.Option("--policies", metavar="FOLDER", help="A folder with policies of your own.")
]


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab policies  ·  keepmum lab policies siri-2019-before-august  ·  "
    "keepmum lab policies --policies my-policies",
)
def policies(
    policy: Annotated[str | None, typer.Argument(metavar="NAME", help="Explain this one.")] = None,
    own: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for scripts.")] = False,
    json_schema: Annotated[bool, typer.Option("--schema", help="The JSON Schema of a policy, for editors.")] = False,
) -> None:
    """List the policies, or explain one of them with every number's mark and source."""
    shelf = Shelf(own)
    if json_schema:
        typer.echo(schema.of(Policy).document(), nl=False)
    elif as_json:
        known = [shelf.policy(policy)] if policy else shelf.policies()
        typer.echo(json.dumps([_plain(each) for each in known]))
    elif policy is not None:
        typer.echo("\n".join(explained(shelf.policy(policy))))
    else:
        _table(POLICY_HEADINGS, map(overview, shelf.policies()))
        typer.echo("\n" + "\n".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()))


@app.command(
    "golden",
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab golden  ·  keepmum lab golden --csv >golden.csv",
)
def golden_table(
    as_csv: Annotated[bool, typer.Option("--csv", help="One number a line; the same bytes every time.")] = False,
) -> None:
    """Make the golden table again and compare each number. Exit code 1 if one is off by more than 1 %."""
    rows = golden(Shelf().policies())
    if as_csv:
        typer.echo(golden_csv(rows), nl=False)
    else:
        _table(GOLDEN_HEADINGS, map(golden_row, rows), width=WHOLE)
        typer.echo(f"\n{SIMULATED}")
    misses = [miss for row in rows for miss in row.misses()]
    for miss in misses:
        typer.echo(f"off: {miss}", err=True)
    if misses:
        raise typer.Exit(1)
    typer.echo(f"{sum(len(row.stated) for row in rows)} numbers are as they were printed, or within 1 %", err=True)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int = 0) -> None:
    # What a policy is called, and whether it is simulated, stays whole on a narrow screen.
    whole = [Column(heading, no_wrap=True) for heading in headings[:2]]
    table = Table(*whole, *headings[2:], box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False)
    console.width = max(console.width, width)
    console.print(table)


def _plain(policy: Policy) -> dict[str, Any]:
    """As its file says it, with the mark and source of every number written out; for ever is `Infinity`."""
    return policy.model_dump(mode="json", by_alias=True, exclude_none=True)


PARTS = (lab_demo, lab_run, lab_replay, lab_sweep, lab_wakes, lab_watchers, lab_truth, lab_experiments, lab_capture)
for part in (*PARTS, lab_all):
    part.register(app)
