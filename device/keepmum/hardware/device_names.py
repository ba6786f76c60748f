"""Finds the one sound device that an owner meant, by a part of its name or by its card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from keepmum.errors import HardwareError
from keepmum.hardware.alsa.cards import KERNEL, Places
from keepmum.hardware.alsa.obstacle import obstacle

Device = Mapping[str, Any]
Way = Literal["input", "output"]

_OF_A_CARD = r"\(hw:(\d+),\d+\)$"


def able(devices: Sequence[Device], way: Way) -> list[Device]:
    """Those that have any channel in this direction."""
    return [one for one in devices if one[f"max_{way}_channels"] > 0]


def fitting(devices: Sequence[Device], way: Way, part: str | None, default: int) -> list[Device]:
    """The devices that a part of a name means; the default one when there is no name.

    A whole name wins over parts of names; upper and lower case are the same.
    """
    there = able(devices, way)
    if part is None:
        return [one for one in there if one["index"] == default]
    whole = [one for one in there if one["name"].casefold() == part.casefold()]
    return whole or [one for one in there if part.casefold() in one["name"].casefold()]


def choose(
    devices: Sequence[Device],
    way: Way,
    part: str | None,
    *,
    default: int,
    channels: int,
    error: type[HardwareError],
) -> int:
    """The index of the device in `devices`, as sounddevice lists them; `default` when no part of a name is given.

    Raises `error` when none or several fit, naming those that there are, or when the one has too few channels.
    """
    there, found = able(devices, way), fitting(devices, way, part, default)
    if not there:
        raise error(f"this machine has no sound {way}", "`arecord -l` and `aplay -l` list what the kernel sees")
    if len(found) != 1:
        wanted = f"the system has no default sound {way}" if part is None else f"no sound {way} is called {part!r}"
        if found:
            wanted = f"more than one sound {way} is called {part!r}"
        names = ", ".join(repr(one["name"]) for one in found or there)
        raise error(wanted, f"name a part of just one of: {names}")
    has = found[0][f"max_{way}_channels"]
    if has < channels:
        raise error(f"{found[0]['name']!r} has {has} {way} channels, not {channels}", "correct `channels`")
    return int(found[0]["index"])


def of_card(devices: Sequence[Device], way: Way, number: int) -> int | None:
    """The index of the first device of an ALSA card, if PortAudio knows one that can be opened in this direction."""
    return next((int(one["index"]) for one in able(devices, way) if card_of(one["name"]) == number), None)


def card_of(name: str) -> int | None:
    """The number of the ALSA card that a device's name ends with, if it does."""
    found = re.search(_OF_A_CARD, name)
    return int(found[1]) if found else None


def hint(code: int, way: Way, card: int | None = None, places: Places = KERNEL) -> str:
    """What an owner can do about PortAudio's error number, on this ALSA card if that is known."""
    seen = obstacle(card, "c" if way == "input" else "p", places.proc, places.dev) if card is not None else ""
    return seen or {
        -9997: "the device has another rate: take PA_ALSA_PLUGHW=0 out of the environment, then ALSA converts",
        -9998: "the device has another number of channels: correct `channels`",
        -9985: "another program has the device: `fuser -v /dev/snd/*` shows which",
    }.get(code, "is it plugged in? `arecord -l` and `aplay -l` list what the kernel sees")
