"""Where the microphones of an array stand, checked, and when each of them hears a sound from afar.

Seen from above: x is right, y is forward, both in millimetres from the middle; a bearing is in degrees clockwise from
forward, where the array's mark is. `README.md` has the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from keepmum.errors import ConfigError
from keepmum.hardware.array.delays import SPEED_OF_SOUND
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings
from keepmum.sound import RATE

_NEAREST, _FARTHEST = 5.0, 500.0
"""Millimetres between two microphones. Closer ones hear the same; farther ones are a slip in the unit."""
_THIN = 2.0
"""Millimetres: an array that is thinner than this is a line."""

Places = npt.NDArray[np.float64]
"""One row for each microphone: right and forward, in millimetres."""


def used(microphone: MicrophoneSettings, array: ArraySettings) -> tuple[list[int], Places]:
    """The channels whose places are known, and these places; raises ConfigError with all that is wrong with them."""
    places = {int(channel): place for channel, place in sorted(array.microphones.items())}
    wrong = list(_complaints(microphone, places))
    if wrong:
        raise ConfigError("\n".join(wrong), "places are in millimetres from the middle: right, forward")
    return list(places), np.array(list(places.values()), dtype=np.float64)


def _complaints(microphone: MicrophoneSettings, places: dict[int, tuple[float, float]]) -> Iterator[str]:
    key = "hardware.array.microphones"
    if len(places) < 2:
        yield f"{key} has {len(places)}, but a direction needs the places of at least two"
    for channel, place in places.items():
        if channel >= microphone.channels:
            yield f"{key}.{channel} is not there: hardware.microphone.channels is {microphone.channels}, counted from 0"
        if not np.isfinite(place).all():
            yield f"{key}.{channel} is no place: {list(place)}"
    for one, other in combinations(places, 2):
        apart = float(np.hypot(*np.subtract(places[one], places[other])))
        if apart < _NEAREST or apart > _FARTHEST:
            yield f"{key}.{one} and .{other} are {apart:g} mm apart; {_NEAREST:g} to {_FARTHEST:g} can be"


def leads(places: Places, bearings: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How many samples before the array's middle each microphone hears a far sound: one row for each bearing."""
    angle = np.radians(np.asarray(bearings, dtype=np.float64))
    towards = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    earlier: npt.NDArray[np.float64] = towards @ places.T / 1_000 / SPEED_OF_SOUND * RATE
    return earlier


def front(places: Places) -> float | None:
    """For microphones in one line, the bearing square to it that is nearer to the mark; None if they span an area.

    A line cannot tell a voice from its mirror image behind it. Of a line from front to back, the right side is taken.
    """
    _, spread, axes = np.linalg.svd(places - places.mean(axis=0))
    if spread[1] > _THIN:
        return None
    right, forward = axes[1]
    square = float(np.degrees(np.arctan2(right, forward)))
    turned = (square + 180.0) % 180.0
    return turned if turned <= 90.0 else turned - 180.0
