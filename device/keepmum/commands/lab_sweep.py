"""`keepmum lab sweep` and `keepmum lab review`: what an assumption does to a figure, and how much people would hear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepmum.commands import bar, lab_experiments
from keepmum.commands.lab_replay import PANEL, Folder, table
from keepmum.errors import LabError
from keepmum.lab.evaluate.row import OF_THE_RUN

if TYPE_CHECKING:
    from keepmum.lab.evaluate.sweep import Look

app = typer.Typer()
OF_A_SPEAKER = ("first_look_recall", "wake_recall", "first_look_false_per_h", "false_wakes_per_h")


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab sweep run  ·  keepmum lab sweep run --policy siri-2019-before-august --metric "
    "reviews_per_year  ·  keepmum lab sweep run --over home.hours=1:16:1  ·  "
    "keepmum lab sweep run --threshold 0.3:0.9:0.1",
)
def sweep(
    folder: Folder,
    *,
    policy: Annotated[str, typer.Option(metavar="NAME", help="Whose figure.")] = "alexa-2019-default",
    metric: Annotated[str, typer.Option(metavar="FIGURE", help="A metric of metrics.csv.")] = "exposure_s_d_per_h",
    over: Annotated[
        str | None, typer.Option(metavar="KEY=LEAST:MOST:STEP", help="One number, step by step, with intervals.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="LEAST:MOST:STEP", help="The threshold of a look, step by step.")
    ] = None,
    look: Annotated[str, typer.Option(metavar="first|second", help="Whose threshold.")] = "first",
) -> None:
    """Vary what is assumed: every assumed number of a policy (a tornado plot), one number, or a threshold."""
    from keepmum.lab.evaluate.replaying import policies_of, replayed_with
    from keepmum.lab.evaluate.sweep import Sweep, named, span, steps
    from keepmum.lab.report.sweeps import of_steps, of_swings
    from keepmum.lab.run import open_run

    run = open_run(folder)
    chosen = named(policies_of(run), policy)
    varied = Sweep(run, replayed_with(run))
    if threshold:
        values = steps(threshold)
        figures = [(OF_THE_RUN, name) for name in OF_A_SPEAKER] + [(policy, metric)]
        found = varied.stricter([chosen], _look(look), values)
        swept = of_steps(f"threshold of the {look} look", values, found, figures)
    elif over:
        key, values = span(over)
        swept = of_steps(key, values, varied.over([chosen], key, values), [(policy, metric)])
    else:
        swept = of_swings(chosen, metric, *varied.tornado(chosen, metric))
    table(swept.headings, swept.rows)
    typer.echo("\n" + "\n".join(str(file) for file in swept.write(run.folder)))


@app.command(
    rich_help_panel=lab_experiments.PANEL,
    epilog="Examples:  keepmum lab review  ·  keepmum lab review --run run  ·  "
    "keepmum lab review --homes 5000 --json review.json",
)
def review(
    run: Annotated[Path | None, typer.Option("--run", metavar="RUN", help="Homes that live as in this run.")] = None,
    homes: Annotated[int, typer.Option("--homes", min=1, max=1_000_000, help="How many homes, for a year.")] = 500,
    seed: lab_experiments.Seed = 13,
    file: lab_experiments.Json = None,
) -> None:
    """How much of a household do people hear? Reviewers as in the news, a year of many homes, with caps and without.

    Without a run the homes live as in the golden table. Exit code 1 if a cap is exceeded, or a missing cap not seen.
    """
    from keepmum.lab.evaluate.replaying import again, policies_of
    from keepmum.lab.experiments.review import measure
    from keepmum.lab.golden import timeline
    from keepmum.lab.run import open_run
    from keepmum.lab.shelf import Shelf

    opened = open_run(run) if run is not None else None
    lived = again(opened)[0].timeline if opened else timeline()
    policies = policies_of(opened) if opened else Shelf().policies()
    with bar.shown() as show:
        result = measure(lived, policies, homes, seed, lambda done, of: show("policies", done, of))
    lab_experiments.told(result, file)


def _look(untrusted: str) -> Look:
    if untrusted == "first":
        return "first"
    if untrusted == "second":
        return "second"
    raise LabError(f"there is no look {untrusted[:20]!r}", "it is `first` or `second`")
