"""Sees to it that one listener alone has a state folder: a second one would write over the first one's mutes."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from keepmum.errors import StateError


class Alone:
    """A lock on a folder that the kernel takes back when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, mode 0700, if there is none. Raises StateError if another listener has it."""
        self._file = -1
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StateError(f"another listener has {folder}", "stop it first, or use another folders.state") from None
        except OSError as error:
            self.close()
            raise StateError(f"{folder} cannot be used: {error.strerror}", "see who owns it") from error

    def close(self) -> None:
        """Let go of the folder. Closing twice is allowed."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
