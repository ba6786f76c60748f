"""Clips that can be told apart at the other end: each has a number, and sound that follows from it."""

from __future__ import annotations

import random
import struct

from keepmum.consent import Purpose
from keepmum.sound import RATE, SAMPLE_BYTES

PURPOSES = (Purpose.ASR_IMPROVEMENT, Purpose.WAKE_TUNING, Purpose.RESEARCH)
"""What the household agrees to; clip by clip in turn."""

_NUMBER = struct.Struct("<q")
_LONG = 5
"""One clip in so many lasts three seconds, and leaves in two parts."""


def purpose(number: int) -> Purpose:
    """What this clip is wanted for."""
    return PURPOSES[number % len(PURPOSES)]


def seconds(number: int) -> int:
    """How long this clip lasts."""
    return 3 if number % _LONG == 0 else 1


def sound(number: int) -> bytes:
    """The sound of this clip, 16-bit; its number stands in the first samples."""
    size = seconds(number) * RATE * SAMPLE_BYTES - _NUMBER.size
    return _NUMBER.pack(number) + random.Random(number).randbytes(size)


def number_in(pcm: bytes) -> int:
    """The number of a clip, by its sound."""
    return int(_NUMBER.unpack_from(pcm)[0])
