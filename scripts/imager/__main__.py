"""Make what turns a new SD card into a speaker: a bundle, the files for its first start, or a stage for pi-gen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

sys.path.append(str(Path(__file__).parents[1] / "installer"))  # what a card runs is the installer's

import answers
import bundle
import card
import choices
import stage as pi_gen
import typer
import user_data
from choices import Choices
from progress import Progress
from target import Target
from trouble import InstallError

from keepmum.errors import KeepmumError

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="markdown", no_args_is_help=True)

Board = Annotated[str, typer.Option(help="The board on its pins or its USB, as config/boards names it; or none.")]
Wake = Annotated[str | None, typer.Option(help="What wakes it; alexa if nothing is said.")]
Broker = Annotated[str, typer.Option(help="HOST[:PORT] of your MQTT broker; without one nothing can ever leave.")]
User = Annotated[str | None, typer.Option(help="The name to log in with there.")]
Bundled = Annotated[Path, typer.Option("--bundle", help="What `scripts/image bundle` wrote.")]
_BUNDLE = Path("keepmum.bundle")


@app.command("bundle", epilog="Example:  scripts/image bundle")
def make(
    to: Annotated[Path, typer.Option(help="The file to write.")] = _BUNDLE,
    codename: Annotated[str, typer.Option(help="bookworm or trixie.")] = "trixie",
    machine: Annotated[str, typer.Option(help="aarch64 or x86_64.")] = "aarch64",
) -> None:
    """Fetch all that a speaker needs from the internet into one file. Needs apt, so a Debian of any kind."""
    bundle.make(to, Target(codename, machine))


@app.command("user-data", epilog="Example:  scripts/image user-data --to /media/me/bootfs --board respeaker-2mic-v2")
def first_boot(
    *,
    to: Annotated[Path, typer.Option(help="The card's boot partition, or an empty folder.")],
    board: Board,
    wake: Wake = None,
    broker: Broker = answers.NONE,
    broker_user: User = None,
    broker_password_file: Annotated[Path | None, typer.Option(help="A file with its password.")] = None,
    file: Bundled = _BUNDLE,
    address: Annotated[str | None, typer.Option(help="Where the card fetches that bundle; else it is copied.")] = None,
    wifi: Annotated[str | None, typer.Option(help="A Wi-Fi's name, if the imager did not ask for it.")] = None,
    wifi_password_file: Annotated[
        Path | None, typer.Option(help="A file with its key; without one it is open.")
    ] = None,
    wifi_country: Annotated[str, typer.Option(help="Two capital letters, such as DE.")] = "",
) -> None:
    """Let a new card install keepmum on its first start. What an imager wrote into user-data stays."""
    said = choices.chosen(board, wake, broker, broker_user, broker_password_file)
    network = None
    if wifi is not None:
        key = answers.password(wifi_password_file) if wifi_password_file else None
        network = user_data.network_config(wifi, key, wifi_country)
    address = choices.address(address) if address else None
    card.write(to, said, file, address=address, network=network, progress=Progress())
    _tell(said, f"{to} is ready: put the card into the Pi and switch it on")


@app.command("stage", epilog="Example:  scripts/image stage --to ~/pi-gen --board respeaker-2mic-v2")
def stage(
    *,
    to: Annotated[Path, typer.Option(help="The folder that the stage is made in: pi-gen's own.")],
    board: Board,
    wake: Wake = None,
    broker: Broker = answers.NONE,
    broker_user: User = None,
    file: Bundled = _BUNDLE,
) -> None:
    """Write a stage for pi-gen that makes images with keepmum in them."""
    said = choices.chosen(board, wake, broker, broker_user, None)
    _tell(said, f"{pi_gen.write(to, said, file)} is ready: add it to STAGE_LIST in pi-gen's config")


def _tell(said: Choices, done: str) -> None:
    print(f"image: {done}")
    if said.boot.overlay_from:
        print(f"image: note: the overlay {said.boot.overlay} is not in the image: {said.boot.overlay_from}")
    print("image: a new speaker is muted: hold its button for three seconds, and it listens. All consents are off.")


if __name__ == "__main__":
    try:
        app(prog_name="scripts/image")
    except (InstallError, KeepmumError) as error:
        print(f"image: error: {error.what}\nimage: hint: {error.hint}", file=sys.stderr)
        sys.exit(1)
