"""Finds the pins of a Pi's header by the label of their chip, says who has which, and opens them for gpiozero.

The kernel itself is asked (include/uapi/linux/gpio.h), so `chips` and `holder` need no library.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gpiozero import Factory
from gpiozero.exc import GPIOPinInUse, GPIOZeroError

from keepmum.errors import HardwareError

HEADERS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""The chips of the 40-pin header: Pi 5, Pi 4, and all before them. Their numbers differ from kernel to kernel
(Pi 5: 4 before 6.6.45, 0 since, 11 and more in some of 2026), their labels do not."""

Ioctl = Callable[[int, int, bytes], bytes]
"""What `fcntl.ioctl` does: file, request and question in, answer out."""

GET_CHIPINFO = 0x8044B401
GET_LINEINFO = 0xC100B405
_CHIP = struct.Struct("=32s32sI")
"""name, label, number of lines"""
_LINE = struct.Struct("=32s32sIIQ160s16s")
"""name, consumer, offset, number of attributes, flags, attributes, padding"""
_USED = 1


@dataclass(frozen=True)
class Chip:
    """A GPIO chip of this machine."""

    path: Path
    label: str = ""
    lines: int = 0
    trouble: str = ""
    """Why it could not be asked; then there is no label."""

    @property
    def number(self) -> int:
        """The n of /dev/gpiochip<n>."""
        return int(self.path.name.removeprefix("gpiochip"))


def chips(folder: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl) -> tuple[Chip, ...]:
    """Every chip by its number, also those that cannot be opened; links to another chip are left out. Never raises."""
    paths = [path for path in folder.glob("gpiochip*") if path.name[8:].isdecimal() and not path.is_symlink()]
    return tuple(sorted((_chip(path, ioctl) for path in paths), key=lambda chip: chip.number))


def header(found: Sequence[Chip], labels: Sequence[str] = HEADERS) -> Chip:
    """The one among them that has the header's pins; raises HardwareError where there is none, or several."""
    for label in labels:
        fitting = [chip for chip in found if chip.label == label]
        if len(fitting) > 1:
            names = " and ".join(str(chip.path) for chip in fitting)
            raise HardwareError(
                f"{names} are both called {label}", "only one can have the header: which overlay adds it?"
            )
        if fitting:
            return fitting[0]
    raise _no_header(found, labels)


def holder(pin: int, chip: Chip | None = None, ioctl: Ioctl = fcntl.ioctl) -> str:
    """Who has the line, in the kernel's word for it (`spi0 CS0`); nothing if it is free or nobody can tell.

    `chip` is the header's unless another is given; there, a line's offset is its BCM number. Never raises.
    """
    try:
        chip = chip or header(chips(ioctl=ioctl))
        question = _LINE.pack(b"", b"", pin, 0, 0, b"", b"")
        _, untrusted_consumer, _, _, flags, _, _ = _LINE.unpack(_ask(chip.path, GET_LINEINFO, question, ioctl))
    except (OSError, struct.error):
        return ""
    return (_text(untrusted_consumer) or "the kernel") if flags & _USED else ""


def failures() -> tuple[type[Exception], ...]:
    """What a pin may raise. lgpio's error is neither an OSError nor gpiozero's, and this file alone imports lgpio."""
    lgpios = getattr(sys.modules.get("lgpio"), "error", None)
    return (GPIOZeroError, OSError) if lgpios is None else (GPIOZeroError, OSError, lgpios)


@contextlib.contextmanager
def told_as(
    error: type[HardwareError], pin: int, fails: str, hint: str, who_has: Callable[[int], str] = holder
) -> Iterator[None]:
    """Turns whatever a pin raises into the error of a role: `GPIO17 cannot be a button: ...`, with the hint."""
    try:
        yield
    except HardwareError as cause:
        raise error(cause.what, cause.hint) from cause
    except GPIOPinInUse as cause:
        raise error(f"GPIO{pin} is in use by another part of keepmum", "give each part a pin of its own") from cause
    except failures() as cause:
        if "busy" in str(cause).lower():
            who = who_has(pin) or "another program"
            raise error(
                f"GPIO{pin} is in use by {who!r}", "take another pin, or the overlay out of config.txt"
            ) from cause
        raise error(f"GPIO{pin} {fails}: {cause}", hint) from cause


