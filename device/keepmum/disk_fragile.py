"""A disk that stops the world at any operation, and knows what a power cut would leave: for tests of what must survive.

It changes real files, so whatever reads them needs no other way in, and keeps an account of what was synced.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from keepmum.disk import RealDisk

How = Literal["never", "before", "half", "after", "error", "short", "dead"]
"""At the chosen operation the world stops `before` it, `half` way through a write, or `after` it; or the operation
fails at once (`error`) or half way (`short`), or it and every later one does (`dead`)."""

Left = Literal["lost", "torn", "kept"]
"""After a power cut nothing that was not synced is there (`lost`), or half of it (`torn`); after a killed process
everything is (`kept`)."""

LEFT: tuple[Left, ...] = ("lost", "torn", "kept")


class PowerCut(BaseException):
    """The world stopped; no handler of errors may run."""


@dataclass
class _Stored:
    """A file's bytes as programs see them, and as the disk has them; a folder has none."""

    seen: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    folder: bool = False

    def after(self, left: Left) -> bytes:
        if left == "lost":
            return self.synced
        half = (len(self.synced) + len(self.seen)) // 2
        return bytes(self.seen[:half] if left == "torn" and half < len(self.seen) else self.seen)


class FragileDisk(RealDisk):
    """Stops at operation number `at`, counted from 1, in the way of `how`.

    Operations named in `forgotten` (`sync`, `sync_folder`) do nothing, to show that a test would notice.
    """

    def __init__(self, root: Path, at: int = 0, how: How = "never", forgotten: tuple[str, ...] = ()) -> None:
        self.root = root
        self.at = at
        self.how = how
        self.operations = 0
        self._forgotten = forgotten
        self._names: dict[Path, _Stored] = {}
        self._durable: dict[Path, _Stored] = {}
        self._open: dict[int, _Stored] = {}

    def leave(self, into: Path, left: Left) -> FragileDisk:
        """Write what the next start would find into a new folder, and return the disk that has it."""
        disk = type(self)(into)
        into.mkdir()
        for path, stored in sorted((self._durable if left == "lost" else self._names).items()):
            there, content = into / path.relative_to(self.root), stored.after(left)
            if there.parent.exists():
                there.mkdir() if stored.folder else there.write_bytes(content)
                there.chmod(0o700 if stored.folder else 0o600)  # as `create` and `make_folder` left them
                disk._names[there] = disk._durable[there] = _Stored(bytearray(content), content, stored.folder)
        return disk

    def make_folder(self, folder: Path) -> None:
        self._step(lambda: super(FragileDisk, self).make_folder(folder))
        self._names.setdefault(folder, _Stored(folder=True))

    def create(self, path: Path) -> int:
        return self._opened(lambda: super(FragileDisk, self).create(path), path, _Stored())

    def extend(self, path: Path) -> int:
        there = path.read_bytes() if path not in self._names and path.exists() else b""
        stored = self._names.get(path, _Stored(bytearray(there), there))
        return self._opened(lambda: super(FragileDisk, self).extend(path), path, stored)

    def write(self, file: int, content: bytes) -> None:
        def write(part: bytes) -> None:
            super(FragileDisk, self).write(file, part)
            self._open[file].seen += part

        self._step(lambda: write(content), half=lambda: write(content[: len(content) // 2]))

    def cut(self, file: int, size: int) -> None:
        def cut() -> None:
            super(FragileDisk, self).cut(file, size)
            del self._open[file].seen[size:]

        self._step(cut)

    def sync(self, file: int) -> None:
        def sync() -> None:
            if "sync" not in self._forgotten:
                self._open[file].synced = bytes(self._open[file].seen)

        self._step(sync)

    def rename(self, old: Path, new: Path) -> None:
        def rename() -> None:
            super(FragileDisk, self).rename(old, new)
            self._names[new] = self._names.pop(old)

        self._step(rename)

    def unlink(self, path: Path) -> None:
        def unlink() -> None:
            super(FragileDisk, self).unlink(path)
            self._names.pop(path, None)

        self._step(unlink)

    def sync_folder(self, folder: Path) -> None:
        def sync() -> None:
            if "sync_folder" not in self._forgotten:
                elsewhere = {path: stored for path, stored in self._durable.items() if path.parent != folder}
                here = {path: stored for path, stored in self._names.items() if path.parent == folder}
                self._durable = elsewhere | here

        self._step(sync)

    def _opened(self, opening: Callable[[], int], path: Path, stored: _Stored) -> int:
        files: list[int] = []

        def note() -> None:
            files.append(opening())
            self._open[files[0]] = self._names[path] = stored

        try:
            self._step(note)
        except PowerCut:
            for file in files:
                self.close(file)
            raise
        return files[0]

    def _step(self, do: Callable[[], None], half: Callable[[], None] = lambda: None) -> None:
        self.operations += 1
        here = self.operations == self.at
        if here and self.how in ("half", "short", "dead"):
            half()
        if (here and self.how not in ("never", "after")) or (self.how == "dead" and 0 < self.at < self.operations):
            self._stop()
        do()
        if here and self.how == "after":
            self._stop()

    def _stop(self) -> None:
        if self.how in ("error", "short", "dead"):
            raise OSError(errno.ENOSPC, "No space left on device")
        raise PowerCut
