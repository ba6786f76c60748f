"""Leaves the microphones without power where no listener runs: a killed one could not switch them off any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keepmum.commands.wishes import settings
from keepmum.errors import MicPowerError

if TYPE_CHECKING:
    from keepmum.hardware import MicPower

app = typer.Typer()


@app.command(epilog="Example:  keepmum microphones --off")
def microphones(
    context: typer.Context,
    off: Annotated[bool, typer.Option("--off", help="Switch their supply off, and leave it.")] = False,
) -> None:
    """Cut the microphones' own supply, where `hardware.mic_power` says that it can be. Nothing switches it on but the
    listener, and only while it listens.
    """
    # Late, so that the other commands start without what the listener needs.
    from keepmum.hardware.drivers import open_mic_power

    if not off:
        raise typer.BadParameter("there is one thing to be done with them from here: --off")
    typer.echo(cut(open_mic_power(settings(context).hardware.mic_power)))


def cut(power: MicPower | None) -> str:
    """Leave them without power, and what to say about it; raises MicPowerError if they are not."""
    if power is None:
        return "these microphones have no switch of their own (hardware.mic_power)"
    try:
        power.off()
        if not power.is_off():
            raise MicPowerError("the microphones still have power", "look at hardware.mic_power and its cables")
    finally:
        power.close()
    return "the microphones have no power"
