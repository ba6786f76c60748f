"""`keepmum lab tv` and `keepmum lab wake`: what wakes the speaker's own ears, and whom they miss."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands.lab_experiments import PANEL, Json, Seed, told
from keepmum.commands.lab_run import Dask, Jobs, workers
from keepmum.lab.pipeline.tuning import Tuning

app = typer.Typer()

_USUAL = Tuning()

Show = Annotated[
    Path | None, typer.Argument(metavar="[CORPUS]", help="Recordings of shows; without them a television is spoken.")
]
Minutes = Annotated[float, typer.Option("--minutes", min=1.0, help="How long the spoken television plays.")]


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab tv  ·  keepmum lab tv shows --json tv.json  ·  keepmum lab tv --phrase computer",
)
def tv(
    place: Show = None,
    *,
    phrase: Annotated[str, typer.Option("--phrase", help="What wakes the speaker.")] = _USUAL.phrase,
    minutes: Minutes = 20.0,
    seed: Seed = 1,
    jobs: Jobs = 0,
    dask: Dask = None,
    file: Json = None,
) -> None:
    """How often does a television wake it, for how long, and what does Vosk's confirmation save?

    Exit code 1 if silence wakes it, or a deaf or a nervous speaker is not told apart.
    """
    from keepmum.lab.experiments.tv import measure

    with workers(jobs, dask) as crew:
        result = measure(place, seed, Tuning(" ".join(phrase.lower().split())), crew, minutes)
    told(result, file)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab wake  ·  keepmum lab wake --phrase alexa --threshold 0.2 --threshold 0.8  ·  "
    "keepmum lab wake --talk shows",
)
def wake(
    *,
    phrase: Annotated[list[str] | None, typer.Option("--phrase", help="One of the phrases; may be repeated.")] = None,
    threshold: Annotated[
        list[float] | None, typer.Option("--threshold", min=0.001, max=0.999, help="May be repeated.")
    ] = None,
    talk: Annotated[
        Path | None, typer.Option("--talk", metavar="CORPUS", help="Recordings in which nobody has to call it.")
    ] = None,
    seed: Seed = 1,
    jobs: Jobs = 0,
    dask: Dask = None,
    file: Json = None,
) -> None:
    """Which phrase at which threshold? Missed calls against false wakes, and the words that sound alike.

    Exit code 1 if a speaker with another phrase seems to be woken.
    """
    from keepmum.lab.experiments.wake import PHRASES, THRESHOLDS, measure

    phrases = [" ".join(each.lower().split()) for each in phrase or PHRASES]
    with workers(jobs, dask) as crew:
        result = measure(phrases, threshold or THRESHOLDS, seed, crew, talk)
    told(result, file)
