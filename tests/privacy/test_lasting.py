"""Quiet that ends by itself: quiet hours and guests, counted by the clock that only goes forward."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from privacy_speaker import OPEN, Speaker

from keepmum.privacy import Owner, events
from keepmum.privacy.events import Cause
from keepmum.privacy.state import GUEST_LASTS, HOUR, LONGEST_QUIET, TIME_CLEARS, Lasting


def quiet(lasts: float | None = HOUR, owner: Owner = Owner.QUIET) -> Speaker:
    """A speaker that is to be quiet for so long."""
    speaker = Speaker()
    speaker.tell(events.Quieter, "mute", owner, Cause.QUIET_HOURS, lasts)
    return speaker


def test_quiet_hours_end_by_themselves() -> None:
    """Not a moment earlier; the row gives the reason, and the microphone opens last."""
    speaker = quiet()
    speaker.wait(HOUR - 0.001)
    assert speaker.state.mutes == {Owner.QUIET}
    speaker.wait(0.001)
    assert speaker.order == ["Save", "unmute", "Open"]
    assert speaker.row("unmute") == {"owner": "quiet", "cause": "time is up"}
    assert (speaker.state.mutes, speaker.state.lasting) == (frozenset(), ())


def test_time_takes_nobody_else_along() -> None:
    """Least of all the button."""
    speaker = quiet()
    speaker.state = replace(speaker.state, mutes=frozenset(Owner) - {Owner.FAULT})
    speaker.wait(10 * HOUR)
    assert speaker.state.mutes == frozenset(Owner) - {Owner.FAULT, Owner.QUIET}
    assert "Open" not in speaker.order


@pytest.mark.parametrize("owner", [owner for owner in Owner if owner not in TIME_CLEARS and owner is not Owner.FAULT])
def test_nobody_else_can_say_how_long(owner: Owner) -> None:
    """Only a hand ends it."""
    speaker = quiet(1.0, owner)
    speaker.wait(1000 * HOUR)
    assert speaker.state.mutes == {owner}


@pytest.mark.parametrize("lasts", [None, 0.0, -5.0, math.nan])
def test_quiet_without_a_sensible_end_has_none(lasts: float | None) -> None:
    """In doubt it lasts until somebody comes."""
    speaker = quiet(lasts)
    assert speaker.state.lasting == ()
    speaker.wait(1000 * HOUR)
    assert speaker.state.mutes == {Owner.QUIET}


@pytest.mark.parametrize("lasts", [1e9, math.inf])
def test_no_quiet_lasts_longer_than_a_day_by_itself(lasts: float) -> None:
    """A typing error silences no speaker for years."""
    speaker = quiet(lasts)
    speaker.wait(LONGEST_QUIET)
    assert not speaker.state.mutes


@pytest.mark.parametrize(("first", "then", "ends"), [(2.0, 1.0, 2.0), (1.0, 2.0, 2.0), (1.5, 1.5, 1.5)])
def test_of_two_wishes_the_longer_holds(first: float, then: float, ends: float) -> None:
    """Asking again shortens nothing."""
    speaker = quiet(first * HOUR)
    speaker.tell(events.Quieter, "mute", Owner.QUIET, Cause.QUIET_HOURS, then * HOUR)
    assert speaker.state.lasting == (Lasting(Owner.QUIET, ends * HOUR, int(ends)),)


@pytest.mark.parametrize(("first", "then"), [(None, 1.0), (1.0, None)])
def test_a_wish_without_an_end_is_the_longest(first: float | None, then: float | None) -> None:
    """In whatever order."""
    speaker = quiet(first)
    speaker.tell(events.Quieter, "mute", Owner.QUIET, Cause.QUIET_HOURS, then)
    assert (speaker.state.mutes, speaker.state.lasting) == ({Owner.QUIET}, ())


def test_a_hand_ends_quiet_hours_and_their_end_with_them() -> None:
    """The next ones have their own."""
    speaker = quiet()
    speaker.hold(0.7)
    assert (speaker.state.mutes, speaker.state.lasting) == (frozenset(), ())
    speaker.tell(events.Quieter, "mute", Owner.QUIET, Cause.QUIET_HOURS, None)
    speaker.wait(10 * HOUR)
    assert speaker.state.mutes


@pytest.mark.parametrize("jump", [1e6, -1e6])
def test_a_wall_clock_ends_nobodys_quiet(jump: float) -> None:
    """It may be set to anything."""
    speaker = quiet()
    speaker.wall += jump
    speaker.wait(HOUR - 1)
    assert speaker.state.mutes == {Owner.QUIET}
    speaker.wait(1)
    assert not speaker.state.mutes


@pytest.mark.parametrize("asks", list(Owner))
def test_anyone_can_begin_a_guests_quiet(asks: Owner) -> None:
    """It is the guest's, whoever asks, and lasts an evening and a night."""
    speaker = Speaker()
    speaker.tell(events.Quieter, "guest", asks)
    assert speaker.state.mutes == {Owner.GUEST}
    speaker.wait(GUEST_LASTS - 1)
    assert speaker.state.mutes
    speaker.wait(1)
    assert not speaker.state.mutes


