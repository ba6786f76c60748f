"""`keepmum lab faults`, `mute`, `consent` and `deletion`: experiments with the speaker, and how all are told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
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
Cycles = Annotated[int, typer.Option("--cycles", min=1, help="How many trials of each kind.")]


app = typer.Typer()


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL, epilog="Examples:  keepmum lab faults  ·  keepmum lab faults --only down --json faults.json"
)
def faults(
    only: Annotated[
        str, typer.Option("--only", metavar="WORDS", help="Only faults with these words in their names.")
    ] = "",
    seed: Seed = 7,
    file: Json = None,
) -> None:
    """Does anything leak late? The broker falls over, is slow, refuses; the disk fills; the clock jumps.

    Somebody withdraws meanwhile. With a real mosquitto and the real uplink. Exit code 1 if a byte leaves after that,
    or a planted defect is not caught.
    """
    from keepmum.lab.experiments.faults import measure

    _run(lambda progress: measure(only, seed, progress), "faults", file)


@app.command(
    rich_help_panel=PANEL, epilog="Examples:  keepmum lab mute  ·  keepmum lab mute --cycles 1000 --json mute.json"
)
def mute(cycles: Cycles = 100, seed: Seed = 7, file: Json = None) -> None:
    """Is mute mute? The real listener, muted at random instants: what it reads, keeps and shows after the press.

    Exit code 1 if a promise is broken, or a planted late mute or lying ring is not caught.
    """
    from keepmum.lab.experiments.mute import measure

    _run(lambda progress: measure(cycles, seed, progress), "presses", file)


@app.command(
    rich_help_panel=PANEL, epilog="Examples:  keepmum lab consent  ·  keepmum lab consent --cycles 200 --seed 8"
)
def consent(cycles: Cycles = 15, seed: Seed = 7, file: Json = None) -> None:
    """Does a byte leave without a receipt? Random histories of granting, withdrawing, expiry and change.

    With uploads in flight over a real broker. Exit code 1 if one does, or a planted cached consent is not caught.
    """
    from keepmum.lab.experiments.consent import measure

    _run(lambda progress: measure(cycles, seed, progress), "histories", file)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab deletion  ·  keepmum lab deletion --cycles 50 --json gone.json",
)
def deletion(cycles: Cycles = 6, seed: Seed = 7, file: Json = None) -> None:
    """Are the copies gone? Clips are recalled on the speaker, at the broker and at the desk, and searched for.

    Exit code 1 if one stays, or a recipient that lies about it is not caught.
    """
    from keepmum.lab.experiments.deletion import measure

    _run(lambda progress: measure(cycles, seed, progress), "clips", file)


Progress = Callable[[int, int], None]


def _run(measure: Callable[[Progress], Result], what: str, file: Path | None) -> None:
    with bar.shown() as show:
        result = measure(lambda done, of: show(what, done, of))
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
        table(("what was done", "what was counted", "value", "95 %", "n", "", ""), map(_figure, result.figures))
    )
    if result.controls:
        console.print(table(("planted defect (control)", "", "by"), map(_control, result.controls)))
    for note in result.notes:
        console.print(f"[dim]{note}[/]")


def table(headings: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    """Rows under their headings, and a line of air."""
    shown = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*row)
    shown.add_row()
    return shown


def _figure(figure: Figure) -> tuple[str, ...]:
    promise = "" if figure.most is None else "as promised" if figure.kept else "[red]BROKEN[/]"
    count = "" if figure.n is None else str(figure.n)
    return figure.case, figure.name, number(figure), interval(figure), count, figure.kind.value, promise


def _control(control: Control) -> tuple[str, ...]:
    return control.name, "caught" if control.caught else "[red]NOT CAUGHT[/]", control.by
