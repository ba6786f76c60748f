"""Puts what a card needs onto its boot partition, or into a folder from which an imager takes it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import bundle
import user_data
from choices import PASSWORD, Choices
from manifest import digest
from progress import Progress
from target import Target
from trouble import InstallError

BUNDLE = "keepmum.bundle"
FOR = Target("trixie", "aarch64")
"""The only images that have cloud-init: Raspberry Pi OS before Trixie is set up in another way."""

_SPARE = 20_000_000
"""Bytes that stay free on the boot partition, for the firmware's next update."""


def write(
    to: Path, choices: Choices, file: Path, *, address: str | None, network: str | None, progress: Progress
) -> None:
    """Write user-data, the bundle (unless it will be fetched), a password and a Wi-Fi. Raises InstallError."""
    _looks_right(to)
    _fits(file)
    before = _text(to / "user-data")
    try:
        with progress.step("user-data", "what was there stays" if before else "new"):
            text = user_data.user_data(before, choices, digest(file), address)
        if address is None:
            with progress.step("bundle", f"{file.stat().st_size / 1e6:.0f} MB"):
                _copy(file, to / BUNDLE, progress)
        if choices.password:
            _put(to / PASSWORD, f"{choices.password}\n")
        if network is not None:
            _put(to / "network-config", network)
        _put(to / "user-data", text)
        os.sync()
    except OSError as error:
        raise InstallError(f"{to} cannot be written: {error.strerror}", "is it a card that can be written?") from error


def _looks_right(to: Path) -> None:
    """A boot partition of a Raspberry Pi OS with cloud-init, or an empty folder."""
    if not to.is_dir():
        raise InstallError(
            f"{to} is no folder", "the boot partition of the card, where your system has mounted it: bootfs"
        )
    names = {path.name for path in to.iterdir()}
    ours = {"user-data", "network-config", BUNDLE, PASSWORD}
    if names <= ours:
        return
    if "config.txt" not in names:
        raise InstallError(
            f"{to} is no boot partition of a Raspberry Pi", "name the one called bootfs, or an empty folder"
        )
    if not names & {"user-data", "meta-data"}:
        what = f"{to} is of a Raspberry Pi OS without cloud-init"
        raise InstallError(
            what, "write Raspberry Pi OS (64-bit) of Trixie; on an older one run scripts/install by hand"
        )


def checked(file: Path) -> Target:
    """What a bundle is for. Every byte of it is looked at here, where somebody reads what is wrong with it."""
    if not file.exists():
        raise InstallError(f"{file} is not there", "make it with `scripts/image bundle`, or name it with --bundle")
    bundle.opened(file).close()
    return bundle.target_of(file)


def _fits(file: Path) -> None:
    made_for = checked(file)
    if made_for != FOR:
        raise InstallError(
            f"{file} is for {made_for}, and a card needs one for {FOR}", "make it with scripts/image bundle"
        )


def _copy(file: Path, to: Path, progress: Progress) -> None:
    size = file.stat().st_size
    there = to.stat().st_size if to.exists() else 0
    free = shutil.disk_usage(to.parent).free + there
    if free < size + _SPARE:
        what = f"{to.parent} has {free // 1_000_000} MB free, and {(size + _SPARE) // 1_000_000 + 1} MB are needed"
        raise InstallError(
            what, "let the card fetch it: --address; or take a newer image, with a larger boot partition"
        )
    part, done = to.with_name(f"{to.name}.part"), 0
    try:
        with file.open("rb") as source, part.open("wb") as copy:
            while piece := source.read(1 << 20):
                done += copy.write(piece)
                progress.at(done / size, f"{done // 1_000_000} MB")
            copy.flush()
            os.fsync(copy.fileno())
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _put(file: Path, text: str) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, "utf-8", newline="\n")
    part.replace(file)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InstallError(f"{file} cannot be read: {error}", "move it away, then run this again") from error
