"""Writes a stage for pi-gen, with a bundle and answers in it: whoever builds images adds it to STAGE_LIST."""

from __future__ import annotations

import shutil
from pathlib import Path

import card
from choices import Choices
from trouble import InstallError

NAME = "stage-keepmum"
_SHIPPED = Path(__file__).parent / NAME
_WITHOUT_CARD = "an image has no place for a password"


def write(to: Path, choices: Choices, file: Path) -> Path:
    """The folder `to/stage-keepmum`, new. Raises InstallError."""
    stage = to / NAME
    if choices.password:
        raise InstallError(
            _WITHOUT_CARD, "leave it out: every card of that image would have it; set it on each speaker"
        )
    if stage.exists():
        raise InstallError(f"{stage} is there already", "move it away, or name another folder with --to")
    if card.checked(file).machine != "aarch64":
        raise InstallError(f"{file} is not for a Raspberry Pi", "make it with scripts/image bundle")
    try:
        shutil.copytree(_SHIPPED, stage)
        files = stage / "00-install/files"
        files.mkdir()
        shutil.copyfile(file, files / "keepmum.bundle")
        (files / "words").write_text("".join(f"{word}\n" for word in choices.words()))
    except OSError as error:
        raise InstallError(
            f"{stage} cannot be written: {error.strerror}", "make room, or name another folder"
        ) from error
    return stage
