"""`keepmum forge`: makes a speech model out of a recipe, recordings and programs that speak."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from keepmum.commands import bar
from keepmum.errors import ForgeError
from keepmum.forge import recipe as recipes
from keepmum.forge.recipe import Recipe

app = typer.Typer(no_args_is_help=True)

TINY = "tiny"

Named = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe of config/recipes, or a YAML file of your own.")]
WorkFolder = Annotated[Path, typer.Option("--work", metavar="FOLDER", help="Where everything is made, and goes on.")]
SpeechFolders = Annotated[
    list[Path] | None,
    typer.Option("--speech", metavar="FOLDER", help="Transcribed recordings with a manifest; may be repeated."),
]
NoisesFolder = Annotated[Path | None, typer.Option("--noises", metavar="FOLDER", help="Recordings of a home's noises.")]
JudgingFolders = Annotated[
    list[Path] | None,
    typer.Option("--judging", metavar="FOLDER", help="Recordings that must not train; may be repeated."),
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, max=256, help="Processes at the same time.")]
Threads = Annotated[
    int, typer.Option("--threads", min=1, max=64, help="Threads of the training; more than free cores make it slow.")
]
Tiny = Annotated[bool, typer.Option("--tiny", help="The recipe `tiny`: the whole path in two minutes.")]


@app.command(
    epilog="Examples:  keepmum forge prepare --tiny --work tiny  ·  "
    "keepmum forge prepare en-household --work forged --speech recordings --noises noises --jobs 2"
)
def prepare(
    recipe: Named = "en-household",
    *,
    work: WorkFolder = Path("forged"),
    speech: SpeechFolders = None,
    noises: NoisesFolder = None,
    judging: JudgingFolders = None,
    jobs: Jobs = 1,
    tiny: Tiny = False,
) -> None:
    """Speak the sentences and turn all speech into features. What is done already is not done again."""
    chosen = asked_for(TINY if tiny else recipe)
    need_workshop()
    from keepmum.forge.corpus import preparing

    with bar.shown() as progress:
        account = preparing.prepare(
            chosen, work, recordings=speech or [], noises=noises, jobs=jobs, progress=progress, evaluation=judging or []
        )
    typer.echo("\n".join(_told(account)))


@app.command(
    epilog="Examples:  keepmum forge train --tiny --work tiny  ·  keepmum forge train en-household --work forged"
)
def train(
    recipe: Named = "en-household", *, work: WorkFolder = Path("forged"), threads: Threads = 1, tiny: Tiny = False
) -> None:
    """Train the network on what is prepared. Ctrl-C stops after a checkpoint; the same command goes on from it."""
    chosen = asked_for(TINY if tiny else recipe)
    need_workshop(learning=True)
    from keepmum.forge import language
    from keepmum.forge import work as places
    from keepmum.forge.acoustic import training

    place = places.opened(work, chosen)
    outputs = language.Shelf().language(chosen.language).inventory.outputs
    with bar.shown() as progress, _asked_to_stop() as stopping:

        def tell(told: training.Told) -> None:
            progress("training", told.step, told.steps, f"(loss {told.loss:.3f})")

        done = training.train(
            chosen, outputs, place.prepared, place.trained, threads=threads, tell=tell, stopping=stopping
        )
    if not done:
        raise ForgeError(
            f"the training was stopped; it is kept in {place.trained}", "the same command goes on from there"
        )
    course = training.course(place.trained)
    typer.echo(f"{course.step} steps over {course.hours:.1f} hours of sound, CPU {_duration(course.cpu)}")


@app.command(
    epilog="Examples:  keepmum forge export --tiny --work tiny  ·  keepmum forge export en-household --work forged"
)
def export(recipe: Named = "en-household", *, work: WorkFolder = Path("forged"), tiny: Tiny = False) -> None:
    """Write what is trained as a model that Vosk loads, in `model/` of the work folder."""
    chosen = asked_for(TINY if tiny else recipe)
    need_workshop(learning=True)
    from keepmum.forge import work as places
    from keepmum.forge.acoustic import exporting

    place = places.opened(work, chosen)
    exporting.export(chosen, place.trained, place.model)
    size = sum(path.stat().st_size for path in place.model.rglob("*") if path.is_file())
    typer.echo(f"{place.model}: {size / 1e6:.1f} MB")


@app.command(
    epilog="Examples:  keepmum forge evaluate --tiny --work tiny  ·  "
    "keepmum forge evaluate en-household --work forged --speech recordings --judging tests/audio"
)
def evaluate(
    recipe: Named = "en-household",
    *,
    work: WorkFolder = Path("forged"),
    speech: SpeechFolders = None,
    judging: JudgingFolders = None,
    jobs: Jobs = 1,
    tiny: Tiny = False,
) -> None:
    """Let voices that never trained it judge the model, and give it the calibration of its confidence."""
    chosen = asked_for(TINY if tiny else recipe)
    need_workshop()
    from keepmum.forge import work as places
    from keepmum.forge.evaluation import judging as judge
    from keepmum.forge.evaluation.crew import Crew

    with bar.shown() as progress:
        found = judge.judge(places.opened(work, chosen), judging or [], speech or [], Crew(jobs, progress))
    for one in found.figures:
        typer.echo(f"{one.question}, {one.what}, {one.condition}: {one}{f', hoped for {one.goal}' if one.goal else ''}")


@app.command(epilog="Examples:  keepmum forge report --tiny --work tiny  ·  keepmum forge report --work forged")
def report(recipe: Named = "en-household", *, work: WorkFolder = Path("forged"), tiny: Tiny = False) -> None:
    """Write the model's card, `model/README.md`: what it was made of, what it reached, how to make it again."""
    chosen = asked_for(TINY if tiny else recipe)
    need_workshop(learning=True)
    from keepmum.forge import work as places
    from keepmum.forge.evaluation import reporting

    place = places.opened(work, chosen)
    reporting.report(place)
    typer.echo(place.model / "README.md")


