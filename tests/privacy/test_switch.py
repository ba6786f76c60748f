"""A switch in the button's place: down mutes at once, and up has to be meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import OPEN, VOICE, Speaker

from keepmum.privacy import Owner, events
from keepmum.privacy.state import Press, Proposal

MUTED = replace(OPEN, mutes=frozenset({Owner.PANEL}))


def put(speaker: Speaker, *places: tuple[bool, float]) -> None:
    """The switch goes to mute or to listen, and stays there for so long."""
    for muted, seconds in places:
        speaker.tell(events.Switched, muted)
        speaker.now += seconds
    speaker.tell(events.Ticked)


def test_a_switch_mutes_at_once() -> None:
    """Before anything else; the row says how."""
    speaker = Speaker()
    speaker.tell(events.Switched, True)
    assert speaker.order == ["Close", "mute", "Save"]
    assert speaker.row("mute") == {"owner": "button", "cause": "switched"}


@pytest.mark.parametrize(
    ("at_mute", "at_listen", "opened"), [(0.7, 0.7, True), (60.0, 60.0, True), (0.69, 60.0, False), (60.0, 0.69, False)]
)
def test_a_switch_unmutes_when_it_stood_at_mute_and_stands_at_listen(
    at_mute: float, at_listen: float, opened: bool
) -> None:
    """A pulse on its line is nobody who put it over."""
    speaker = Speaker(MUTED)
    put(speaker, (True, at_mute), (False, at_listen))
    assert bool(speaker.state.mutes) is not opened
    if opened:
        assert speaker.order == ["Save", "unmute", "unmute", "Open"]


def test_a_switch_that_was_not_seen_at_mute_undoes_nothing() -> None:
    """It stood at listen all the time, or nobody knows."""
    speaker = Speaker(MUTED)
    put(speaker, (False, 60.0))
    assert speaker.state.mutes == {Owner.PANEL}


def test_a_switch_that_was_found_at_mute_can_be_put_over() -> None:
    """At the start, before anything else was known of it."""
    speaker = Speaker(MUTED)
    speaker.tell(events.Quieter, "mute", Owner.BUTTON)
    speaker.tell(events.Booted)
    speaker.wait(5.0)
    put(speaker, (False, 0.7))
    assert not speaker.state.mutes


def test_a_wish_for_quiet_takes_the_way_back_from_a_switch() -> None:
    """It has to be put to mute and over again."""
    speaker = Speaker(MUTED)
    put(speaker, (True, 1.0), (False, 0.5))
    speaker.tell(events.Quieter, "mute", Owner.VOICE)
    speaker.wait(60.0)
    assert speaker.state.mutes == {Owner.BUTTON, Owner.PANEL, Owner.VOICE}
    put(speaker, (True, 1.0), (False, 1.0))
    assert not speaker.state.mutes


def test_a_switch_undoes_once_what_it_was_put_over_for() -> None:
    """It stands at listen then, and whoever mutes later is not undone by that."""
    speaker = Speaker(MUTED)
    put(speaker, (True, 1.0), (False, 1.0))
    speaker.tell(events.Quieter, "mute", Owner.VOICE)
    speaker.wait(60.0)
    put(speaker, (False, 60.0))
    assert speaker.state.mutes == {Owner.VOICE}


@pytest.mark.parametrize(("seconds", "left"), [(2.99, True), (3.0, False)])
def test_a_guest_takes_a_switch_as_long_as_a_hold(seconds: float, left: bool) -> None:
    """Put over, it has to stay there for three seconds."""
    speaker = Speaker()
    speaker.tell(events.Quieter, "guest", Owner.VOICE)
    put(speaker, (True, 1.0), (False, 0.7), (False, seconds))
    assert (speaker.state.mutes == {Owner.GUEST}) is left


def test_a_switch_agrees_to_nothing() -> None:
    """It says mute or listen, and ends what was proposed."""
    speaker = Speaker(consents=())
    speaker.propose()
    put(speaker, (True, 10.0), (False, 10.0))
    assert (speaker.state.consents, speaker.state.proposal) == ((), None)


def test_a_switch_does_not_answer_what_was_asked_of_a_finger() -> None:
    """A second lock: nothing is asked while a switch stands anywhere."""
    press = Press(0.0, was_muted=True, switch=True)
    speaker = Speaker(consents=(), mutes=frozenset({Owner.BUTTON}), press=press, proposal=Proposal("new", VOICE, 0.0))
    speaker.wait(10.0)
    assert speaker.state.consents == ()
