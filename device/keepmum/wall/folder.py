"""Reads and writes the wall's files below a root: each whole, all at once, and readable by everybody."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from keepmum.disk import RealDisk, place
from keepmum.errors import WallError
from keepmum.wall.plan import EVERY, PLACE, Change

_LONGEST = 65_536
"""Bytes; ours have less than three thousand."""


class _Readable(RealDisk):
    """The doctor looks at these files without being root, and systemd's own are as open."""

    def create(self, path: Path) -> int:
        file = super().create(path)
        os.fchmod(file, 0o644)
        return file


class Folder:
    """The administrator's units of a machine, or of an image whose files begin at `root`."""

    def __init__(self, root: Path) -> None:
        self._place = root / PLACE.lstrip("/")

    def found(self) -> dict[str, str | None]:
        """What lies there under our names; raises WallError for what is no ordinary file or cannot be read."""
        return {name: self._text(name) for name in EVERY}

    def change(self, changes: Iterable[Change]) -> None:
        """Write and remove. Raises WallError; what was done before it stays done, and a second try does the rest."""
        for change in changes:
            path = self._place / change.name
            try:
                self._remove(path) if change.after is None else self._write(path, change.after)
            except OSError as error:
                raise _refused(f"{PLACE}/{change.name} cannot be changed", error) from error

    def _text(self, name: str) -> str | None:
        path = self._place / name
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                hint = f"`sudo systemctl unmask {path.name}` if it was masked, or move it out of the way"
                raise WallError(f"{PLACE}/{name} is a link, and keepmum writes no links", hint) from error
            raise _refused(f"{PLACE}/{name} cannot be read", error) from error
        try:
            return os.read(file, _LONGEST).decode("utf-8", "replace")
        except OSError as error:
            raise _refused(f"{PLACE}/{name} cannot be read", error) from error
        finally:
            os.close(file)

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        # systemd reads no file in these folders whose name begins with a dot.
        place(_Readable(), text.encode(), path, path.with_name(f".{path.name}.new"))

    def _remove(self, path: Path) -> None:
        disk = RealDisk()
        disk.unlink(path)
        disk.sync_folder(path.parent)
        if path.parent != self._place and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _refused(what: str, error: OSError) -> WallError:
    hint = "run it as root: `sudo keepmum units`" if isinstance(error, PermissionError) else "see what is there"
    return WallError(f"{what}: {error.strerror or error}", hint)