@app.command(
    epilog="Examples:  keepmum forge make --tiny --work tiny  ·  "
    "keepmum forge make en-household --work forged --speech recordings --noises noises"
)
def make(
    recipe: Named = "en-household",
    *,
    work: WorkFolder = Path("forged"),
    speech: SpeechFolders = None,
    noises: NoisesFolder = None,
    judging: JudgingFolders = None,
    jobs: Jobs = 1,
    threads: Threads = 1,
    tiny: Tiny = False,
) -> None:
    """Take every step in turn, and say what each took. After a stop the same command goes on."""
    need_workshop(learning=True)
    chosen = TINY if tiny else recipe
    steps: dict[str, Callable[[], None]] = {
        "prepare": lambda: prepare(chosen, work=work, speech=speech, noises=noises, judging=judging, jobs=jobs),
        "train": lambda: train(chosen, work=work, threads=threads),
        "export": lambda: export(chosen, work=work),
        "evaluate": lambda: evaluate(chosen, work=work, speech=speech, judging=judging, jobs=jobs),
        "report": lambda: report(chosen, work=work),
    }
    took = []
    for name, step in steps.items():
        wall, cpu = time.monotonic(), _cpu()
        step()
        took.append(f"{name}: {_duration(time.monotonic() - wall)}, CPU {_duration(_cpu() - cpu)}")
    typer.echo("\n".join(took))


def asked_for(untrusted_recipe: str) -> Recipe:
    """The recipe of that name, or in that file. Raises ConfigError."""
    if untrusted_recipe.endswith((".yaml", ".yml")):
        return recipes.read(Path(untrusted_recipe))
    return recipes.Shelf().recipe(untrusted_recipe)


def need_workshop(learning: bool = False) -> None:
    """Raise ForgeError unless what models are made with is installed; a speaker needs none of it.

    `learning` asks for torch, too, which takes seconds to load.
    """
    try:
        import kaldi_native_fbank
        import pocketsphinx
        import scipy
        import wordfreq

        if learning:
            import torch

            del torch
    except ModuleNotFoundError as error:
        raise ForgeError(
            f"the forge needs {error.name}, which is not installed", "pip install 'keepmum[forge]'"
        ) from error
    del kaldi_native_fbank, pocketsphinx, scipy, wordfreq


def _told(account: dict[str, Any]) -> list[str]:
    """The account in lines for people."""
    lines = [f"{account['utterances']} utterances in {account['shards']} shards, {account['hours']:.1f} hours"]
    for name, source in account["sources"].items():
        said = f"{source['recordings']} of {source['speakers']} voices, {source['hours']:.2f} hours"
        lines.append(f"  {name}: {said}, prepared as {source['prepared']} ({source['licence']})")
    lines += [f"left out: {count} {why}" for why, count in account["skipped"].items()]
    lines += [f"not there: {what}" for what in account["missing"]]
    if account["unknown_words"]:
        lines.append(f"words that nobody can say: {', '.join(list(account['unknown_words'])[:10])}")
    return lines


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Tells whether Ctrl-C or SIGTERM came; a second Ctrl-C ends at once."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def noted(number: int, _: object) -> None:
        asked.append(number)
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, noted)
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cpu() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
