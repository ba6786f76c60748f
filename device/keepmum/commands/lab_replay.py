"""`keepmum lab replay`, `report`, `compare` and `export`: what would have left in a run, and how people are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from keepmum.commands import bar

if TYPE_CHECKING:
    from keepmum.lab.evaluate.evaluation import Evaluation

PANEL = "A run"
app = typer.Typer()

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
Own = Annotated[Path | None, typer.Option("--policies", metavar="FOLDER", help="A folder with policies of your own.")]
SHOWN = (
    "clips_per_h",
    "upload_s_per_h",
    "false_s_per_h",
    "exposure_s_d_per_h",
    "linkability",
    "reviews_capped_per_year",
)
HEADINGS = ("policy", "figures", "clips/h", "s/h uploaded", "not meant, s/h", "exposure, s·d/h", "linked", "heard/yr")


class Format(StrEnum):
    """What other tools read."""

    MONIOTR = "moniotr"
    VCF = "vcf"
    VARYS = "varys"
    RTTM = "rttm"
    PARQUET = "parquet"


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab replay run  ·  keepmum lab replay run --policies my-policies  ·  "
    "keepmum lab replay run --hours-a-day 2 --horizon 365",
)
def replay(
    folder: Folder,
    *,
    own: Own = None,
    hours: Annotated[
        float, typer.Option("--hours-a-day", help="Assumed: hours a day in which a home sounds like the corpus.")
    ] = 4.0,
    approves: Annotated[float, typer.Option(help="Assumed: part of the commands that a home approves if asked.")] = 0.1,
    longest: Annotated[float, typer.Option(help="Assumed: seconds after which any speaker stops recording.")] = 20.0,
    horizon: Annotated[float, typer.Option(help="Days for which what is kept for ever counts.")] = 3650.0,
    against: Annotated[
        str, typer.Option(metavar="NAME", help="The policy that the others are told apart from.")
    ] = "alexa-2019-default",
) -> None:
    """Play every policy over a run: flows, decisions with reasons, and figures with intervals, into its folder."""
    from keepmum.lab.evaluate.replaying import Assumptions
    from keepmum.lab.evaluate.replaying import replay as play
    from keepmum.lab.events import Home
    from keepmum.lab.run import open_run

    run = open_run(folder)
    evaluation = play(run, Assumptions(Home(hours, approves, longest), horizon, against), own)
    _overview(evaluation)
    typer.echo(f"{folder}: next, keepmum lab report {folder}")


@app.command(rich_help_panel=PANEL, epilog="Example:  keepmum lab report run")
def report(folder: Folder) -> None:
    """Make the report of a run: a page that needs nothing but a browser, Markdown, plots, and what a paper cites."""
    typer.echo(reported(folder))


def reported(folder: Path) -> Path:
    """The page's file, with a bar on the way."""
    from keepmum.lab.evaluate.replaying import again
    from keepmum.lab.report.folder import write
    from keepmum.lab.run import open_run

    run = open_run(folder)
    with bar.shown() as show:
        evaluation, assumptions = again(run)
        return write(run, evaluation, assumptions, lambda done, of: show("the report", done, of))


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab compare run-2025 run-2026  ·  keepmum lab compare run other-model --all",
)
def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="Another one.")],
    everything: Annotated[bool, typer.Option("--all", help="Also what is the same in both.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV, for scripts.")] = False,
) -> None:
    """Two runs side by side: each figure in both, the difference, and its interval. Paired if they heard the same."""
    from keepmum.lab.evaluate import compare as comparing
    from keepmum.lab.evaluate.replaying import again
    from keepmum.lab.run import open_run

    one, other = open_run(first), open_run(second)
    (evaluated, how_one), (evaluated_other, how_other) = again(one), again(other)
    comparing.refuse_other_assumptions(how_one, how_other)
    pairs = comparing.compare(one, other, evaluated, evaluated_other, one.facts.seed)
    shown = [pair for pair in pairs if everything or pair.difference]
    if as_csv:
        typer.echo(comparing.csv_of(pairs if everything else shown), nl=False)
        return
    table(("policy", "figure", str(first), str(second), "difference", "95 %", ""), comparing.told_of(shown))
    how = (
        "paired: both heard the same recordings" if comparing.are_paired(one, other) else "not paired: other recordings"
    )
    typer.echo(f"\n{how}; {len(pairs) - len(shown)} figures are the same or cannot be said")


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab export run --format rttm --out labels  ·  "
    "keepmum lab export run --format vcf --policy alexa-2019-default --out traces",
)
def export(
    folder: Folder,
    *,
    form: Annotated[Format, typer.Option("--format", help="What other tools read.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to.")],
    only: Annotated[
        list[str] | None, typer.Option("--policy", metavar="NAME", help="This policy alone; may be repeated.")
    ] = None,
) -> None:
    """Write a run as other tools read it. Traffic is simulated: what an observer would see of each upload."""
    from dataclasses import replace

    from keepmum.lab.evaluate.replaying import again
    from keepmum.lab.evaluate.sweep import named
    from keepmum.lab.export.formats import export as write
    from keepmum.lab.run import open_run

    run = open_run(folder)
    evaluation, _ = again(run)
    if only:
        chosen = {named(evaluation.policies, name).id for name in only}
        kept = tuple(figures for figures in evaluation.figures if figures.policy.id in chosen)
        evaluation = replace(evaluation, figures=kept)
    typer.echo(f"{write(run, evaluation, form.value, out)} files in {out}")


def _overview(evaluation: Evaluation) -> None:
    from keepmum.lab.evaluate.row import between, told
    from keepmum.lab.report.tables import percent

    def cell(name: str, metric: str) -> str:
        row = evaluation.row(name, metric)
        if row.value is None:
            return "–"
        if row.unit == "share":
            return percent(row.value)
        interval = between(row) if metric == "upload_s_per_h" else ""
        return f"{told(row.value)} ({interval})" if interval else told(row.value)

    rows = [
        (figures.policy.id, figures.kind, *(cell(figures.policy.id, metric) for metric in SHOWN))
        for figures in evaluation.figures
    ]
    table(HEADINGS, rows)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; on a narrow screen its lines break, and nothing is cut."""
    shown = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*row)
    console = Console(highlight=False)
    console.width = max(console.width, 150)
    console.print(shown)
