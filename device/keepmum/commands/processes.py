"""The commands that start something: one of the processes, the demo, the collector."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keepmum import log
from keepmum.commands.wishes import settings, wishes

app = typer.Typer()


class Process(StrEnum):
    """A process is one word in five places: folder, unit, user, log name and here."""

    LISTENER = "listener"
    UPLINK = "uplink"
    SKILLS = "skills"
    PANEL = "panel"


@app.command(
    epilog="Examples:  keepmum run listener  ·  keepmum --config home.yaml run uplink  ·  "
    "keepmum --set hardware.ring.driver=recorder run listener"
)
def run(context: typer.Context, process: Process) -> None:
    """Run one of the four processes in the foreground.

    The listener has the microphone and no network; the uplink has the network and nothing else; the skills turn text
    into text; the panel is a page for browsers on this computer. Start the listener first: the others connect to it.
    """
    log.begin(process)
    raise typer.Exit(_main(process)(settings(context)))


@app.command(
    epilog="Examples:  keepmum demo  ·  keepmum demo --fast  ·  keepmum demo --mic  ·  "
    "keepmum demo --scene my.txt  ·  keepmum demo --fast --keep evening"
)
def demo(  # noqa: PLR0917
    mic: Annotated[bool, typer.Option("--mic", help="Your own microphone, and the space bar as the button.")] = False,
    scene: Annotated[
        Path | None, typer.Option("--scene", exists=True, dir_okay=False, help="Play this scene instead.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="As fast as the engines can go.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="FOLDER", help="Keep logs, ledger, broker's count and answers in this folder."),
    ] = None,
    aloud: Annotated[
        bool, typer.Option("--aloud", help="Answer on the loudspeaker, as --mic does, and not into a WAV.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="NAME", help="A part of the sound card's name: `hw:` rather than a server's."),
    ] = None,
) -> None:
    """Play a household minute on this computer: the real speaker, with recordings for people.

    Three processes, a real MQTT broker on this machine, real speech engines. It ends with a table of what was heard,
    what stayed and what left, beside what the broker saw. It brings its own settings: --config
    and --set do not change it.
    """
    if mic and (scene or fast):
        raise typer.BadParameter("--mic listens to you; it cannot play a scene or run faster than life")
    if aloud and fast:
        raise typer.BadParameter("--aloud speaks at the pace of life; leave --fast away")
    raise typer.Exit(_main("demo")(mic=mic, scene=scene, fast=fast, keep=keep, aloud=aloud, device=device))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    epilog="Example:  keepmum collect --help",
)
def collect(context: typer.Context) -> None:
    """Run the collector: the other end, that a household may agree to send clips to.

    It stores each clip once and answers with a signed receipt. It does not run on the speaker.
    """
    said = wishes(context)
    if said.overrides:
        raise typer.BadParameter("the collector takes no --set; write what it needs into a file and name it")
    log.begin("collector")
    named = ["--config", str(said.file)] if said.file else []
    raise typer.Exit(_main("desk")([*named, *context.args]))


def _main(folder: str) -> Callable[..., int]:
    """Imported only now: `keepmum mute` must not wait for a speech engine, nor the uplink load a microphone."""
    main: Callable[..., int] = importlib.import_module(f"keepmum.{folder}.__main__").main
    return main
