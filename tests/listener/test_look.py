"""The ring shows the microphone, not the intention."""

import itertools
from dataclasses import replace

import pytest

from keepmum.hardware import Colour, Motion
from keepmum.listener.ear import Ear
from keepmum.listener.look import (
    ALARM,
    CLOSING,
    DEAF,
    LADDER,
    LEAVING,
    MUTED,
    OVERDUE,
    PROPOSED,
    UNKNOWN,
    WAITING,
    Moment,
    look,
    moment,
)
from keepmum.privacy import Fault, Owner, State
from keepmum.privacy.state import Outside

TRUTHS = ("microphone_open", "proven", "unproven", "deaf", "leaving", "proposed", "overdue")
EVERYTHING = [
    Moment(ear, **dict(zip(TRUTHS, truths, strict=True)))
    for ear in Ear
    for truths in itertools.product((False, True), repeat=len(TRUTHS))
]
"""Every moment there can be, and many that cannot."""


def test_still_red_means_shown_to_be_closed_and_nothing_else() -> None:
    """In all moments, red is shown exactly when the speaker is muted, the stream closed, and nothing contradicts."""
    for now in EVERYTHING:
        red = now.ear is Ear.MUTED and not now.microphone_open and now.proven and not now.unproven
        assert (look(now).colour is Colour.RED) == red, now
        assert (look(now) == MUTED) == red, now


def test_green_cyan_and_blue_mean_an_open_microphone_that_hears() -> None:
    """In all moments, a colour of listening is shown only when sound comes from an open stream."""
    for now in EVERYTHING:
        if look(now).colour in (Colour.GREEN, Colour.CYAN, Colour.BLUE):
            assert now.microphone_open, now
            assert not any((now.deaf, now.unproven, now.leaving, now.proposed)), now
            assert now.ear not in (Ear.MUTED, Ear.FAULT), now


def test_an_open_microphone_behind_a_mute_is_an_alarm() -> None:
    """A lying mute cannot look like a mute, however well it was proven before."""
    assert look(Moment(Ear.MUTED, microphone_open=True, proven=True)) == ALARM
    assert look(Moment(Ear.MUTED, microphone_open=False, proven=True, unproven=True)) == ALARM
    assert [rung.look for rung in LADDER if rung.look.motion is Motion.ALARM] == [ALARM]


def test_a_mute_without_proof_is_not_red() -> None:
    """A skipped proof leaves the ring amber."""
    assert look(Moment(Ear.MUTED, microphone_open=False)) == CLOSING
    assert CLOSING.colour is not Colour.RED


@pytest.mark.parametrize("ear", [ear for ear in Ear if ear is not Ear.MUTED])
def test_no_microphone_never_looks_like_listening(ear: Ear) -> None:
    """A speaker that cannot hear says so in every state, also while it only hopes that sound comes."""
    assert look(Moment(ear, microphone_open=False, leaving=True, proposed=True)) == DEAF
    assert look(Moment(ear, microphone_open=True, deaf=True)) == DEAF


def test_the_order_of_the_ladder() -> None:
    """Leaving outshines a proposal, that outshines what the speaker does, and only waiting shows what is overdue."""
    everything = Moment(Ear.WAITING, microphone_open=True, leaving=True, proposed=True, overdue=True)
    assert look(everything) == LEAVING
    assert look(replace(everything, leaving=False)) == PROPOSED
    assert look(replace(everything, leaving=False, proposed=False)) == OVERDUE
    assert look(replace(everything, leaving=False, proposed=False, ear=Ear.HEARING)).colour is Colour.CYAN
    assert look(Moment(Ear.CONFIRMING, microphone_open=True)) == WAITING


def test_looks_can_be_told_apart() -> None:
    """No two meanings share colour and motion, the look of a speaker that does not run included; none is dark."""
    looks = [*(rung.look for rung in LADDER), UNKNOWN]
    assert len({(each.colour, each.motion) for each in looks}) == len(looks) == len({each.meaning for each in looks})
    assert {each.colour for each in looks}.isdisjoint({Colour.OFF})


def test_every_rung_is_reached() -> None:
    """No line of the ladder stands there for nothing."""
    assert {look(now) for now in EVERYTHING} == {rung.look for rung in LADDER}


def test_a_moment_is_read_out_of_the_state() -> None:
    """What the privacy core knows reaches the light."""
    late = Outside("p1", "c1", 0.0, 9.0, demanded=1.0, late=True)
    state = State(
        mutes=frozenset({Owner.FAULT}),
        faults=frozenset({Fault.PROOF}),
        proven=True,
        trial=True,
        handed="x",
        outside=(late,),
    )
    assert moment(state, Ear.WAITING, microphone_open=True) == Moment(
        Ear.WAITING, microphone_open=True, proven=True, unproven=True, deaf=True, leaving=True, overdue=True
    )
    assert moment(State(), Ear.MUTED, microphone_open=False) == Moment(Ear.MUTED, microphone_open=False)
