"""What the kernel says about each way into and out of a card: whether it is open, who has it, and in what format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keepmum.hardware.alsa.cards import PROC, first_bytes


@dataclass(frozen=True)
class Substream:
    """One way in or out, as it stands now."""

    closed: bool
    """Whether the kernel says so in so many words; anything else is open."""
    owner: int | None
    """The process (strictly: the thread) that holds it open."""
    channels: int | None
    """How many the card itself delivers, while it is open and set up."""


def substreams(number: int, way: Literal["c", "p"], proc: Path = PROC) -> tuple[Substream, ...]:
    """All ways in (`c`) or out (`p`) of a card; none when the card is not there.

    Raises OSError if one of them cannot be read.
    """
    try:
        return tuple(_read(sub) for sub in _folders(proc / f"card{number}", way))
    except FileNotFoundError:
        if (proc / f"card{number}").exists():
            raise
        return ()


def _folders(card: Path, way: str) -> list[Path]:
    # glob() would pass over a folder that may not be read, as if it were not there.
    pcms = [pcm for pcm in card.iterdir() if re.fullmatch(rf"pcm\d+{way}", pcm.name)]
    return sorted(sub for pcm in pcms for sub in pcm.iterdir() if re.fullmatch(r"sub\d+", sub.name))


def _read(sub: Path) -> Substream:
    untrusted_status = first_bytes(sub / "status")
    if untrusted_status.strip() == "closed":
        return Substream(True, None, None)
    return Substream(
        False,
        _number(r"^owner_pid\s*: (\d{1,9})$", untrusted_status),
        _number(r"^channels: (\d{1,4})$", first_bytes(sub / "hw_params")),
    )


def _number(pattern: str, untrusted_text: str) -> int | None:
    found = re.search(pattern, untrusted_text, re.MULTILINE)
    return int(found[1]) if found else None
