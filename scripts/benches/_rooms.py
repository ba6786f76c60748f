"""Simulated rooms for microphone arrays: who stands where, and what each microphone hears of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyroomacoustics
from scipy.signal import fftconvolve

from keepmum.sound import RATE

Sound = npt.NDArray[np.float64]
Places = tuple[tuple[float, float], ...]

SIZE = np.array([5.5, 4.5, 2.6])
"""A living room, in metres; each one differs by up to a tenth."""
_MOST_REFLECTIONS = 40
"""More take four times as long; the longest echo asked for is then cut off 40 dB down."""
_WALL = 0.3
"""Nobody stands nearer to a wall, in metres."""


def square(side: float) -> Places:
    """Four microphones, clockwise from the front left corner; the side in millimetres."""
    half = side / 2
    return ((-half, half), (half, half), (half, -half), (-half, -half))


def circle(count: int, radius: float) -> Places:
    """Microphones on a circle, clockwise from the mark; the radius in millimetres."""
    angles = np.radians(np.arange(count) * 360 / count)
    return tuple((float(radius * np.sin(angle)), float(radius * np.cos(angle))) for angle in angles)


@dataclass(frozen=True)
class Room:
    """One talker, three others, and the way from each of them to every microphone."""

    bearing: float
    """Where the talker stands, in degrees clockwise from the array's mark."""
    ways: list[list[Sound]]
    """Impulse responses: for each microphone, the talker's and then the others'."""

    def hear(self, who: int, sound: Sound) -> Sound:
        """What every microphone hears of one person (0 is the talker), one column for each."""
        heard = [fftconvolve(sound, way[who])[: len(sound)] for way in self.ways]
        return np.stack(heard, axis=1)


def furnish(places: Places, bearing: float, distance: float, echo: float, seed: int) -> Room:
    """An array on a table somewhere in a room whose echo dies (60 dB) in `echo` seconds, and four people around it.

    The others stand 2 m away, at least 45 degrees beside the talker; `places` are in millimetres.
    """
    chance = np.random.default_rng(seed)
    size = SIZE * chance.uniform(0.9, 1.1, 3)
    absorption, order = pyroomacoustics.inverse_sabine(echo, size)
    table, people = _stand(size, bearing, [distance, 2.0, 2.0, 2.0], chance)
    walls = pyroomacoustics.Material(absorption)
    room = pyroomacoustics.ShoeBox(size, fs=RATE, materials=walls, max_order=min(order, _MOST_REFLECTIONS))
    for person in people:
        room.add_source(person)
    room.add_microphone_array((table + np.pad(np.array(places) / 1_000, ((0, 0), (0, 1)))).T)
    room.compute_rir()
    return Room(bearing % 360, room.rir)


def _stand(size: Sound, bearing: float, distances: list[float], chance: np.random.Generator) -> tuple[Sound, Sound]:
    """The table's place, and those of the people around it, inside the walls."""
    while True:
        table = np.append(chance.uniform(0.4, size[:2] - 0.4), chance.uniform(0.7, 1.0))
        beside = chance.uniform(45, 315, len(distances) - 1)
        angles = np.radians(bearing + np.append(0, beside))
        above = chance.uniform(0.3, 0.7, len(distances))
        away = np.sqrt(np.square(distances) - above**2)
        people = table + np.stack([away * np.sin(angles), away * np.cos(angles), above], axis=1)
        if np.all(people > _WALL) and np.all(people < size - _WALL):
            return table, people
