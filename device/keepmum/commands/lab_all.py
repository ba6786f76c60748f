"""`keepmum lab all`: every experiment, each in a process of its own, and one table that says what holds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from typer.core import TyperGroup

from keepmum.commands import bar
from keepmum.commands.lab_experiments import PANEL, Seed, table
from keepmum.errors import LabError

app = typer.Typer()


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know this command."""
    lab.add_typer(app)


@app.command(
    "all",
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab all  ·  keepmum lab all --out findings --seed 8  ·  keepmum lab all --only mute",
)
def every(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Keep what each has found there, as JSON.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="This one alone; may be repeated.")] = None,
    seed: Seed = 7,
) -> None:
    """Make every experiment, one after the other, with its own defaults, and tell in one table whether all holds.

    Exit code 1 if one of them does not hold, or could not be made.
    """
    assert context.parent is not None
    words = _chosen(_words(context.parent.command), only or [])
    with tempfile.TemporaryDirectory(prefix="km-") as temporary, bar.shown() as show:
        folder = Path(temporary) if out is None else out
        folder.mkdir(parents=True, exist_ok=True)
        made = []
        for done, word in enumerate(words):
            show("experiments", done, len(words), word)
            made.append(_made(word, folder / f"{word}.json", seed))
    Console(highlight=False).print(
        table(("experiment", "", "promises", "controls", "what was asked"), map(_summed, made))
    )
    for each in made:
        for line in each.told:
            print(f"{each.word}: {line}", file=sys.stderr)
    if not all(each.holds for each in made):
        raise typer.Exit(1)


class Made(NamedTuple):
    """One experiment, made in a process of its own."""

    word: str
    holds: bool
    document: Mapping[str, Any]
    """What it wrote; empty if it wrote nothing."""
    told: list[str]
    """Why it does not hold."""


def _words(lab: object) -> list[str]:
    """The names of all experiments, in the order of the help."""
    assert isinstance(lab, TyperGroup)
    known = ((name, vars(command).get("rich_help_panel")) for name, command in lab.commands.items())
    return [name for name, panel in known if panel == PANEL and name != "all"]


def _chosen(words: list[str], only: Sequence[str]) -> list[str]:
    """Those that somebody asks for, in their own order. Raises LabError for what is no experiment."""
    if unknown := [word for word in only if word not in words]:
        raise LabError(f"no experiment is called {', '.join(unknown)}", f"these are: {', '.join(words)}")
    return [word for word in words if word in only] if only else words


def _made(word: str, file: Path, seed: int) -> Made:
    """A process for each: one that locks its memory, or hurries its clock, is not in the way of the next."""
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "keepmum.cli", "lab", word, "--seed", str(seed), "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    document = json.loads(file.read_text("utf-8")) if file.exists() else {}
    holds = done.returncode == 0 and bool(document.get("holds"))
    return Made(word, holds, document, [] if holds else done.stderr.strip().splitlines()[-5:])


def _summed(made: Made) -> tuple[str, ...]:
    """One line of the table."""
    figures = [each for each in made.document.get("figures", ()) if each["most"] is not None]
    kept = sum(each["value"] is not None and each["value"] <= each["most"] for each in figures)
    controls = made.document.get("controls", ())
    caught = sum(each["caught"] for each in controls)
    verdict = "holds" if made.holds else "[red]DOES NOT HOLD[/]" if made.document else "[red]NOT MADE[/]"
    counts = (f"{kept} of {len(figures)} kept", f"{caught} of {len(controls)} caught") if made.document else ("–", "–")
    return made.word, verdict, *counts, str(made.document.get("question", ""))
