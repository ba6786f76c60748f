"""The ring shows the microphone, not the intention."""

import itertools

import pytest

from keepmum.hardware import Colour, Motion
from keepmum.listener.ear import Ear
from keepmum.listener.look import CONTRADICTION, DEAF, LEAVING, MUTED, PROPOSED, look

EVERYTHING = list(itertools.product(Ear, (False, True), (False, True), (False, True)))


@pytest.mark.parametrize(("ear", "microphone_open", "leaving", "proposed"), EVERYTHING)
def test_still_red_means_closed_and_nothing_else(
    ear: Ear, microphone_open: bool, leaving: bool, proposed: bool
) -> None:
    """The ring is red and still exactly when the speaker is muted and the stream is closed."""
    shown = look(ear, microphone_open=microphone_open, leaving=leaving, proposed=proposed)
    assert (shown.colour is Colour.RED) == (ear is Ear.MUTED and not microphone_open)
    assert shown.colour is not Colour.OFF
    assert shown.meaning


def test_an_open_microphone_behind_a_mute_is_an_alarm() -> None:
    """A lying mute cannot look like a mute."""
    assert look(Ear.MUTED, microphone_open=True, leaving=False, proposed=False) == CONTRADICTION
    assert CONTRADICTION.motion is Motion.BLINK


@pytest.mark.parametrize("ear", [ear for ear in Ear if ear is not Ear.MUTED])
def test_no_microphone_never_looks_like_listening(ear: Ear) -> None:
    """A speaker that cannot hear says so in every state."""
    assert look(ear, microphone_open=False, leaving=True, proposed=True) == DEAF


def test_leaving_is_seen_before_anything_else() -> None:
    """Something on its way out outshines what the speaker is doing; a proposal outshines waiting."""
    assert look(Ear.WAITING, microphone_open=True, leaving=True, proposed=True) == LEAVING
    assert look(Ear.WAITING, microphone_open=True, leaving=False, proposed=True) == PROPOSED


def test_looks_can_be_told_apart() -> None:
    """No two meanings share colour and motion."""
    shown = {look(*key[:1], microphone_open=key[1], leaving=key[2], proposed=key[3]) for key in EVERYTHING}
    seen = {(each.colour, each.motion): each.meaning for each in shown}
    assert len(seen) == len({each.meaning for each in shown if each not in (DEAF, CONTRADICTION)}) + 1
    assert MUTED in shown
