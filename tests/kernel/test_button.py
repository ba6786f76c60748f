"""The mute button on a real line of a real kernel: gpiozero, lgpio, /dev/gpiochip0 and its interrupts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from gpiozero import Factory
from kernel_hand import BUTTON, DOWN, UP, Hand

from keepmum.hardware.button_gpio import GpioButton
from keepmum.settings_hardware import ButtonSettings

Told = list[tuple[float, bool]]
Figure = Callable[[str], None]


@contextmanager
def watched(pins: Factory, bounce: float = 0.03) -> Iterator[tuple[GpioButton, Told]]:
    """keepmum's button, and what it tells with the time."""
    told: Told = []
    button = GpioButton(ButtonSettings(driver="gpio", pin=BUTTON, bounce_seconds=bounce), pins)
    try:
        button.watch(lambda down: told.append((time.monotonic(), down)))
        yield button, told
    finally:
        button.close()


def settled(wanted: Callable[[], bool], patience: float = 10.0) -> bool:
    """Whether something becomes true while we look."""
    until = time.monotonic() + patience
    while not (true := wanted()) and time.monotonic() < until:
        time.sleep(0.01)
    return true


def quiet(told: Told, seconds: float = 1.0) -> None:
    """Wait until nothing was told for so long: a slow machine still works at the edges of a storm."""
    count = -1
    while count != len(told):
        count = len(told)
        time.sleep(seconds)


def test_a_press_and_its_end(hand: Hand, pins: Factory) -> None:
    """Both edges of a press are told, and the level follows."""
    with watched(pins) as (button, told):
        assert not button.is_down()
        hand.play(BUTTON, (DOWN, 0.3))
        assert button.is_down()
        hand.play(BUTTON, (UP, 0.0))
        assert settled(lambda: len(told) == 2)
        assert not button.is_down()
        assert [down for _, down in told] == [True, False]


def test_how_fast_a_press_is_told(hand: Hand, pins: Factory, figure: Figure) -> None:
    """From the edge at the chip, by the clock outside, to keepmum: well below the 100 ms a person would notice."""
    ahead, doubt = hand.ahead()
    with watched(pins) as (_, told):
        put = [hand.play(BUTTON, (DOWN, 0.2), (UP, 0.2))[0] for _ in range(20)]
        quiet(told)
    pressed = [at for at, down in told if down]
    late = sorted(told_at + ahead - put_at for put_at, told_at in zip(put, pressed, strict=True))
    figure(f"{1000 * late[10]:.1f} ms median, {1000 * late[-1]:.1f} ms at most of 20 presses (±{1000 * doubt:.1f} ms)")
    assert late[10] < 0.1


def test_a_hold_is_as_long_as_it_was(hand: Hand, pins: Factory, figure: Figure) -> None:
    """A button held for 0.8 s is down for 0.8 s inside, whatever the machine is busy with."""
    with watched(pins) as (_, told):
        down, up = hand.play(BUTTON, (DOWN, 0.8), (UP, 0.0))
        assert settled(lambda: len(told) == 2)
    held = told[1][0] - told[0][0]
    figure(f"held for {up - down:.3f} s, told {held:.3f} s")
    assert held == pytest.approx(up - down, abs=0.5)


def test_down_from_the_start(hand: Hand, pins: Factory) -> None:
    """A line that is low already is down, whether or not an edge is told."""
    hand.play(BUTTON, (DOWN, 0.05))
    with watched(pins) as (button, told):
        assert button.is_down()
        hand.play(BUTTON, (DOWN, 0.2))
        # This chip, unlike a Pi's, remembers an edge from before anybody asked for edges.
        assert all(down for _, down in told)
        told.clear()
        hand.play(BUTTON, (UP, 0.0))
        assert settled(lambda: bool(told))
        assert [down for _, down in told] == [False]


@pytest.mark.parametrize("milliseconds", [1, 8, 100])
def test_pulses_of_a_codec(hand: Hand, pins: Factory, figure: Figure, milliseconds: int) -> None:
    """With a bounce time of 0.2 s, pulses of the WM8960's kind press nothing, however often one looks."""
    with watched(pins, bounce=0.2) as (button, told):
        lasted = []
        for _ in range(5):
            waiting = hand.begin(BUTTON, (DOWN, milliseconds / 1000), (UP, 0.05))
            seen = [button.is_down() for _ in range(20)]
            down, up = waiting()
            # A busy computer's hand is slow now and then, and what it did then was a press.
            if up - down < 0.18:
                lasted.append(up - down)
                assert not any(seen)
        figure(f"{len(lasted)} pulses, the longest of {1000 * max(lasted):.1f} ms")
        assert told == []


def test_a_press_among_pulses(hand: Hand, pins: Factory) -> None:
    """On such a line a press still counts, once it has lasted."""
    with watched(pins, bounce=0.2) as (button, _):
        hand.play(BUTTON, (DOWN, 0.0))
        assert settled(button.is_down)
        hand.play(BUTTON, (UP, 0.0))
        assert settled(lambda: not button.is_down())


def test_a_short_pulse_mutes_at_most(hand: Hand, pins: Factory) -> None:
    """With an ordinary bounce time 8 ms are told as a press, at once; the level then says that nothing is held."""
    with watched(pins) as (button, told):
        down, up = hand.play(BUTTON, (DOWN, 0.008), (UP, 0.1))
        quiet(told)
        assert told[0][1]
        assert len(told) == 1 or up - down > 0.025  # the hand of a busy computer
        assert not button.is_down()


def test_chattering_at_1_khz(hand: Hand, pins: Factory, figure: Figure) -> None:
    """Contacts that chatter for a second are told at most once per bounce time; then the level is the truth."""
    with watched(pins) as (button, told):
        put = hand.play(BUTTON, *[(level, 0.0005) for _ in range(1000) for level in (DOWN, UP)], (DOWN, 0.2))
        lasted = put[-1] - put[0]
        quiet(told)
        figure(f"{len(put)} edges in {lasted:.2f} s, {len(told)} told")
        # Not always first: the kernel looks at the level when it gets round to it, and it may be up again by then.
        assert any(down for _, down in told)
        assert len(told) <= (lasted + 0.3) / 0.03
        assert button.is_down()
        hand.play(BUTTON, (UP, 0.2))
        assert not button.is_down()


def test_edges_after_a_storm(hand: Hand, pins: Factory) -> None:
    """After 2,000 edges in a second the next press is told as any other."""
    with watched(pins) as (_, told):
        hand.play(BUTTON, *[(level, 0.0005) for _ in range(1000) for level in (DOWN, UP)], (UP, 0.0))
        quiet(told)
        told.clear()
        hand.play(BUTTON, (DOWN, 0.2), (UP, 0.0))
        assert settled(lambda: len(told) == 2)
        assert [down for _, down in told] == [True, False]


def test_opened_again(hand: Hand, pins: Factory) -> None:
    """A button that was closed can be opened again in the same process, and tells again."""
    for _ in range(3):
        with watched(pins) as (_, told):
            hand.play(BUTTON, (DOWN, 0.1), (UP, 0.1))
            assert settled(lambda: len(told) == 2)
        assert [down for _, down in told] == [True, False]
