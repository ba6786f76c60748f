"""Where a test gets a machine from: with nothing on it but Debian, or with keepmum installed by its own installer."""

from __future__ import annotations

import time
from pathlib import Path

import boot_root
from boot_computer import Computer
from boot_speaker import Speaker, surroundings


class Shop:
    """Sells machines of one Debian, each unused; all are thrown away in the end."""

    def __init__(self, suite: str, folder: Path) -> None:
        """Raises CalledProcessError if there is neither a root nor a network to make one."""
        self.suite, self._folder, self._made = suite, folder, list[Computer]()
        self.base = boot_root.root(suite)
        self.around = surroundings(folder / "around", boot_root.bundle(suite))
        self._installed: Computer | None = None
        self.took = 0.0
        """Seconds of the installation."""
        self.said = ""

    def bare(self) -> Computer:
        """A machine before the installation, off."""
        return self._computer([self.around, self.base])

    def installed(self) -> Computer:
        """A machine with keepmum on it, off, which nobody else has."""
        if self._installed is None:
            self._installed = self._install()
        return self._computer([self._installed.written, *self._installed.layers])

    def _install(self) -> Computer:
        computer, begun = self.bare(), time.monotonic()
        computer.boot()
        speaker = Speaker(computer)
        self.said = speaker.install()
        self.took = time.monotonic() - begun
        speaker.up()
        computer.shut_down()
        return computer

    def _computer(self, layers: list[Path]) -> Computer:
        self._made.append(Computer(layers, self._folder / f"{self.suite}-{len(self._made)}"))
        return self._made[-1]

    def close(self) -> None:
        """Throw away all that was made."""
        for computer in reversed(self._made):
            computer.throw_away()
