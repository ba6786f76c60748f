"""What may become of a clip before somebody finds it: a room, a disguise, a bleep, another pitch.

Each change is drawn anew for each clip, by the dice that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import numpy as np
import soxr

from keepmum.forge.corpus.rooms import drawn
from keepmum.lab.corpus.audio import Samples, heard
from keepmum.listener.rungs.disguise import disguise, mcadams
from keepmum.sound import RATE

Change = Callable[[Samples, Random], Samples]

FASTER, HIGHER = 1.1, 1.1
"""How often; a tenth is what a tape that runs too fast, or a disguise, easily reaches."""
BLEEPED = 0.4
"""The most of a clip that keepmum bleeps: of more it sends nothing."""
_BLEEPS = 4
_NOISE = 1_000.0 / 32_768
"""Root mean square of a bleep, as the speaker's own."""
_GRAIN, _SEEK = 640, 160
"""Samples of one grain of sound, and how far it may be moved to fit the one before."""


def unchanged(clip: Samples, _: Random) -> Samples:
    """As it was."""
    return clip


def in_a_room(clip: Samples, dice: Random) -> Samples:
    """Some metres from the loudspeaker, between walls: 0.12 to 0.7 s of reverberation."""
    return drawn(np.random.default_rng(dice.getrandbits(64))).heard(clip)


def moved(clip: Samples, dice: Random) -> Samples:
    """Its resonances moved (McAdams), pitch and tempo as they were."""
    return np.asarray(mcadams(clip.astype(np.float64) * 32_768, dice.uniform(0.5, 0.9)) / 32_768, np.float32)


def disguised(clip: Samples, dice: Random) -> Samples:
    """By the speaker's own disguise: resonances, pitch and tempo."""
    made, _ = disguise(bytearray(heard(clip)), dice)
    return np.frombuffer(bytes(made), "<i2").astype(np.float32) / np.float32(32_768)


def bleeped(clip: Samples, dice: Random) -> Samples:
    """So much of it replaced by noise, in four places."""
    made = clip.copy()
    each, part = len(clip) // _BLEEPS, round(len(clip) * BLEEPED / _BLEEPS)
    noise = np.random.default_rng(dice.getrandbits(64)).standard_normal((_BLEEPS, part), np.float32) * _NOISE
    for place in range(_BLEEPS):
        first = place * each + dice.randrange(each - part + 1)
        made[first : first + part] = noise[place]
    return made


def faster(clip: Samples, _: Random) -> Samples:
    """Tempo and pitch a tenth up together."""
    return np.asarray(soxr.resample(clip, round(RATE * FASTER), RATE), np.float32)


def higher(clip: Samples, _: Random) -> Samples:
    """The pitch a tenth up, the tempo as it was."""
    return _stretched(np.asarray(soxr.resample(clip, round(RATE * HIGHER), RATE), np.float32), len(clip))


def _stretched(clip: Samples, length: int) -> Samples:
    """As long as that at the same pitch: grains that overlap by half, each where it fits the last one best (WSOLA)."""
    window = np.hanning(_GRAIN + 1)[:-1].astype(np.float32)
    half, pace = _GRAIN // 2, len(clip) / length
    padded = np.pad(clip, (_SEEK, _GRAIN + _SEEK))
    made = np.zeros(length + _GRAIN, np.float32)
    taken = _SEEK
    for place in range(0, length, half):
        middle = _SEEK + round(place * pace)
        following = padded[taken + half : taken + half + half]
        around = np.lib.stride_tricks.sliding_window_view(padded[middle - _SEEK : middle + _SEEK + half], half)
        fits = place > 0 and len(following) == half
        taken = middle - _SEEK + int(np.argmax(around @ following)) if fits else middle
        grain = padded[taken : taken + _GRAIN]
        made[place : place + len(grain)] += grain * window[: len(grain)]
    return made[:length]


CHANGES: Mapping[str, Change] = {
    "unchanged": unchanged,
    "in a room": in_a_room,
    "resonances moved": moved,
    "40 % bleeped": bleeped,
    "disguised by keepmum": disguised,
    "a tenth faster": faster,
    "a tenth higher": higher,
}
PITCHED = ("disguised by keepmum", "a tenth faster", "a tenth higher")
"""After these no waveform is found again."""
