"""What somebody asked the installer for, on the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

_ABOUT = """\
Install keepmum on a Raspberry Pi with a microphone, a light and a button, or on another Debian 12 or 13 of 64 bits.
The same command again, from a newer checkout, brings it up to date and keeps settings, consents and ledger."""

_AFTER = """\
Examples:
  sudo scripts/install                                    asks three questions, then does everything
  scripts/install --check                                 says what it would change, and changes nothing
  sudo scripts/install --yes --board respeaker-2mic-v2 --broker none
  scripts/install --bundle keepmum.bundle --for trixie-aarch64      with internet; then, on a Pi without any:
  sudo scripts/install --from keepmum.bundle
  sudo scripts/install --uninstall                        leaves nothing
"""


@dataclass(frozen=True)
class Wishes:
    """The options. None is what was not said."""

    check: bool = False
    uninstall: bool = False
    keep_state: bool = False
    yes: bool = False
    bundle: Path | None = None
    target: str | None = None
    source: Path | None = None
    board: str | None = None
    wake: str | None = None
    broker: str | None = None
    broker_user: str | None = None
    broker_password_file: Path | None = None
    root: Path = Path("/")


def read(words: list[str]) -> Wishes:
    """The wishes in a command line; ends the program with 2 if it cannot be understood."""
    parser = argparse.ArgumentParser(
        "scripts/install", description=_ABOUT, epilog=_AFTER, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--check", action="store_true", help="say what would change; change nothing; needs no sudo")
    add("--uninstall", action="store_true", help="take away everything that the installer brought")
    add("--keep-state", action="store_true", help="with --uninstall: keep settings, consents and ledger")
    add("--yes", action="store_true", help="ask nothing; with --uninstall: delete consents and ledger, too")
    add("--board", metavar="NAME", help="the board on its pins or its USB, or none; one of config/boards")
    add("--wake", metavar="PHRASE", help="what wakes it (alexa)")
    add("--broker", metavar="HOST[:PORT]", help="your MQTT broker, or none: then nothing can ever leave")
    add("--broker-user", metavar="NAME", help="the name to log in with there")
    add("--broker-password-file", metavar="FILE", type=Path, help="a file with its password in the first line")
    add("--bundle", metavar="FILE", type=Path, help="write all that a speaker needs from the internet into FILE")
    add("--for", dest="target", metavar="SYSTEM", help="with --bundle: for another system, such as trixie-aarch64")
    add("--from", dest="source", metavar="FILE", type=Path, help="install from such a file, without internet")
    add("--root", metavar="FOLDER", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    wishes = Wishes(**vars(parser.parse_args(words)))
    if wishes.keep_state and not wishes.uninstall:
        parser.error("--keep-state goes with --uninstall")
    if wishes.broker_user and wishes.broker in {None, "none"}:
        parser.error("--broker-user goes with --broker HOST")
    if wishes.broker_password_file and not wishes.broker_user:
        parser.error("--broker-password-file goes with --broker-user")
    if wishes.target and not wishes.bundle:
        parser.error("--for goes with --bundle")
    if wishes.bundle and (wishes.check or wishes.uninstall or wishes.source):
        parser.error("--bundle goes alone, or with --for")
    return wishes
