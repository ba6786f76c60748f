"""The machine as the doctor sees it: one object through which everything is read, so that a simulated one is a folder.

Nothing here changes anything. Three looks are more than a look, and are taken only when somebody asks: `i2c` puts a
read on the board's bus, `resolve` asks for the broker's name, and `knock` connects to it.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import importlib.metadata
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from keepmum.clock import RealClock
from keepmum.doctor.peers import broker_answers, listener_says
from keepmum.errors import HardwareError
from keepmum.messages import StatusReport
from keepmum.settings import BrokerSettings
from keepmum.wall.names import addresses

_LONGEST = 4_194_304
"""Bytes that are read of one file; the longest that is of interest, modules.dep, has less than a million."""
_PATIENCE = 10.0
"""Seconds for a program to answer."""
_I2C_SLAVE = 0x0703
"""The request of linux/i2c-dev.h that names the chip to speak to."""

Answer = tuple[int, str, str]
"""Exit status, what a program printed, what it complained about."""
Devices = tuple[list[dict[str, Any]], int]
"""Sound devices as PortAudio lists them, and the index of the default one."""


@dataclass(frozen=True)
class Machine:
    """A computer. The fields without a word of their own are the ways to look at it that are no file."""

    root: Path
    """Where its files begin: `/`, or a folder that stands for one."""
    now: float
    """Unix time in seconds."""
    run: Callable[[Sequence[str]], Answer | None]
    """Runs a program without a shell; None where there is no such program."""
    access: Callable[[Path, int], bool]
    """What `os.access` says about a path below the root."""
    ioctl: Callable[[int, int, bytes], bytes]
    """What `fcntl.ioctl` does, for the chips of the header's pins."""
    i2c: Callable[[Path, int], bool]
    """Whether something answers at an address of this bus, or a driver has it. Raises OSError."""
    python: tuple[int, int, int]
    bits: int
    """Of a pointer: 32 or 64."""
    version: Callable[[str], str | None]
    """The version of an installed Python library; None where it is not installed."""
    devices: Callable[[Literal["input", "output"]], Devices]
    """Raises HardwareError where PortAudio is missing or does not start."""
    words: Callable[[Path], frozenset[str]]
    """Opens a speech model and tells its vocabulary; raises ModelError."""
    listener: Callable[[Path], StatusReport]
    """What the listener says of itself, through the door in this folder; raises PeerError where none answers."""
    resolve: Callable[[str], tuple[str, ...]]
    """All addresses of a host; raises BrokerError where nobody knows its name."""
    knock: Callable[[BrokerSettings], str]
    """Connects to the broker and hangs up; says what answered. Raises ConfigError and BrokerError."""

    def at(self, path: str | Path) -> Path:
        """Where a path of that machine is to be found."""
        return self.root / str(path).lstrip("/") if str(path).startswith("/") else Path(path)

    def text(self, path: str | Path) -> str | None:
        """What a file says; None where it is not there or cannot be read. The caller must not trust it."""
        try:
            with self.at(path).open("rb") as file:
                return file.read(_LONGEST).decode("utf-8", "replace")
        except OSError:
            return None

    def line(self, path: str | Path) -> str:
        """The first line of a file without what surrounds it; nothing where there is none."""
        return next(iter((self.text(path) or "").replace("\0", "\n").splitlines()), "").strip()

    def names(self, folder: str | Path) -> list[str]:
        """What a folder holds, in the order of the alphabet; nothing where it is not there."""
        try:
            return sorted(one.name for one in self.at(folder).iterdir())
        except OSError:
            return []

    def is_there(self, path: str | Path) -> bool:
        """Whether there is such a file or folder."""
        # Unlike Path.exists, this takes a folder that is shut for a no.
        return os.path.exists(self.at(path))

    def usable(self, path: str | Path) -> bool:
        """Whether this user may read and write a device."""
        return self.access(self.at(path), os.R_OK | os.W_OK)


def here() -> Machine:
    """The computer that this runs on."""
    return Machine(
        root=Path("/"),
        now=RealClock().wall(),
        run=run,
        access=os.access,
        ioctl=fcntl.ioctl,
        i2c=answers_on_i2c,
        python=sys.version_info[:3],
        bits=8 * struct.calcsize("P"),
        version=_version,
        devices=_devices,
        words=_words,
        listener=listener_says,
        resolve=addresses,
        knock=functools.partial(broker_answers, clock=RealClock()),
    )


def run(words: Sequence[str]) -> Answer | None:
    """Run a program that only looks; its messages are not translated. A program that hangs has failed."""
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(list(words), env=environment, capture_output=True, timeout=_PATIENCE, check=False)
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired:
        return 124, "", f"no answer within {_PATIENCE:g} seconds"
    except OSError as error:
        return 126, "", error.strerror or str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def answers_on_i2c(bus: Path, address: int, ioctl: Callable[[int, int, int], int] = fcntl.ioctl) -> bool:
    """Read one byte from the chip at an address; raises OSError if the bus cannot be opened.

    A chip that a driver has is not read: the kernel refuses to speak to it behind the driver's back, and that is
    answer enough.
    """
    opened = os.open(bus, os.O_RDWR | os.O_CLOEXEC)
    try:
        ioctl(opened, _I2C_SLAVE, address)
        return len(os.read(opened, 1)) == 1
    except OSError as error:
        return error.errno == errno.EBUSY
    finally:
        os.close(opened)


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _devices(way: Literal["input", "output"]) -> Devices:
    # Late: importing it starts PortAudio, which opens every card for a moment.
    from keepmum.hardware.portaudio import PORTAUDIO, PortAudioError

    try:
        return PORTAUDIO.devices(way)
    except PortAudioError as error:
        raise HardwareError(f"PortAudio cannot list the sound devices: {error}", "start keepmum again") from error


def _words(model: Path) -> frozenset[str]:
    # Late: it loads Vosk.
    from keepmum.listener.speech.model import open_model

    return open_model(model).vocabulary
