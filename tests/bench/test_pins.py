"""The bench's own pins, on gpiozero's pretended ones: they press for as long as they say, and see what is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory, MockPin
from jig.beat import RealBeat
from jig.pins import PinHand, PinMeter
from jig.roles import RigError


class Life:
    """A time that only passes when somebody sleeps, and what happens meanwhile."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.due: list[tuple[float, object]] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        until = self.seconds + seconds
        while self.due and self.due[0][0] <= until:
            self.seconds, happens = self.due.pop(0)
            happens()  # type: ignore[operator]
        self.seconds = max(self.seconds, until)


class DeadPin(MockPin):
    """A pin that takes nothing once it was set up."""

    def _set_state(self, value: bool) -> None:
        if value:
            raise OSError("the line is gone")
        super()._set_state(value)


@pytest.fixture
def life() -> Life:
    return Life()


@pytest.fixture
def beat(life: Life) -> RealBeat:
    return RealBeat(life.monotonic, life.sleep)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    """Pretended pins, all let go of afterwards."""
    factory = MockFactory()
    yield factory
    factory.close()


def edges(factory: MockFactory, pin: int, life: Life) -> list[tuple[float, bool]]:
    """Each change of the pin from now on, with the second in which it came."""
    seen: list[tuple[float, bool]] = []
    line = factory.pin(pin)
    change = line._change_state

    def changed(value: bool) -> bool:
        if value != line.state:
            seen.append((round(life.seconds - 100, 4), bool(value)))
        return bool(change(value))

    line._change_state = changed
    return seen


def test_a_hold_is_as_long_as_it_says(beat: RealBeat, life: Life, factory: MockFactory) -> None:
    """`hold 1` drives the transistor for one second, which pulls the speaker's line low, and lets go."""
    hand = PinHand(23, beat, factory=factory)
    seen = edges(factory, 23, life)
    hand.push(1.0)
    assert seen == [(0.0, True), (pytest.approx(1.0), False)]


def test_pulses(beat: RealBeat, life: Life, factory: MockFactory) -> None:
    """Five lows of 8 ms, 50 ms apart."""
    hand = PinHand(23, beat, factory=factory)
    seen = edges(factory, 23, life)
    hand.pulse(0.008, 5, 0.05)
    downs = [at for at, down in seen if down]
    assert [down for _, down in seen] == [True, False] * 5
    assert downs == [pytest.approx(one * 0.058) for one in range(5)]


def test_a_driver_that_presses_with_a_low_pin(beat: RealBeat, factory: MockFactory) -> None:
    """A relay board that is on when its input is low rests high, and is low while it presses."""
    hand = PinHand(23, beat, active_high=False, factory=factory)
    assert factory.pin(23).state
    hand.switch(down=True)
    assert not factory.pin(23).state
    hand.switch(down=False)
    assert factory.pin(23).state


def test_a_hand_that_is_closed_lets_go(beat: RealBeat, factory: MockFactory) -> None:
    """Whatever was pressed is let go of; closing twice is allowed."""
    hand = PinHand(23, beat, factory=factory)
    hand.switch(down=True)
    hand.close()
    hand.close()
    assert not factory.pin(23).state


def test_a_line_that_breaks_is_a_broken_bench(beat: RealBeat) -> None:
    """What a pin raises says nothing about the speaker."""
    factory = MockFactory(pin_class=DeadPin)
    hand = PinHand(23, beat, factory=factory)
    with pytest.raises(RigError, match="GPIO23 cannot press the button: the line is gone"):
        hand.push(1.0)
    factory.close()


def test_a_pin_that_somebody_has(beat: RealBeat, factory: MockFactory) -> None:
    """Two roles on one pin are a broken bench, found before anything is pressed."""
    hand = PinHand(23, beat, factory=factory)
    with pytest.raises(RigError, match="GPIO23 is in use"):
        PinMeter(23, beat, factory=factory)
    hand.close()


def test_the_meter_says_when(beat: RealBeat, life: Life, factory: MockFactory) -> None:
    """It sees the supply go off and come back, to the moment, while somebody waits."""
    line = factory.pin(24)
    meter = PinMeter(24, beat, factory=factory)
    line.drive_high()
    life.due = [(100.03, line.drive_low), (101.5, line.drive_high)]
    off = meter.off(100.0, 100.1)
    assert off is not None
    assert off.at == pytest.approx(100.03)
    assert meter.on(off.at, 101.0) is None
    on = meter.on(off.at, 102.0)
    assert on is not None
    assert on.at == pytest.approx(101.5)
    assert beat.now() < 102.0


def test_a_loose_wire_reads_on(beat: RealBeat, factory: MockFactory) -> None:
    """Nobody drives the line: the microphones count as powered, and no scenario is passed by a cable that fell off."""
    meter = PinMeter(24, beat, factory=factory)
    assert meter.on(beat.now(), beat.now()) is not None
    assert meter.off(beat.now(), beat.now() + 1) is None
    meter.close()


def test_lost_edges_are_a_broken_bench(beat: RealBeat, factory: MockFactory) -> None:
    """A line that is otherwise than its edges said cannot be trusted."""
    meter = PinMeter(24, beat, factory=factory)
    meter.check()
    factory.pin(24)._state = False
    with pytest.raises(RigError, match="edges are lost"):
        meter.check()


def test_a_bench_that_is_no_pi(beat: RealBeat) -> None:
    """Without a header there is no hand, and the error says so."""
    with pytest.raises(RigError):
        PinHand(23, beat)
