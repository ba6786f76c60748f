"""`keepmum lab faults`, `mute`, `consent` and `deletion`: experiments with the real speaker, and how all are told."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keepmum.commands import bar
from keepmum.lab.experiments.result import Control, Figure, Result

PANEL = "Experiments"
"""The part of `keepmum lab --help` in which each of them stands."""

Json = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there as well; - for stdout, alone.")
]
Seed = Annotated[int, typer.Option("--seed", help="What chance begins with: the same seed, the same trials.")]
Cycles = Annotated[int | None, typer.Option("--cycles", min=1, help="How many trials of each kind.")]


app = typer.Typer()


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab mute  ·  keepmum lab mute --cycles 1000 --json mute.json",
)
def mute(cycles: Cycles = None, seed: Seed = 7, file: Json = None) -> None:
    """Is mute mute? The real listener, muted at random instants: what it reads, keeps and shows after the press.

    Exit code 1 if a promise is broken, or a planted late mute or lying ring is not caught.
    """
    from keepmum.lab.experiments.mute import measure

    with bar.shown() as show:
        result = measure(cycles or 100, seed, lambda done, of: show("presses", done, of))
    told(result, file)


def told(result: Result, file: Path | None) -> None:
    """Print an experiment's figures, write them to `file` if there is one, and end with 1 unless everything holds."""
    document = json.dumps(result.document(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if file is not None and str(file) == "-":
        typer.echo(document, nl=False)
    else:
        _show(result)
    if file is not None and str(file) != "-":
        file.write_text(document, encoding="utf-8")
    for line in failures(result):
        print(line, file=sys.stderr)
    if not result.holds:
        raise typer.Exit(1)


def failures(result: Result) -> list[str]:
    """One line for each promise that was not kept, and each planted defect that was not seen."""
    broken = [
        f"promise broken: {each.case}: {each.name}: {number(each)}, {each.most:g} at most" for each in result.broken
    ]
    return broken + [f"control not caught: {each.name} ({each.by})" for each in result.missed]


def number(figure: Figure) -> str:
    """The value with its unit."""
    if figure.value is None:
        return "nothing to count"
    return f"{figure.value:.4g} {figure.unit}".strip()


def interval(figure: Figure) -> str:
    """The limits of the interval, or a dash where there is none."""
    if figure.low is None and figure.high is None:
        return "–"
    low, high = ("?" if limit is None else f"{limit:.3g}" for limit in (figure.low, figure.high))
    return f"{low} – {high}"


def _show(result: Result) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]{result.experiment}[/]: {result.question} [dim](seed {result.seed})[/]\n")
    console.print(
        _table(("what was done", "what was counted", "value", "95 %", "n", "", ""), map(_figure, result.figures))
    )
    if result.controls:
        console.print(_table(("planted defect (control)", "", "by"), map(_control, result.controls)))
    for note in result.notes:
        console.print(f"[dim]{note}[/]")


def _table(headings: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    table.add_row()
    return table


def _figure(figure: Figure) -> tuple[str, ...]:
    promise = "" if figure.most is None else "as promised" if figure.kept else "[red]BROKEN[/]"
    count = "" if figure.n is None else str(figure.n)
    return figure.case, figure.name, number(figure), interval(figure), count, figure.kind.value, promise


def _control(control: Control) -> tuple[str, ...]:
    return control.name, "caught" if control.caught else "[red]NOT CAUGHT[/]", control.by
