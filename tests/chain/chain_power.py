"""A real file system whose power can be cut: ext4 in a file, shut down by the kernel with nothing more written."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

_SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN, `_IOR('X', 125, __u32)`."""
_NOTHING_MORE = (2).to_bytes(4, "little")
"""EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal."""
_MEGABYTES = 48


class Mount:
    """One of them, mounted while it has power."""

    def __init__(self, folder: Path) -> None:
        self.at, self._image = folder / "mounted", folder / "ext4"
        self.at.mkdir()
        with self._image.open("wb") as file:
            file.truncate(_MEGABYTES << 20)
        subprocess.run(["mkfs.ext4", "-q", str(self._image)], check=True)
        self._mount()

    def cut(self) -> None:
        """From here on nothing reaches the disk."""
        file = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(file, _SHUTDOWN, _NOTHING_MORE)
        finally:
            os.close(file)

    def again(self) -> None:
        """The power is back, and nobody has a file open there."""
        self.close()
        self._mount()

    def close(self) -> None:
        """Take it away."""
        subprocess.run(["umount", str(self.at)], check=True)

    def _mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", str(self._image), str(self.at)], check=True, capture_output=True)


def missing(folder: Path) -> str:
    """Why there can be none here, or nothing."""
    if os.geteuid() != 0:
        return "only root can mount a file system"
    if shutil.which("mkfs.ext4") is None:
        return "mkfs.ext4 is not installed"
    try:
        mount = Mount(folder)
    except subprocess.CalledProcessError as error:
        return f"no loop mount here: {(error.stderr or b'').decode().strip()}"
    try:
        mount.cut()
    except OSError as error:
        return f"no EXT4_IOC_SHUTDOWN here: {error.strerror}"
    finally:
        mount.close()
    return ""