@pytest.mark.parametrize(("seconds", "left"), [(0.69, True), (0.7, True), (2.99, True), (3.0, False)])
def test_only_a_long_hold_ends_a_guests_quiet(seconds: float, left: bool) -> None:
    """A short one undoes everything else."""
    speaker = Speaker()
    speaker.tell(events.Quieter, "guest", Owner.VOICE)
    speaker.tell(events.Quieter, "mute", Owner.PANEL)
    speaker.hold(seconds)
    speaker.tell(events.Released)
    assert (Owner.GUEST in speaker.state.mutes) is left
    assert (Owner.PANEL in speaker.state.mutes) is (seconds < 0.7)


def test_a_finger_that_is_down_when_quiet_ends_has_nothing_left_to_undo() -> None:
    """Nor later, however its contact bounces."""
    speaker = Speaker()
    speaker.tell(events.Quieter, "guest", Owner.VOICE)
    speaker.now = GUEST_LASTS - 1.0
    speaker.hold(0.9)
    assert speaker.state.mutes == {Owner.GUEST}
    speaker.wait(0.1)
    assert not speaker.state.mutes
    speaker.hold(60.0)
    assert speaker.state.mutes == {Owner.BUTTON}


def test_what_is_kept_follows_the_time_hour_by_hour_and_every_longer_wish() -> None:
    """A restart may lengthen quiet by an hour at most, and never shortens it."""
    speaker = quiet(1.25 * HOUR)
    assert speaker.order == ["Close", "mute", "StopUplink mute", "Save"]
    speaker.wait(0.2 * HOUR)
    assert speaker.order == []
    speaker.wait(0.1 * HOUR)
    assert speaker.order == ["Save"]
    speaker.tell(events.Quieter, "mute", Owner.QUIET, Cause.QUIET_HOURS, 0.96 * HOUR)
    assert speaker.order == ["StopUplink mute", "Save"]
    speaker.tell(events.Quieter, "mute", Owner.QUIET, Cause.QUIET_HOURS, 0.5 * HOUR)
    assert speaker.order == ["StopUplink mute"]


def test_a_restart_keeps_the_end() -> None:
    """What the file gave back goes on."""
    speaker = Speaker(OPEN, mutes=frozenset({Owner.GUEST}), lasting=(Lasting(Owner.GUEST, 100.0),))
    speaker.tell(events.Booted)
    speaker.wait(99.0)
    assert speaker.state.mutes == {Owner.GUEST}
    speaker.wait(1.0)
    assert not speaker.state.mutes


def test_a_guest_who_asks_all_the_time_does_not_wear_out_the_disk() -> None:
    """Asking again within half a minute lengthens nothing, so hardly anything is written; asking later does."""
    speaker = Speaker(OPEN)
    speaker.tell(events.Quieter, "guest")
    written = 0
    for _ in range(290):
        speaker.now += 0.1
        speaker.tell(events.Quieter, "guest")
        written += speaker.order.count("Save")
    assert written == 1  # the first of the twelve hours has begun
    speaker.now += 1.1
    speaker.tell(events.Quieter, "guest")
    assert speaker.order.count("Save") == 1
    assert speaker.state.lasting[0].until == speaker.now + GUEST_LASTS
