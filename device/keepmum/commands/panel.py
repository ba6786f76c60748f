"""`keepmum panel`: lets the household's page be opened on the local network, or not. Off until somebody says so."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from enum import StrEnum
from ipaddress import IPv4Address, ip_address

import typer

from keepmum.errors import WallError

app = typer.Typer()

_SOCKET = "keepmum-panel.socket"
_SERVICE = "keepmum-panel.service"
_PORT = 8321
"""ListenStream= in the unit; a test holds both together."""

Run = Callable[[list[str]], str]


class Switch(StrEnum):
    """Whether the page can be opened."""

    ON = "on"
    OFF = "off"


@app.command(epilog="Examples:  sudo keepmum panel on  ·  sudo keepmum panel off")
def panel(switch: Switch) -> None:
    """Let the household's page be opened in a browser on the local network, or no more.

    Everybody on that network may then look and ask for quiet, and nobody there can make the speaker louder. Nothing
    runs until somebody opens the page. On a laptop, `keepmum run panel` shows it on that laptop alone.
    """
    typer.echo(turned(switch, output_of, socket.gethostname(), root=os.geteuid() == 0))


def turned(switch: Switch, run: Run, machine: str, *, root: bool) -> str:
    """Turn it; what to tell. `run` gives a program's output. Raises WallError."""
    if not root:
        raise WallError("only root may open or close a port of this machine", f"sudo keepmum panel {switch.value}")
    if switch is Switch.OFF:
        run(["systemctl", "disable", "--now", _SOCKET])
        run(["systemctl", "stop", _SERVICE])
        return "The page is closed: nothing listens on the network."
    run(["systemctl", "enable", "--now", _SOCKET])
    return "\n".join(["Open one of these on a phone or computer of this network:", *addresses(run, machine)])


def addresses(run: Run, machine: str) -> Iterator[str]:
    """By its name, for whoever can resolve it (mDNS), and by each private IPv4 address."""
    yield f"  http://{machine.partition('.')[0]}.local:{_PORT}/"
    for word in run(["hostname", "-I"]).split():
        try:
            address = ip_address(word)
        except ValueError:
            continue
        if isinstance(address, IPv4Address) and address.is_private:
            yield f"  http://{address}:{_PORT}/"


def output_of(command: list[str]) -> str:
    """What a program prints. Raises WallError with what it complained about."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WallError(
            f"{command[0]} cannot be run: {error}", "the page needs systemd; or `keepmum run panel`"
        ) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise WallError(f"{' '.join(command)}: {said[0]}", "is keepmum installed here? scripts/install does that")
    return done.stdout
