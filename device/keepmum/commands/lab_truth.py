"""`keepmum lab oracle`, `locate`, `identifiers` and `canaries`: what can be known without anybody's word."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands import bar
from keepmum.commands.lab_experiments import PANEL, Json, Seed, told

LOOKING = "Looking for leaks"

app = typer.Typer()


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab oracle  ·  keepmum lab oracle --clips 400 --json oracle.json  ·  "
    "keepmum lab oracle recordings --seconds 2",
)
def oracle(
    place: Annotated[
        Path | None, typer.Argument(metavar="[CORPUS]", help="Recordings; without them some are spoken.")
    ] = None,
    *,
    clips: Annotated[int, typer.Option("--clips", min=4, help="How many are cut, and changed in every way.")] = 20,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=60.0, help="How long each is.")] = 3.0,
    seed: Seed = 7,
    file: Json = None,
) -> None:
    """Is the leak oracle to be trusted? Clips have to be found where they were cut: in a room, disguised, bleeped.

    Exit code 1 if more than 1 in 100 is not, or if clips that come from nowhere seem to come from somewhere.
    """
    from keepmum.lab.experiments.oracle import measure

    with bar.shown() as show:
        result = measure(place, clips, seconds, seed, lambda done, of: show("changes", done, of))
    told(result, file)


@app.command(
    rich_help_panel=LOOKING,
    epilog="Examples:  keepmum lab locate clip.wav --corpus recordings  ·  keepmum lab locate *.wav --corpus shows",
)
def locate(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Sound files of which nobody knows whence.")],
    corpus: Annotated[Path, typer.Option("--corpus", metavar="CORPUS", help="What was played.")],
) -> None:
    """Say from where in a corpus clips come, by their sound alone: recording, second, score. No recogniser is asked.

    Exit code 1 if a clip surely comes from the corpus: whoever looks for leaks has found one.
    """
    from keepmum.commands.lab_replay import table
    from keepmum.lab.corpus.reading import open_corpus
    from keepmum.lab.truth import oracle as seeking
    from keepmum.lab.truth import tape
    from keepmum.lab.truth.looking import recorded

    sounds = [recorded(clip) for clip in clips]
    known = open_corpus(corpus)
    with bar.shown() as show:
        read = 0

        def tell(seconds: int) -> None:
            nonlocal read
            read += seconds
            show("seconds of the corpus", min(read, round(known.seconds)), round(known.seconds))

        places = seeking.locate_all(sounds, tape.of(known), tell=tell)
    rows = []
    for clip, place in zip(clips, places, strict=True):
        if place is None:
            rows.append((str(clip), "–", "–", "–", "silent, or too short to tell"))
        else:
            sure = "surely" if place.sure else "not surely"
            rows.append((str(clip), place.recording, f"{place.at:.2f} s", f"{place.score:.2f}", f"{sure}, {place.by}"))
    table(("clip", "recording", "at", "score", ""), rows)
    if any(place is not None and place.sure for place in places):
        raise typer.Exit(1)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab identifiers  ·  keepmum lab identifiers --clips 20 --json identifiers.json",
)
def identifiers(
    clips: Annotated[int, typer.Option("--clips", min=1, max=60, help="How many leave before the search.")] = 4,
    seed: Seed = 7,
    file: Json = None,
) -> None:
    """Does anything that leaves tell whose it is? The wire, the broker and all files are searched for this machine.

    Then, under each policy: how many bits tell the home, and which clips could be linked, to each party. Exit code 1
    if a name of this machine is found, or a planted one is not.
    """
    from keepmum.lab.experiments.identifiers import measure

    with bar.shown() as show:
        result = measure(clips, seed, lambda done, of: show("clips", done, of))
    told(result, file)


@app.command(
    rich_help_panel=LOOKING,
    epilog="Examples:  keepmum lab search tapped /var/lib/mosquitto  ·  keepmum lab search backup --bytes letter.txt  "
    "·  keepmum lab search core.1234 --sound command.wav",
)
def search(
    places: Annotated[
        list[Path], typer.Argument(metavar="PLACE...", help="Files, or folders with all that is in them.")
    ],
    *,
    content: Annotated[
        list[Path] | None, typer.Option("--bytes", metavar="FILE", help="Look for any part of this file.")
    ] = None,
    sounds: Annotated[
        list[Path] | None, typer.Option("--sound", metavar="FILE", help="Look for any moment of this recording.")
    ] = None,
) -> None:
    """Look for what may stand nowhere: this machine's names, or parts of a file, or moments of a recording.

    Raw, hexadecimal and base64; sound in four forms. What was encrypted or packed is not seen. Exit code 1 if
    something is found. Before, everything is planted in a test and has to be found there.
    """
    from keepmum.commands.lab_replay import table
    from keepmum.errors import LabError
    from keepmum.lab.truth.looking import sought_for
    from keepmum.lab.truth.search import control
    from keepmum.lab.truth.search import search as look

    sought = sought_for(content or [], sounds or [])
    found, planted = control(sought)
    if not found == planted > 0:
        raise LabError(f"the search found {found} of {planted} planted things", "it would prove nothing; report this")
    hits = look(places, sought)
    if hits:
        table(("where", "at byte", "what"), [(hit.place, str(hit.offset), hit.what) for hit in hits])
    typer.echo(f"{len(hits)} found; of {planted} planted things all were", err=True)
    if hits:
        raise typer.Exit(1)
