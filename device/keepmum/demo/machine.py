"""What the stage needs of the computer that it stands on: folders, a free port, other people's programs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from keepmum.errors import BrokerError, ConfigError


def empty(folder: Path) -> Path:
    """The folder's full path, made if need be; raises ConfigError if something is in it.

    An older run's ledger would be counted together with this one's.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty", "name a folder that is empty or does not exist yet")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def free_port() -> int:
    """A loopback port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, address: str = "127.0.0.1") -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def memory_folder() -> Path:
    """A folder of our own, in memory where the computer has that."""
    memory = Path("/dev/shm")  # noqa: S108
    return Path(tempfile.mkdtemp(prefix="km-", dir=memory if os.access(memory, os.W_OK) else None))


def program(name: str) -> str:
    """Its path; raises BrokerError if it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise BrokerError(f"{name} is not installed", "scripts/setup installs it")
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to go, and make it go."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
