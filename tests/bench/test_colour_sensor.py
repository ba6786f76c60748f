"""The eye: a pretended sensor that measures lamps as the ring's own pictures light them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from jig.beat import RealBeat
from jig.colour_sensor import ColourEye, Sample
from jig.roles import RigError

from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.lamps.frames import frame

LAMP = 3
"""The lamp over which the sensor sits."""


class Sensor:
    """A bus with a TCS34725 on it, which sees one lamp of a ring of twelve."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.looks: list[tuple[float, Look | None]] = [(0.0, None)]
        self.told: list[tuple[int, int]] = []
        self.identity = 0x44
        self.gone = False
        self.closed = False

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def show(self, at: float, look: Look | None) -> None:
        self.looks.append((at, look))

    def ask(self, register: int, count: int) -> bytes:
        if self.gone:
            raise OSError(121, "Remote I/O error")
        if register == 0x12:
            return bytes([self.identity])
        begun, look = [each for each in self.looks if each[0] <= self.seconds][-1]
        if look is None:
            return b"".join(count.to_bytes(2, "little") for count in (20, 8, 6, 6))
        lit = frame(look, 12, self.seconds - begun, 0.31)[LAMP]
        counts = [20 + 8 * sum(lit), *(8 + 8 * channel for channel in lit)]
        return b"".join(count.to_bytes(2, "little") for count in counts)

    def tell(self, register: int, value: int) -> None:
        self.told.append((register, value))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def sensor() -> Sensor:
    return Sensor()


@pytest.fixture
def beat(sensor: Sensor) -> RealBeat:
    return RealBeat(sensor.monotonic, sensor.sleep)


@pytest.fixture
def eye(sensor: Sensor, beat: RealBeat) -> ColourEye:
    return ColourEye(sensor, beat)


def look(colour: Colour, motion: Motion) -> Look:
    return Look(colour, motion, "")


def test_it_is_switched_on(sensor: Sensor, eye: ColourEye) -> None:
    """Time, gain, then power: it measures from the start, and answers to its name."""
    assert sensor.told == [(0x01, 0xF6), (0x0F, 0x02), (0x00, 0x03)]
    eye.check()
    eye.close()
    assert sensor.closed


@pytest.mark.parametrize("colour", [colour for colour in Colour if colour is not Colour.OFF])
def test_every_colour(sensor: Sensor, eye: ColourEye, beat: RealBeat, colour: Colour) -> None:
    """A still light of each of our colours is that colour and no other."""
    sensor.show(0.0, look(colour, Motion.STILL))
    seen = [other.name for other in Colour if eye.shows(other.name.lower(), "still", beat.now(), beat.now() + 0.1)]
    assert seen == [colour.name]


@pytest.mark.parametrize("motion", list(Motion))
def test_every_motion(sensor: Sensor, eye: ColourEye, beat: RealBeat, motion: Motion) -> None:
    """Each motion is told from the others by one lamp, but for a pulse and a round, which are as slow as each other."""
    sensor.show(0.0, look(Colour.AMBER, motion))
    beat.pause(5)
    seen = {other for other in Motion if eye.shows("amber", other.value, 0.5, 2.1)}
    assert motion in seen
    assert seen <= {motion} | ({Motion.PULSE, Motion.SPIN} if motion in (Motion.PULSE, Motion.SPIN) else set())


def test_when_it_turned_red(sensor: Sensor, eye: ColourEye, beat: RealBeat) -> None:
    """The time of a still light is when it came, not when it had been watched for long enough."""
    sensor.show(0.0, look(Colour.GREEN, Motion.STILL))
    sensor.show(1.08, look(Colour.RED, Motion.STILL))
    beat.pause(1.0)
    seen = eye.shows("red", "still", 1.0, 1.2)
    assert seen is not None
    assert seen.at == pytest.approx(1.08, abs=0.03)
    assert eye.shows("red", "still", 0.0, 0.9) is None


def test_red_too_late(sensor: Sensor, eye: ColourEye, beat: RealBeat) -> None:
    """A light that turns red after the time that it had is not seen in time."""
    sensor.show(0.0, look(Colour.GREEN, Motion.STILL))
    sensor.show(1.3, look(Colour.RED, Motion.STILL))
    beat.pause(1.0)
    assert eye.shows("red", "still", 1.0, 1.2) is None


def test_a_flash_of_red_is_seen(sensor: Sensor, eye: ColourEye, beat: RealBeat) -> None:
    """One tenth of a second of red is no still light, and still too much for `never red`."""
    sensor.show(0.0, look(Colour.AMBER, Motion.STILL))
    sensor.show(1.0, look(Colour.RED, Motion.STILL))
    sensor.show(1.1, look(Colour.AMBER, Motion.STILL))
    beat.pause(2.0)
    assert eye.shows("red", "still", 0.5, 1.5) is None
    assert eye.shows("red", None, 0.5, 1.5) is not None


def test_a_dark_lamp(eye: ColourEye, beat: RealBeat) -> None:
    """What the tube lets in is no colour."""
    beat.pause(1.0)
    assert {sample.colour(60) for sample in eye.samples} == {"off"}
    assert eye.shows("off", "still", 0.0, 0.2) is not None


def test_no_light_at_all_has_no_colour() -> None:
    """A sample without a count divides by nothing."""
    assert Sample(0.0, 100, 0, 0, 0).colour(60) in {colour.name.lower() for colour in Colour}


def _wrong_device(sensor: Sensor, eye: ColourEye, beat: RealBeat) -> None:
    sensor.identity = 0x10
    eye.check()


def _gone(sensor: Sensor, eye: ColourEye, beat: RealBeat) -> None:
    sensor.gone = True
    eye.check()


def _lost(sensor: Sensor, eye: ColourEye, beat: RealBeat) -> None:
    sensor.gone = True
    beat.pause(1.0)


@pytest.mark.parametrize("breaks", [_wrong_device, _gone, _lost])
def test_a_sensor_that_does_not_answer(
    sensor: Sensor, eye: ColourEye, beat: RealBeat, breaks: Callable[..., None]
) -> None:
    """Something else at its address, nothing there, or a wire that comes off while it watches: the bench is broken."""
    with pytest.raises(RigError):
        breaks(sensor, eye, beat)
