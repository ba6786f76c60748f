"""`keepmum lab demo`: from nothing to a report, with a household that programs speak on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands import bar, lab_run
from keepmum.commands.lab_replay import reported

app = typer.Typer()

PANEL = "Begin here"
SCENE = 240.0
"""Seconds of one scene: short ones, so that there are enough of them for intervals."""
HOURS_A_DAY = 4.0


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know this command."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab demo  ·  keepmum lab demo --out try --minutes 5 --seed 3",
)
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where corpus, run and report go.")] = Path(
        "keepmum-lab-demo"
    ),
    minutes: Annotated[float, typer.Option(min=1, max=600, help="How long the household lives.")] = 40.0,
    seed: Annotated[int, typer.Option(help="Of the household; the same seed gives the same report.")] = 1,
    jobs: lab_run.Jobs = 0,
) -> None:
    """Make a whole report with nothing downloaded: a spoken household, heard once, played under every policy.

    Needs espeak-ng. Its voices are no people's: the figures show what the lab does, and nothing about homes.
    """
    from keepmum.lab.corpus.speech import speak_household
    from keepmum.lab.evaluate.replaying import Assumptions, replay
    from keepmum.lab.events import Home
    from keepmum.lab.pipeline.tuning import Tuning
    from keepmum.lab.run import open_run
    from keepmum.lab.running import make_run

    corpus, run = out / "household", out / "run"
    if not (corpus / "corpus.yaml").exists():
        with bar.shown() as show:
            show("a household is being spoken", 0, 1)
            speak_household(corpus, seed, minutes, length=SCENE)
    with lab_run.workers(jobs, None) as crew:
        made = make_run(corpus, run, Tuning(seed=seed), crew)
    typer.echo("\n".join(lab_run.described(made.corpus)))
    replay(open_run(run), Assumptions(Home(hours=HOURS_A_DAY)))
    page = reported(run)
    typer.echo(f"\nThe report: {page.resolve().as_uri()}")
    typer.echo(f"Next: keepmum lab replay {run} --policies my-policies  ·  keepmum lab sweep {run}")
