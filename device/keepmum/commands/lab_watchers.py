"""`keepmum lab fingerprint`, `probe` and `bystander`: what those outside learn of those who speak."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepmum.commands import bar
from keepmum.commands.lab_experiments import PANEL, Json, Seed, told
from keepmum.commands.lab_run import Jobs, cores

app = typer.Typer()


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab fingerprint  ·  keepmum lab fingerprint --commands 100 --traces 20",
)
def fingerprint(
    commands: Annotated[int, typer.Option("--commands", min=4, help="How many different ones.")] = 40,
    traces: Annotated[int, typer.Option("--traces", min=4, help="How often each is said.")] = 12,
    seed: Seed = 7,
    file: Json = None,
) -> None:
    """Can somebody who sees only sizes and times on the line tell which command was said?

    Exit code 1 if not even a speaker without a defence is guessed, or if something is guessed that cannot be known.
    """
    from keepmum.lab.experiments.fingerprint import measure

    with bar.shown() as show:
        result = measure(commands, traces, seed, lambda done, of: show("speakers", done, of))
    told(result, file)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab probe  ·  keepmum lab probe --probes 100 --json probe.json",
)
def probe(
    probes: Annotated[int, typer.Option("--probes", min=4, help="How many commands are said to each device.")] = 40,
    seed: Seed = 7,
    file: Json = None,
) -> None:
    """Does a watcher on the line see when somebody spoke to it? Bursts after commands, and after silence.

    Exit code 1 if a device that always streams is not seen, or if keepmum is while it shares nothing.
    """
    from keepmum.lab.experiments.probe import measure

    with bar.shown() as show:
        result = measure(probes, seed, lambda done, of: show("devices", done, of))
    told(result, file)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab bystander  ·  keepmum lab bystander --commands 20 --policies my-policies",
)
def bystander(
    commands: Annotated[int, typer.Option("--commands", min=2, help="How many in each mixture of voices.")] = 10,
    own: Annotated[
        Path | None, typer.Option("--policies", metavar="FOLDER", help="A folder with policies of your own: all then.")
    ] = None,
    seed: Seed = 7,
    jobs: Jobs = 0,
    file: Json = None,
) -> None:
    """How much of people who did not speak to it leaves with a command? Two to four voices, and television.

    Exit code 1 if anything of them leaves while keepmum shares nothing, or a device that always streams is not told.
    """
    from keepmum.lab.experiments.bystander import measure
    from keepmum.lab.pipeline.crew import Crew

    with bar.shown() as show:
        result = measure(commands, seed, Crew(jobs or cores()), own, lambda done, of: show("mixtures", done, of))
    told(result, file)
