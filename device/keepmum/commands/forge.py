"""`keepmum forge`: makes a speech model out of a recipe, recordings and programs that speak."""

from __future__ import annotations

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