@functools.cache
def lgpio_factory(labels: tuple[str, ...] = HEADERS) -> Factory:
    """lgpio's pins of the header, for all the drivers of this process; raises HardwareError where there are none.

    There is one factory because lgpio keeps a line that was closed, as an input: a second one would find it busy.
    A child made by fork finds it busy, too.
    """
    chip = header(chips(), labels)
    library = load_lgpio()
    try:
        return library(chip=chip.number)
    except failures() as error:
        raise HardwareError(f"{chip.path} cannot be opened: {error}", _LET_IN) from error


def load_lgpio() -> Callable[..., Factory]:
    """gpiozero's factory for lgpio, named, so that gpiozero never falls back to another one; raises HardwareError.

    At import, lgpio makes a FIFO in the current folder, or in $LG_WD, to which it moves the process; fails if it may
    not; and keeps the FIFO open. The folder is only needed while it does.
    """
    elsewhere = os.environ.pop("LG_WD", None)
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise HardwareError("lgpio is missing", _INSTALL) from error
    except AttributeError as error:
        # Where there is no wheel, pip is content with 0.0.0.2 of 2020, which has nothing in it.
        raise HardwareError("the installed lgpio is an empty one", f"pip uninstall lgpio, then {_INSTALL}") from error
    except OSError as error:
        raise HardwareError(f"lgpio cannot be loaded: {error}", "it needs a folder for temporary files") from error
    finally:
        if elsewhere is not None:
            os.environ["LG_WD"] = elsewhere
    return LGPIOFactory  # type: ignore[no-any-return]


_INSTALL = "sudo apt install python3-lgpio, and a venv made with --system-site-packages"
_LET_IN = "sudo usermod -aG gpio $USER, then log in again; a service needs SupplementaryGroups=gpio"


def _chip(path: Path, ioctl: Ioctl) -> Chip:
    try:
        _, untrusted_label, lines = _CHIP.unpack(_ask(path, GET_CHIPINFO, bytes(_CHIP.size), ioctl))
    except OSError as error:
        return Chip(path, trouble=error.strerror or str(error))
    except struct.error:
        return Chip(path, trouble="the kernel's answer is cut short")
    return Chip(path, _text(untrusted_label), lines)


def _ask(path: Path, request: int, question: bytes, ioctl: Ioctl) -> bytes:
    # Read and write, because lgpio will want both: who may only read is told now.
    opened = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return ioctl(opened, request, question)
    finally:
        os.close(opened)


def _text(untrusted_name: bytes) -> str:
    """A C string for people: what cannot be printed becomes a question mark."""
    text = untrusted_name.partition(b"\0")[0].decode("ascii", "replace")
    return "".join(letter if letter.isprintable() and letter.isascii() else "?" for letter in text)


def _no_header(found: Sequence[Chip], labels: Sequence[str]) -> HardwareError:
    denied = [chip for chip in found if chip.trouble == os.strerror(errno.EACCES)]
    if denied:
        return HardwareError(f"{denied[0].path} may not be opened", _LET_IN)
    if not found:
        hint = "it takes a Pi; elsewhere there are `button: {driver: keyboard}` and `mic_power: {driver: none}`"
        return HardwareError("this machine has no GPIO pins", hint)
    names = ", ".join(f"{chip.path.name} is {chip.label or chip.trouble!r}" for chip in found)
    return HardwareError(f"no GPIO chip has a Pi's header: {names}", f"it would be called {' or '.join(labels)}")
