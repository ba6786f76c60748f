"""What somebody wants on a card, checked before it is written: a speaker that does not come up cannot say why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import answers
from trouble import InstallError

from keepmum.boards.profile import Boot
from keepmum.boards.shelf import Shelf
from keepmum.errors import ConfigError
from keepmum.listener.speech.model_folder import vocabulary
from keepmum.settings import SpeechSettings

PASSWORD = "keepmum-broker-password"  # noqa: S105 - the name of a file
_ON_THE_CARD = f"/boot/firmware/{PASSWORD}"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*")


@dataclass(frozen=True)
class Choices:
    """The answers. `boot` is what the board needs of the Pi; `password` the broker's, if there is one."""

    board: str
    boot: Boot
    wake: str | None = None
    broker: str = answers.NONE
    user: str | None = None
    password: str | None = None

    def words(self) -> list[str]:
        """The options for scripts/install, one argument each."""
        said = ["--board", self.board, "--broker", self.broker]
        said += ["--wake", self.wake] if self.wake else []
        said += ["--broker-user", self.user] if self.user else []
        said += ["--broker-password-file", _ON_THE_CARD] if self.password else []
        return said


def chosen(board: str, wake: str | None, broker: str, user: str | None, password_file: Path | None) -> Choices:
    """Check what was said. Raises InstallError with the value and what it could be."""
    shelf = Shelf()
    known = answers.board(board, shelf.names())
    try:
        boot = shelf.board(known).boot if known else Boot()
    except ConfigError as error:
        raise InstallError(error.what, error.hint) from error
    answers.broker(broker)
    if broker == answers.NONE and (user or password_file):
        raise InstallError("a name or a password for no broker", "say --broker HOST, or leave them out")
    if password_file and not user:
        raise InstallError("a password without a name", "say --broker-user NAME")
    if user is not None and not (user.isprintable() and 0 < len(user) <= 100):
        raise InstallError(f"{user!r} is no name to log in with", "letters and signs of one line, 100 at the most")
    password = answers.password(password_file) if password_file else None
    return Choices(known or answers.NONE, boot, _heard(wake), broker, user, password)


def _heard(wake: str | None) -> str | None:
    """A phrase that the speech model knows every word of."""
    if wake is None:
        return None
    phrase = answers.phrase(wake)
    known = vocabulary(SpeechSettings().model)
    strange = [word for word in phrase.split() if word not in known]
    if strange:
        raise InstallError(
            f"the speech model does not know {', '.join(strange)}", "take other words, such as hey computer"
        )
    return phrase


def address(untrusted: str) -> str:
    """Where a bundle will be fetched from. Raises InstallError."""
    if not _ADDRESS.fullmatch(untrusted) or len(untrusted) > 500:
        raise InstallError(f"{untrusted!r} is no address of a file", "such as https://example.org/keepmum.bundle")
    return untrusted
