"""Fetch an official Vosk model by name, check it byte for byte, and say how to use it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from download import OFFICIAL, download
from fetched import home
from shelf import pinned, wanted
from unpack import unpack

from keepmum.errors import KeepmumError, ModelError

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="markdown")


@app.command(epilog="Examples:  scripts/fetch-model  ·  scripts/fetch-model vosk-model-small-en-us-0.15")
def fetch(
    name: Annotated[str | None, typer.Argument(help="A model; left out, the known ones are listed.")] = None,
    sha256: Annotated[str | None, typer.Option(help="SHA-256 of the zip, for a model that is not listed.")] = None,
    into: Annotated[Path | None, typer.Option(help="Folder for models.")] = None,
    mirror: Annotated[str, typer.Option(help="Another place that has the same files.")] = OFFICIAL,
) -> None:
    """Fetch a Vosk model with an open vocabulary. The model that comes with keepmum needs no download.

    An interrupted download goes on where it stopped. An archive that is not the pinned one is refused.
    """
    if name is None:
        _list()
        return
    if not mirror.startswith(("http://", "https://")):
        raise typer.BadParameter(f"--mirror {mirror!r} is not an http address")
    _fetch(name, sha256, into or home(), mirror)


def _list() -> None:
    for model in pinned().values():
        typer.echo(f"{model.name}\n    {model.about}; licence {model.licence}")


def _fetch(name: str, sha256: str | None, into: Path, mirror: str) -> None:
    model = wanted(name, sha256)
    folder = into / name
    if not folder.exists():
        typer.echo(f"{name}: {model.about or 'not on the shelf'}; licence: {model.licence}", err=True)
        _make(into)
        part = into / f"{name}.zip.part"
        download(model, mirror, part)
        unpack(part, name, into)
        part.unlink()
    typer.echo(f"{folder} is there. To use it, write into /etc/keepmum/keepmum.yaml:\n\nspeech:\n  model: {folder}")


def _make(into: Path) -> None:
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"{into} cannot be made: {error.strerror}", "name another folder with --into") from error


if __name__ == "__main__":
    try:
        app(prog_name="scripts/fetch-model")
    except KeepmumError as error:
        print(f"fetch-model: error: {error.what}\nfetch-model: hint: {error.hint}", file=sys.stderr)
        sys.exit(1)
