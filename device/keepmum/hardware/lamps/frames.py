"""What each lamp shows at a moment: a pure function of look and time, so that every strip shows the same ring."""

from __future__ import annotations

import math

from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.lamps import Rgb
from keepmum.sound import BLOCK_SECONDS

FRAME_SECONDS = BLOCK_SECONDS
"""How often a smooth motion is drawn: the listener wakes for each block of sound anyway."""
BREATH_SECONDS = 2.0
ROUND_SECONDS = 1.6
BLINK_SECONDS = 0.5
"""Lit, and dark for as long."""
ALARM_SECONDS = 1 / 6
"""Every second lamp, and then the others: three flashes a second, the most that WCAG 2.3.1 calls safe for all eyes."""

DIM = 0.08
"""How much of its light a lamp keeps that does not point; about a third to the eye."""
PASSING = 0.24
"""How bright the round is behind a pointer: seen, and less than two lamps that share the pointer."""
TAIL = 150.0
"""Degrees over which the light fades behind the head of a round."""
EDGE = 60.0
"""Degrees at most over which it comes up before the head."""
EYE = 2.2
"""The exponent from what looks even to the light that a lamp must give."""
CAN_POINT = 4
"""Fewer lamps than these are a row on a board, not a ring."""


def frame(
    look: Look,
    lamps: int,
    seconds: float,
    brightness: float,
    *,
    first_lamp: float = 0.0,
    clockwise: bool = True,
) -> tuple[Rgb, ...]:
    """The lamps, the first one first, `seconds` after the look began; every motion begins bright.

    No channel exceeds `brightness` (0–1) times the look's colour, but a colour's channel that is lit at all is never
    rounded down to nothing: red alone is only ever seen of a look that is red. `first_lamp` is where the first
    lamp stands, in degrees clockwise from the array's mark.
    """
    step = 360 / lamps if clockwise else -360 / lamps
    places = [(first_lamp + step * lamp) % 360 for lamp in range(lamps)]
    return tuple(_lit(look.colour, brightness * level) for level in _levels(look, places, seconds))


def next_frame(look: Look, seconds: float) -> float | None:
    """Seconds until the look is to be drawn again; None if it stands still. Never so little that time stands still."""
    if look.colour is Colour.OFF or look.motion is Motion.STILL:
        return None
    if look.motion is Motion.BLINK:
        return _until_next(seconds, BLINK_SECONDS)
    if look.motion is Motion.ALARM:
        return _until_next(seconds, ALARM_SECONDS)
    return FRAME_SECONDS


def _until_next(seconds: float, step: float) -> float:
    return max(step / 16, (math.floor(seconds / step) + 1) * step - seconds)


def _lit(colour: Colour, level: float) -> Rgb:
    red, green, blue = (int(channel * level) or 1 if channel and level > 0 else 0 for channel in colour.value)
    return red, green, blue


def _levels(look: Look, places: list[float], seconds: float) -> list[float]:
    """How much of the brightness each lamp gets, 0–1."""
    moved = [_moved(look.motion, lamp, place, 360 / len(places), seconds) for lamp, place in enumerate(places)]
    bearing = _pointed_at(look, len(places))
    if bearing is None:
        return moved
    pointer = [DIM + (1 - DIM) * _near(bearing, place, 360 / len(places)) for place in places]
    if look.motion is Motion.SPIN:
        return [max(fixed, PASSING * passing) for fixed, passing in zip(pointer, moved, strict=True)]
    return [fixed * level for fixed, level in zip(pointer, moved, strict=True)]


def _moved(motion: Motion, lamp: int, place: float, step: float, seconds: float) -> float:
    match motion:
        case Motion.STILL:
            return 1.0
        case Motion.PULSE:
            return math.pow(0.65 + 0.35 * math.cos(math.tau * seconds / BREATH_SECONDS), EYE)
        case Motion.SPIN:
            behind = (360 * seconds / ROUND_SECONDS - place) % 360
            return DIM + (1 - DIM) * _of_round(behind, min(step, EDGE))
        case Motion.BLINK:
            return 1.0 if math.floor(seconds / BLINK_SECONDS) % 2 == 0 else 0.0
        case Motion.ALARM:
            return 1.0 if (math.floor(seconds / ALARM_SECONDS) + lamp) % 2 == 0 else 0.0


def _of_round(behind: float, edge: float) -> float:
    """The light of a lamp that the head of a round has passed by so many degrees; it rises just before the head."""
    fading = math.pow(max(0.0, 1 - behind / TAIL), EYE)
    rising = max(0.0, 1 - (360 - behind) / edge)
    return max(fading, rising)


def _pointed_at(look: Look, lamps: int) -> float | None:
    """The bearing, where there is one to show.

    Red points nowhere: a closed microphone hears nobody, and still red must always be the same picture. An alarm takes
    every lamp.
    """
    if look.bearing is None or not math.isfinite(look.bearing) or lamps < CAN_POINT:
        return None
    if look.colour is Colour.RED or look.motion is Motion.ALARM:
        return None
    return look.bearing


def _near(bearing: float, place: float, step: float) -> float:
    """1 for the lamp at the bearing, shared by the two beside it when it lies between them, 0 for the others."""
    apart = abs((bearing - place + 180) % 360 - 180)
    return max(0.0, 1 - apart / step)
