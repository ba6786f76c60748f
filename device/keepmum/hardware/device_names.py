"""Finds the one sound device that an owner meant by a part of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from keepmum.errors import HardwareError


def choose(
    devices: Sequence[Mapping[str, Any]],
    way: Literal["input", "output"],
    part: str | None,
    *,
    default: int,
    channels: int,
    error: type[HardwareError],
) -> int:
    """The index of the device in `devices`, as sounddevice lists them; `default` when no part of a name is given.

    A whole name wins over parts of names; upper and lower case are the same. Raises `error` when none or several
    fit, naming those that there are, or when the one has too few channels.
    """
    able = [one for one in devices if one[f"max_{way}_channels"] > 0]
    if not able:
        raise error(f"this machine has no sound {way}", "`arecord -l` and `aplay -l` list what the kernel sees")
    if part is None:
        fitting = [one for one in able if one["index"] == default]
    else:
        whole = [one for one in able if one["name"].casefold() == part.casefold()]
        fitting = whole or [one for one in able if part.casefold() in one["name"].casefold()]
    if len(fitting) != 1:
        wanted = f"the system has no default sound {way}" if part is None else f"no sound {way} is called {part!r}"
        if fitting:
            wanted = f"more than one sound {way} is called {part!r}"
        names = ", ".join(repr(one["name"]) for one in fitting or able)
        raise error(wanted, f"name a part of just one of: {names}")
    found = fitting[0][f"max_{way}_channels"]
    if found < channels:
        raise error(f"{fitting[0]['name']!r} has {found} {way} channels, not {channels}", "correct `channels`")
    return int(fitting[0]["index"])


def hint(code: int) -> str:
    """What an owner can do about PortAudio's error number."""
    return {
        -9997: "the device has another rate: start with PA_ALSA_PLUGHW=1 in the environment, and ALSA converts",
        -9998: "the device has another number of channels: set PA_ALSA_PLUGHW=1 in the environment, and ALSA converts",
        -9985: "another program has the device: `fuser -v /dev/snd/*` shows which",
    }.get(code, "is it plugged in? `arecord -l` and `aplay -l` list what the kernel sees")
