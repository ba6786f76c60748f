"""`keepmum lab corpus` and `keepmum lab run`: look at a corpus, and play it once to the speaker's own ears."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands import bar
from keepmum.lab.corpus.corpus import Corpus
from keepmum.lab.marks import MarkKind
from keepmum.lab.pipeline.crew import Crew, Workers
from keepmum.lab.pipeline.tuning import Tuning

app = typer.Typer()

_USUAL = Tuning()

Place = Annotated[Path, typer.Argument(metavar="CORPUS", help="A folder of recordings; its layout is found out.")]
Phrase = Annotated[str, typer.Option("--phrase", help="What wakes the speaker.")]
Model = Annotated[Path, typer.Option(metavar="FOLDER", help="Another speech model.", show_default=False)]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="Processes that share the work; 0: one for each core.")]
Dask = Annotated[
    str | None, typer.Option("--dask", metavar="ADDRESS", help="Let a Dask cluster do it: tcp://HOST:8786.")
]


def _a_day(untrusted: str) -> str:
    try:
        is_day = not untrusted or date.fromisoformat(untrusted).isoformat() == untrusted
    except ValueError:
        is_day = False
    if not is_day:
        raise typer.BadParameter(f"{untrusted} is no day; write it as 2026-11-22")
    return untrusted


Date = Annotated[
    str,
    typer.Option("--date", callback=_a_day, help="To be written down, as 2026-11-22; nothing else knows the time."),
]


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel="A corpus",
    epilog="Examples:  keepmum lab corpus recordings  ·  keepmum lab corpus LibriSpeech/test-clean --phrase computer",
)
def corpus(place: Place, phrase: Phrase = _USUAL.phrase, jobs: Jobs = 0, dask: Dask = None) -> None:
    """Open every recording of a corpus and hold its truth against it. Exit code 1 tells everything that is wrong."""
    from keepmum.lab.corpus.reading import open_corpus

    with workers(jobs, dask) as crew:
        found = open_corpus(place, " ".join(phrase.lower().split()), crew)
    typer.echo("\n".join(described(found)))


@app.command(
    rich_help_panel="A corpus",
    epilog="Examples:  keepmum lab run recordings --out run  ·  keepmum lab run recordings --out run --jobs 2  ·  "
    "keepmum lab run recordings --out run --dask tcp://10.0.0.5:8786",
)
def run(
    place: Place,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the run is written, or goes on.")],
    phrase: Phrase = _USUAL.phrase,
    trigger: Annotated[float, typer.Option(help="First stage's threshold.", min=0.001, max=0.999)] = _USUAL.trigger,
    second: Annotated[float, typer.Option(help="Second stage's threshold.", min=0.0, max=0.999)] = _USUAL.second,
    confirm: Annotated[bool, typer.Option(help="Whether Vosk must find the phrase as well.")] = True,
    model: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Another speech model.", show_default=False)
    ] = _USUAL.model,
    seed: Annotated[int, typer.Option(help="Of the quiet room around each recording.")] = 0,
    day: Date = "",
    jobs: Jobs = 0,
    dask: Dask = None,
) -> None:
    """Play a corpus once to the speaker's own ears; `lab replay` asks what would have left. Goes on after a stop."""
    from keepmum.lab.run import open_run
    from keepmum.lab.running import make_run

    tuning = Tuning(" ".join(phrase.lower().split()), trigger, second, confirm, model, seed=seed)
    with workers(jobs, dask) as crew:
        made = make_run(place, out, tuning, crew, day)
    counts = Counter(mark.kind for mark in open_run(out).marks)
    typer.echo("\n".join(described(made.corpus)))
    if made.resumed:
        typer.echo(f"{made.resumed} of {made.pieces} pieces were there already")
    told = ((MarkKind.CANDIDATE, "candidates"), (MarkKind.CONFIRMED, "confirmed by Vosk"), (MarkKind.COMMAND, "clips"))
    typer.echo(", ".join(f"{counts[kind]} {name}" for kind, name in told))
    typer.echo(f"{out}: next, keepmum lab replay {out}")


@contextmanager
def workers(jobs: int, dask: str | None) -> Iterator[Workers]:
    """Processes of this machine or a cluster, with a bar that tells how far they are."""
    with bar.shown() as show:
        if dask is None:
            yield Crew(jobs or cores(), show)
        else:
            from keepmum.lab.pipeline.cluster import Cluster

            yield Cluster(dask, show)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def described(found: Corpus) -> Iterator[str]:
    """What a corpus holds, in a few lines."""
    groups = len({recording.group for recording in found.recordings})
    words = sum(recording.words for recording in found.recordings)
    yield f"{found.name}: {len(found.recordings)} recordings in {groups} groups, {found.seconds / 3600:.2f} hours"
    yield f"{words} words by the truth; voices {found.voices}; SHA-256 {found.sha256[:16]}…"
