"""Small files that survive a power cut: the latch, the mode, the consents, the skills' memory."""

from __future__ import annotations

from pathlib import Path

from keepmum.disk import REAL, Disk, place
from keepmum.errors import StateError

LARGEST = 65_536
"""Bytes that `read` takes unless told otherwise."""


def write(path: Path, content: bytes, disk: Disk = REAL) -> None:
    """Replace a file, mode 0600. When this returns, the new content is what a power cut leaves.

    Raises StateError; then the old content still stands, unless only the last step (making the new name
    durable) failed: then it is one or the other, and never a mixture.
    """
    try:
        place(disk, content, path, by=path.with_name(f".{path.name}.new"))
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}", "free some space, or see who owns the folder"
        ) from error


def read(path: Path, largest: int = LARGEST) -> bytes | None:
    """A file's content, or None if there is no such file.

    Raises StateError for everything else, a file of more than `largest` bytes included: the caller must then
    take the tightest meaning.
    """
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(
            f"{path} cannot be read: {error.strerror}", "see who owns it, and whether it is a file"
        ) from error
    if len(content) > largest:
        raise StateError(f"{path} is larger than {largest} bytes", "keepmum did not write it: move it away")
    return content
