"""I2, I3, I4, I12, I13, I21: the microphone, the light, the order of row and byte, and what a recipient owes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariants_room import ASKED, HOME, STATUS, TEXT, VOICE, Room, agreed, facts_of, flow

from keepmum.consent import DAY, Kind
from keepmum.listener.ear import Ear
from keepmum.listener.look import ALARM, LEAVING, MUTED, OVERDUE, Moment, look
from keepmum.privacy import Owner, effects, events
from keepmum.privacy.state import DELETION_TERM

HEARD = (effects.Seal, effects.Put, effects.HandOver)


def test_i02_muted_means_closed_and_nothing_heard_goes_on() -> None:
    """The close comes before anything else, and nothing heard leaves any more."""
    room = agreed(VOICE, STATUS)
    room.want("1" * 32, flow(VOICE))
    todo = room.happens(events.Quieter, "mute", Owner.PANEL)
    assert isinstance(todo[0], effects.Close)
    before = len(room.done)
    room.happens(events.UplinkReady)
    room.want("2" * 32, flow(VOICE))
    room.want("3" * 32, flow(STATUS, Kind.STATUS))
    heard = [each for each in room.done[before:] if isinstance(each, HEARD)]
    # Of itself the speaker may tell what was agreed to: that it is muted.
    kinds = [each.boxed.flow.kind for each in heard if isinstance(each, effects.HandOver)]
    assert kinds == [Kind.STATUS]
    assert room.rows("refusal")[-1]["reason"] == "muted"


def test_i02_a_muted_speaker_forgets_what_waits_for_an_answer() -> None:
    """Nobody is asked later about what was said before a mute."""
    room = agreed(ASKED)
    room.want("1" * 32, flow(ASKED))
    assert len(room.state.asking) == 1
    todo = room.happens(events.Quieter, "mute", Owner.VOICE)
    assert room.state.asking == ()
    assert effects.Forget("1" * 32, "muted") in todo


@pytest.mark.parametrize("terms", [VOICE, TEXT, ASKED])
def test_i03_an_unconfirmed_wake_never_becomes_a_clip(terms: Any) -> None:
    """Whatever was agreed to, it is neither sealed nor asked about nor kept."""
    room = agreed(terms)
    todo = room.happens(events.Wanted, "1" * 32, flow(terms, confirmed=False))
    assert not [each for each in todo if isinstance(each, (*HEARD, effects.Shelve))]
    assert facts_of(todo, "refusal")[0]["reason"] == "unconfirmed_wake"


_STORIES: dict[str, Callable[[Room], object]] = {
    "a clip": lambda room: room.want("1" * 32, flow(VOICE)),
    "a home action": lambda room: room.want("2" * 32, flow(HOME, Kind.ACTION)),
    "the uplink is ready": lambda room: room.happens(events.UplinkReady),
    "withdraw": lambda room: room.happens(events.Quieter, "withdraw", Owner.MQTT),
    "forget": lambda room: room.happens(events.Quieter, "forget", Owner.PANEL),
    "delivered": lambda room: room.happens(events.Delivered, "1" * 32),
    "failed": lambda room: room.happens(events.Failed, "1" * 32, "no", False),
    "an hour": lambda room: room.later(3600.0),
    "muted": lambda room: room.happens(events.Quieter, "mute", Owner.PANEL),
}


@given(st.lists(st.sampled_from(sorted(_STORIES)), max_size=12))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_i04_a_row_stands_before_every_byte(story: list[str]) -> None:
    """Wherever the listener falls over, what was put, handed over or demanded has its row on the disk already."""
    room = agreed(VOICE, HOME)
    for part in story:
        _STORIES[part](room)
    written: set[tuple[str, str]] = set()
    for each in room.done:
        match each:
            case effects.Note(what, facts):
                written.add((what, str(facts.get("parcel", ""))))
            case effects.Put(boxed):
                assert ("release", boxed.id) in written
            case effects.HandOver(boxed):
                assert ("handover", boxed.id) in written
            case effects.Demand(outside):
                assert {("deletion", outside.id), ("handover", outside.id)} <= written


def owed() -> Room:
    """A clip was handed over, and somebody wants it back."""
    room = agreed(VOICE)
    room.want("1" * 32, flow(VOICE))
    room.happens(events.UplinkReady)
    room.happens(events.Quieter, "forget_last", Owner.VOICE)
    room.happens(events.UplinkReady)
    return room


def test_i12_a_deletion_that_nobody_confirms_in_a_day_is_told() -> None:
    """A row, and the light, until it is confirmed or the retention is over."""
    room = owed()
    assert (room.demanded, room.state.overdue) == (["1" * 32], False)
    room.later(DELETION_TERM - 1.0)
    assert not room.state.overdue
    room.later(1.0)
    assert room.state.overdue
    assert [row["state"] for row in room.rows("deletion")].count("overdue") == 1
    assert look(Moment(Ear.WAITING, True, overdue=True)) == OVERDUE
    room.happens(events.Deleted, "1" * 32, 2)
    assert not room.state.overdue
    assert room.rows("deletion")[-1] == {"parcel": "1" * 32, "state": "confirmed", "plays": 2}


def test_i12_a_recipient_that_never_answers_is_asked_again_and_not_for_ever() -> None:
    """Every time after a longer wait; when its retention is over, the ledger says that nobody ever confirmed it."""
    room = owed()
    for _ in range(200):
        room.later(6 * 3600.0)
        room.happens(events.Failed, "1" * 32, "no receipt", False)
        room.happens(events.UplinkReady)
    assert 20 < len(room.demanded) < 200
    assert room.rows("deletion")[-1]["state"] == "unconfirmed"
    assert room.state.outside == ()


def test_i12_what_was_not_demanded_cannot_be_confirmed() -> None:
    """A receipt for a clip that nobody wants back changes nothing, and a second one neither."""
    room = agreed(VOICE)
    room.want("1" * 32, flow(VOICE))
    room.happens(events.UplinkReady)
    before = room.state
    room.happens(events.Deleted, "1" * 32)
    assert room.state == before


def _moments() -> list[Moment]:
    flags = ("microphone_open", "proven", "unproven", "deaf", "leaving", "proposed", "overdue")
    return [
        Moment(ear, **dict(zip(flags, values, strict=True)))
        for ear in Ear
        for values in product((False, True), repeat=len(flags))
    ]


def test_i13_the_light_tells_the_truth_both_ways() -> None:
    """Red only for a microphone that is closed and was seen to be; and whatever leaves from an open room is shown."""
    for now in _moments():
        shown = look(now)
        if shown == MUTED:
            assert now.ear is Ear.MUTED
            assert now.proven
            assert not now.microphone_open
        if now.ear is Ear.MUTED and now.microphone_open:
            assert shown == ALARM
        if now.leaving and shown != LEAVING:
            # A louder truth goes first: that it is muted, cannot hear, or must not be trusted.
            assert now.ear in (Ear.MUTED, Ear.FAULT) or now.unproven or not now.microphone_open or now.deaf


def test_i21_a_guest_needs_no_network() -> None:
    """Private for twelve hours begins at once, whether or not there is an uplink, a broker or a clock that is right."""
    room = agreed(VOICE)
    room.happens(events.UplinkGone)
    room.wall -= 1_000 * DAY
    todo = room.happens(events.Quieter, "guest", Owner.VOICE)
    assert isinstance(todo[0], effects.Close)
    room.later(12 * 3600.0 - 1.0)
    assert room.state.mutes == {Owner.GUEST}
    room.later(1.0)
    assert room.state.mutes == set()
