"""`keepmum lab mute`: what it promises of the real listener, and that it sees a late mute and a ring that lies."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from keepmum.lab.experiments import mute
from keepmum.lab.experiments.mute import figures, hand_on, late_mute, lies, lying_ring
from keepmum.lab.experiments.presses import Hand
from keepmum.lab.experiments.quiet import silence
from keepmum.lab.experiments.result import Figure
from keepmum.listener.ear import Ear
from keepmum.listener.look import MUTED, look
from keepmum.listener.look import Moment as Shown

WAITING = look(Shown(Ear.WAITING, True))


@pytest.fixture(scope="module")
def hand() -> Iterator[Hand]:
    """One listener for all of these tests; a hand that mutes it is at the button."""
    with silence(), hand_on(Random(3), 200) as hand:
        yield hand


def of(found: tuple[Figure, ...], name: str) -> Figure:
    return next(each for each in found if each.name == name and each.case == "all presses")


def test_the_speaker_as_it_is_keeps_every_promise(hand: Hand) -> None:
    """A dozen presses: nothing is read, nothing is left, the light tells the truth, and zero has its upper limit."""
    hand.play(12)
    found = figures(hand)
    assert [each for each in found if not each.kept] == []
    listened = of(found, "presses after which it listened on")
    assert (listened.value, listened.n) == (0.0, 12)
    assert 0.2 < (listened.high or 0.0) < 0.3
    assert of(found, "press to the last sample, maximum").value == 0.0
    assert len(hand.microphone.history) > 500, "it did listen between the presses"


def test_a_mute_40_ms_late_breaks_the_promises(hand: Hand) -> None:
    """Planted: the stream is closed half a block too late. Frames are read, and the last sample is 40 ms behind."""
    hand.pressed.clear()
    with late_mute(hand):
        hand.play(20, lambda: any(each.frames for each in hand.after()))
    found = figures(hand)
    assert not of(found, "frames read after the press").kept
    assert not of(found, "presses after which it listened on").kept
    assert of(found, "press to the last sample, maximum").value == pytest.approx(0.04, abs=1e-6)


def test_a_ring_that_lies_breaks_the_promises(hand: Hand) -> None:
    """Planted: red while it thinks. The promise about the light is broken, and nothing else is said to be."""
    hand.pressed.clear()
    hand.false_reds = 0
    with lying_ring():
        hand.play(40, lambda: hand.false_reds > 0)
    found = figures(hand)
    assert not of(found, "red while the microphone was open").kept
    assert of(found, "frames read after the press").kept


def test_the_two_histories_tell_how_long_the_ring_lied() -> None:
    """Red from 2 to 5 and open until 3: it lied for a second. Closed until 7, not red from 5 on: two."""
    heard = [(0.0, "open"), (1.0, "read"), (3.0, "close"), (7.0, "open")]
    shown = [(0.0, WAITING), (2.0, MUTED), (5.0, WAITING)]
    assert lies(heard, shown, 0.0, 10.0) == (1.0, 2.0)
    assert lies(heard, shown, 2.5, 6.0) == (0.5, 1.0)
    assert lies([(0.0, "open"), (1.0, "close")], [(0.0, WAITING), (1.0, WAITING), (1.0, MUTED)], 0.0, 9.0) == (0.0, 0.0)


def test_the_experiment_catches_both(monkeypatch: pytest.MonkeyPatch, hand: Hand) -> None:
    """Its own controls see what is planted; one that plants nothing is told as not caught."""
    hand.pressed.clear()
    late, lying = mute._late_mute(hand), mute._lying_ring(hand)
    assert (late.caught, lying.caught) == (True, True)
    assert "40 ms after the press" in late.by
    monkeypatch.setattr(mute, "late_mute", lambda _hand: silence())
    monkeypatch.setattr(mute, "CONTROL_PRESSES", 3)
    assert not mute._late_mute(hand).caught
