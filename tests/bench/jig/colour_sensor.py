"""An eye for one lamp of the ring: a TCS34725 colour sensor behind a black tube, over I2C.

Registers, codes and times are those of the TCS34725's data sheet (ams). It looks at one lamp, because a look that
moves is one in which lamps differ: only a single lamp tells a blink from an alarm.
"""

from __future__ import annotations

import fcntl
import os
import struct
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from jig.beat import RealBeat
from jig.roles import RigError, Sighting

from keepmum.hardware import Colour, Motion

ADDRESS = 0x29
IDS = (0x44, 0x4D)
"""TCS34725, and TCS34727 of the same family."""
_COMMAND, _MANY = 0x80, 0x20
_ENABLE, _TIME, _GAIN, _ID, _CLEAR = 0x00, 0x01, 0x0F, 0x12, 0x14
_POWER_AND_MEASURE, _24_MS, _GAIN_16 = 0x03, 0xF6, 0x02

EVERY = 0.025
"""Seconds between two samples: the sensor measures for 24 ms."""
STEADY = 1.0
"""Seconds for which a light must not change to be still: a lamp of a slow round hardly changes for 0.7."""
WINDOW = 2.0
"""Seconds in which flashes are counted."""
FLASHES = {"alarm": (2.0, 5.0), "blink": (0.75, 1.5), "pulse": (0.3, 0.75), "spin": (0.4, 0.8)}
"""Flashes a second of one lamp: `hardware/lamps/frames.py` has the times. Pulse and spin look alike to one lamp."""

_I2C_SLAVE = 0x0703


class Bus(Protocol):
    """An I2C bus on which one device was chosen. Raises OSError."""

    def ask(self, register: int, count: int) -> bytes:
        """So many bytes from a register on."""
        ...

    def tell(self, register: int, value: int) -> None:
        """Write one byte."""
        ...

    def close(self) -> None:
        """Let go of the bus."""
        ...


class KernelBus:
    """The kernel's own device, /dev/i2c-N."""

    def __init__(self, number: int) -> None:
        """Raises OSError."""
        self._file = os.open(f"/dev/i2c-{number}", os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(self._file, _I2C_SLAVE, ADDRESS)

    def ask(self, register: int, count: int) -> bytes:
        os.write(self._file, bytes([_COMMAND | _MANY | register]))
        return os.read(self._file, count)

    def tell(self, register: int, value: int) -> None:
        os.write(self._file, bytes([_COMMAND | register, value]))

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Sample(NamedTuple):
    """One look at the lamp: when, how bright, and how much of that in each colour, all in the sensor's counts."""

    at: float
    clear: int
    red: int
    green: int
    blue: int

    def colour(self, dark: int) -> str:
        """The nearest of ours; `off` below `dark` counts."""
        if self.clear < dark:
            return "off"
        lit = [colour for colour in Colour if colour is not Colour.OFF]
        return max(lit, key=lambda colour: self._likeness(colour.value)).name.lower()

    def _likeness(self, wanted: tuple[int, int, int]) -> float:
        seen = (self.red, self.green, self.blue)
        length = sum(one * one for one in seen) ** 0.5 * sum(one * one for one in wanted) ** 0.5
        return sum(one * other for one, other in zip(seen, wanted, strict=True)) / length if length else 0.0


class ColourEye:
    """Samples while time passes, and reads colour and motion off the samples."""

    def __init__(self, bus: Bus, beat: RealBeat, *, dark: int = 60) -> None:
        """`dark` is what the sensor counts in its tube when the lamp is off. Raises RigError."""
        self.samples: list[Sample] = []
        self._bus = bus
        self._beat = beat
        self._dark = dark
        try:
            for register, value in ((_TIME, _24_MS), (_GAIN, _GAIN_16), (_ENABLE, _POWER_AND_MEASURE)):
                bus.tell(register, value)
        except OSError as error:
            raise _broken(error) from error
        beat.watch(self.look)

    def look(self) -> None:
        """Take a sample, if it is time for one. Raises RigError."""
        now = self._beat.now()
        if self.samples and now - self.samples[-1].at < EVERY:
            return
        try:
            untrusted = self._bus.ask(_CLEAR, 8)
            self.samples.append(Sample(now, *struct.unpack("<4H", untrusted)))
        except (OSError, struct.error) as error:
            raise _broken(error) from error

    def shows(self, colour: str, motion: str | None, since: float, until: float) -> Sighting | None:
        # A motion is only known once it was looked at for a while.
        window = 0.0 if motion is None else STEADY if motion == Motion.STILL.value else WINDOW
        while True:
            seen = first_shown(self.samples, colour, motion, since, until, window=window, dark=self._dark)
            left = until + window + EVERY - self._beat.now()
            if seen is not None or left <= 0:
                return seen
            self._beat.pause(min(EVERY, left))

    def check(self) -> None:
        try:
            untrusted = self._bus.ask(_ID, 1)
        except OSError as error:
            raise _broken(error) from error
        if not untrusted or untrusted[0] not in IDS:
            raise RigError(f"what answers at 0x{ADDRESS:02x} is no TCS34725", "look at the sensor's wires")

    def close(self) -> None:
        self._bus.close()


def first_shown(
    samples: Sequence[Sample],
    colour: str,
    motion: str | None,
    since: float,
    until: float,
    *,
    window: float,
    dark: int,
) -> Sighting | None:
    """The first sample from `since` to `until` in this colour, from which on the light moved so for a whole `window`.

    Half a sample more than `until` counts: the light was there before the sensor had counted it.
    """
    times = [sample.at for sample in samples]
    for number in range(bisect_left(times, since), len(samples)):
        begin = samples[number]
        if begin.at > until + EVERY / 2:
            return None
        if times[-1] < begin.at + window:
            return None
        seen = samples[number : bisect_left(times, begin.at + window) + 1]
        if begin.colour(dark) == colour and (motion is None or _moves(seen, colour, motion, dark)):
            return Sighting(begin.at)
    return None


def _moves(seen: Sequence[Sample], colour: str, motion: str, dark: int) -> bool:
    if {sample.colour(dark) for sample in seen} - {colour, "off"}:
        return False
    brightest, darkest = max(sample.clear for sample in seen), min(sample.clear for sample in seen)
    if motion == Motion.STILL.value:
        return darkest >= 0.8 * brightest
    slowest, fastest = FLASHES[motion]
    return slowest <= _flashes(seen, brightest, darkest) <= fastest


def _flashes(seen: Sequence[Sample], brightest: int, darkest: int) -> float:
    """How often a second it came up, counted between a third and two thirds so that noise counts for nothing."""
    low, high = darkest + (brightest - darkest) / 3, brightest - (brightest - darkest) / 3
    if darkest >= 0.8 * brightest:
        return 0.0
    up, rises, first, last = seen[0].clear > high, 0, 0.0, 0.0
    for sample in seen:
        if not up and sample.clear >= high:
            rises, last = rises + 1, sample.at
            first = first or sample.at
        up = sample.clear >= high if not up else sample.clear > low
    return (rises - 1) / (last - first) if rises > 1 else rises / (seen[-1].at - seen[0].at)


def _broken(error: Exception) -> RigError:
    return RigError(f"the colour sensor does not answer: {error}", "dtparam=i2c_arm=on, and `i2cdetect -y 1` shows 29")
