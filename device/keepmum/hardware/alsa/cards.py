"""Which sound cards the kernel has, and which of them an owner means by a name that survives a reboot.

A card's number changes from boot to boot. Its id (`seeed2micvoicec`) is made by the kernel and the USB numbers are the
maker's, so these are what settings name. The kernel's folders are believed and its `cards` file is not: a USB
device may put line breaks into its product name, and with them cards into that file that do not exist.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keepmum.errors import CardError

PROC = Path("/proc/asound")
SYS = Path("/sys/class/sound")
DEV = Path("/dev/snd")

_LONGEST = 4096
"""Bytes that are read of one of the kernel's small files."""
_SHOWN = 80


@dataclass(frozen=True)
class Places:
    """Where the kernel shows its sound cards."""

    proc: Path = PROC
    sys: Path = SYS
    dev: Path = DEV


KERNEL = Places()
"""The real one."""


@dataclass(frozen=True)
class Card:
    """One sound card, as it is plugged in now."""

    number: int
    id: str
    name: str
    """What its driver calls it, for people; the device may have chosen these words."""
    usb: str | None
    """Vendor and product, `2886:001a`."""
    serial: str | None
    capture: bool
    playback: bool

    def __str__(self) -> str:
        usb = f" ({self.usb}{f'/{self.serial}' if self.serial else ''})" if self.usb else ""
        return f"{self.id}{usb}"


def cards(proc: Path = PROC, sys: Path = SYS) -> tuple[Card, ...]:
    """All sound cards by number; none where the kernel has none. Raises CardError if its list cannot be read."""
    try:
        numbers = sorted(
            int(digits[1]) for one in proc.iterdir() if (digits := re.fullmatch(r"card(\d{1,3})", one.name))
        )
        names = _names(first_bytes(proc / "cards"))
        found = [_card(number, names, proc, sys) for number in numbers]
    except OSError as error:
        raise CardError(f"the kernel's sound cards cannot be read: {error}", "is there a sound driver?") from error
    return tuple(card for card in found if card is not None)


def fitting(name: str, among: Sequence[Card]) -> tuple[Card, ...]:
    """The cards that are called so: an ALSA id, or `vendor:product`, or `vendor:product/serial`."""
    if ":" not in name:
        return tuple(card for card in among if card.id == name)
    usb, _, serial = name.partition("/")
    return tuple(card for card in among if card.usb == usb and (not serial or card.serial == serial))


def find(name: str, among: Sequence[Card]) -> Card:
    """The one card that is called so. Raises CardError if none or several are, naming those that are there."""
    found = fitting(name, among)
    if len(found) == 1:
        return found[0]
    if found:
        raise CardError(
            f"more than one sound card is {name!r}", f"name just one of: {', '.join(str(card) for card in found)}"
        )
    known = [word for card in among for word in (card.id, card.usb) if word]
    near = difflib.get_close_matches(name, known, n=1)
    here = ", ".join(str(card) for card in among)
    told = (
        f"here are: {here}" if here else "the kernel has no sound card at all; is it plugged in, is its overlay loaded?"
    )
    raise CardError(f"no sound card is {name!r}", f"did you mean {near[0]}? {told}" if near else told)


def first_bytes(path: Path) -> str:
    """The beginning of a small file of the kernel as text; raises OSError."""
    with path.open("rb") as file:
        return file.read(_LONGEST).decode("utf-8", "replace")


def _card(number: int, names: dict[int, str], proc: Path, sys: Path) -> Card | None:
    folder = proc / f"card{number}"
    try:
        untrusted_id = first_bytes(folder / "id")
        parts = [one.name for one in folder.iterdir()]
    except FileNotFoundError:
        return None  # It was pulled out while we looked.
    untrusted_usb = _optional(folder / "usbid")
    return Card(
        number,
        _plain(untrusted_id),
        names.get(number, ""),
        untrusted_usb if untrusted_usb and re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", untrusted_usb) else None,
        # device is the USB interface, its parent the device that has the numbers.
        _optional((sys / f"card{number}" / "device").resolve().parent / "serial") if untrusted_usb else None,
        capture=any(re.fullmatch(r"pcm\d+c", part) for part in parts),
        playback=any(re.fullmatch(r"pcm\d+p", part) for part in parts),
    )


def _names(untrusted_cards: str) -> dict[int, str]:
    lines = untrusted_cards.splitlines()
    heads = [(re.match(r" ?(\d{1,3}) \[", line), below) for line, below in itertools.pairwise(lines)]
    return {int(head[1]): _plain(below) for head, below in reversed(heads) if head}


def _optional(path: Path) -> str | None:
    try:
        return _plain(first_bytes(path)) or None
    except FileNotFoundError:
        return None


def _plain(untrusted_text: str) -> str:
    """One short line that can be printed on any terminal."""
    return "".join(one if one.isprintable() else "?" for one in untrusted_text.strip())[:_SHOWN]
