"""What was handed over: it is followed until it is destroyed, and wanted back by whoever forgets or withdraws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import ABOUT, GIVEN, KEPT, RESEARCH, STATUS, VOICE, Speaker

from keepmum.consent import Mode
from keepmum.privacy import Owner, events
from keepmum.privacy.outside import wait
from keepmum.privacy.state import DELETION_TERM, FIRST_WAIT, LONGEST_WAIT


def delivered(*names: str) -> Speaker:
    """A speaker of which these clips have arrived."""
    speaker = Speaker()
    for name in names or ("p1",):
        speaker.hand(name)
        speaker.tell(events.Delivered, name)
    return speaker


def demanding() -> Speaker:
    """A speaker whose uplink holds the demand that a clip be destroyed."""
    speaker = delivered()
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    speaker.tell(events.UplinkReady)
    return speaker


# ---- followed


def test_a_clip_is_outside_from_the_moment_it_is_handed_over() -> None:
    """Whether or not it arrives: until the retention that was agreed to is over."""
    speaker = Speaker()
    speaker.hand("p1")
    (outside,) = speaker.state.outside
    assert (outside.id, outside.consent, outside.at, outside.until) == ("p1", "r1", GIVEN, GIVEN + KEPT)
    assert outside.demanded is None


def test_what_stays_with_the_household_is_not_followed() -> None:
    """A home action is no recording, and neither is what the speaker tells of itself."""
    speaker = Speaker()
    speaker.hand("a1")
    assert speaker.outside == {}


def test_a_second_attempt_begins_the_retention_anew() -> None:
    """And it is still one clip."""
    speaker = Speaker()
    speaker.hand("p1")
    speaker.tell(events.Failed, "p1", "no broker", False)
    speaker.tell(events.UplinkReady)
    speaker.wait(60.0)
    assert [outside.until for outside in speaker.state.outside] == [GIVEN + 60.0 + KEPT]


@pytest.mark.parametrize(("seconds", "followed"), [(KEPT - 1, True), (KEPT, False)])
def test_what_has_to_be_destroyed_by_now_is_not_followed_any_more(seconds: float, followed: bool) -> None:
    """Nobody wanted it back, so there is nothing to tell."""
    speaker = delivered()
    speaker.wait(seconds)
    assert bool(speaker.outside) is followed
    assert "deletion" not in speaker.order


def test_what_still_waits_is_followed_as_long_as_it_waits() -> None:
    """It may be handed over once more."""
    short = replace(VOICE, retention=1.0)
    speaker = Speaker(consents=(replace(RESEARCH, terms=short),), offered=frozenset({short}))
    speaker.hand("p1")
    speaker.wait(5.0)
    assert list(speaker.outside) == ["p1"]
    speaker.tell(events.Delivered, "p1")
    assert speaker.outside == {}


# ---- wanted back


def test_forgetting_wants_back_what_has_arrived() -> None:
    """The row of the demand comes first; the uplink gets it when it asks, after a row that says so."""
    speaker = delivered()
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    assert speaker.order == ["StopUplink forget", "deletion", "forget"]
    assert speaker.row("deletion") == {"parcel": "p1", "state": "demanded"}
    assert speaker.row("forget") == {"which": "forget", "clips": 1, "by": "panel"}
    speaker.tell(events.UplinkReady)
    assert speaker.order == ["deletion", "Demand p1"]
    assert speaker.row("deletion") == {"parcel": "p1", "state": "sent"}
    assert speaker.state.handed == "p1"


def test_what_is_under_way_is_called_back_and_wanted_back() -> None:
    """The recipient may have it already; here it is erased, with a row."""
    speaker = Speaker()
    speaker.hand("p1")
    speaker.tell(events.Quieter, "forget", Owner.VOICE)
    assert speaker.order == ["StopUplink forget", "deletion", "Erase p1", "dropped", "forget"]
    assert speaker.row("forget")["clips"] == 1
    assert speaker.outside == {"p1": GIVEN}


def test_a_withdrawal_wants_back_whatever_left() -> None:
    """Of every consent."""
    speaker = delivered("p1", "p2")
    speaker.tell(events.Quieter, "withdraw", Owner.MQTT)
    assert [row["state"] for row in speaker.rows("deletion")] == ["demanded", "demanded"]
    assert speaker.outside == {"p1": GIVEN, "p2": GIVEN}


def test_local_mode_wants_nothing_back() -> None:
    """Nothing more leaves; what left stays as agreed."""
    speaker = delivered()
    speaker.tell(events.Quieter, "local", Owner.VOICE)
    assert speaker.outside == {"p1": None}


def test_a_demand_leaves_though_it_is_muted_and_local() -> None:
    """It is nothing that was heard."""
    speaker = delivered()
    speaker.tell(events.Quieter, "mute", Owner.VOICE)
    speaker.tell(events.Quieter, "withdraw", Owner.VOICE)
    speaker.tell(events.UplinkReady)
    assert speaker.order == ["deletion", "Demand p1"]
    speaker.wait(1.0)
    assert (speaker.order, speaker.state.handed) == ([], "p1")


def test_a_demand_goes_before_the_clips_and_after_a_home_action() -> None:
    """Somebody stands in the dark; the clips have time."""
    speaker = delivered()
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    speaker.put("p2", "a1")
    for expected in ("HandOver a1", "Demand p1", "HandOver p2"):
        speaker.tell(events.UplinkReady)
        assert speaker.order[-1] == expected
        speaker.tell(events.Failed, speaker.state.handed, "next", True)


def test_a_clip_that_a_third_press_ends_is_called_back() -> None:
    """It is wanted back from now on, but what the uplink holds is the clip and not the demand."""
    speaker = Speaker()
    speaker.tap()
    speaker.tell(events.Pressed)
    speaker.now += 0.7
    speaker.tell(events.Released)
    speaker.hand("p1")
    assert speaker.state.handed == "p1"
    speaker.tap()
    assert speaker.state.consents == ()
    assert "StopUplink muted" in speaker.order
    assert (speaker.state.handed, speaker.outside) == (None, {"p1": GIVEN})


# ---- confirmed, or not


def test_a_demand_ends_when_it_is_confirmed() -> None:
    """The row tells how often somebody had listened."""
    speaker = demanding()
    speaker.tell(events.Deleted, "p1", 2)
    assert speaker.order == ["deletion"]
    assert speaker.row("deletion") == {"parcel": "p1", "state": "confirmed", "plays": 2}
    assert (speaker.outside, speaker.state.handed) == ({}, None)


def test_a_confirmation_of_what_the_uplink_does_not_hold_leaves_it_what_it_holds() -> None:
    """The answer came late."""
    speaker = demanding()
    speaker.tell(events.Failed, "p1", "no broker", False)
    speaker.hand("p2")
    speaker.tell(events.Deleted, "p1")
    assert (speaker.outside, speaker.state.handed) == ({"p2": None}, "p2")


@pytest.mark.parametrize("name", ["p1", "unheard-of"])
def test_what_nobody_demanded_is_not_confirmed(name: str) -> None:
    """Whoever made it up."""
    speaker = delivered()
    assert speaker.tell(events.Deleted, name) == ()
    assert speaker.outside == {"p1": None}


def test_a_demand_that_failed_is_sent_again_later_and_later() -> None:
    """From a minute to six hours."""
    speaker = demanding()
    waits = []
    for _ in range(12):
        speaker.tell(events.Failed, "p1", "no broker", False)
        speaker.tell(events.UplinkReady)
        waits.append(speaker.state.outside[0].next - speaker.wall)
        speaker.wait(waits[-1] - 0.1)
        assert speaker.state.handed is None
        speaker.wait(0.1)
        assert "Demand p1" in speaker.order
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT == wait(10_000)


def test_an_overdue_deletion_is_told_once() -> None:
    """After a day; the ring shows it until it is confirmed."""
    speaker = demanding()
    speaker.wait(DELETION_TERM - 1)
    assert not speaker.state.overdue
    speaker.wait(1)
    assert {"parcel": "p1", "state": "overdue"} in speaker.rows("deletion")
    assert speaker.state.overdue
    speaker.wait(1)
    assert speaker.rows("deletion") == []
    speaker.tell(events.Deleted, "p1")
    assert not speaker.state.overdue


def test_a_demand_ends_unconfirmed_when_the_retention_is_over() -> None:
    """The row says so, and what the uplink holds of it is called back."""
    speaker = demanding()
    speaker.wait(KEPT - 1)
    speaker.tell(events.UplinkReady)
    speaker.wait(1)
    assert speaker.row("deletion") == {"parcel": "p1", "state": "unconfirmed"}
    assert (speaker.outside, speaker.state.handed) == ({}, None)


def test_a_lost_ledger_sends_no_demand() -> None:
    """What cannot be recorded does not leave, not even that."""
    speaker = delivered()
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    speaker.tell(events.LedgerLost)
    assert speaker.tell(events.UplinkReady) == ()
    assert list(speaker.outside) == ["p1"]


# ---- what the speaker tells of itself


def test_the_home_is_told_of_the_speaker_though_it_is_muted_and_local() -> None:
    """Under a consent of its own; a mute does not call it back, a withdrawal does."""
    speaker = Speaker(consents=(STATUS,), mode=Mode.LOCAL, offered=frozenset({ABOUT}))
    speaker.tell(events.Quieter, "mute", Owner.VOICE)
    speaker.hand("s1")
    assert speaker.order == ["handover", "HandOver s1"]
    speaker.tell(events.Broken)
    assert speaker.state.handed == "s1"
    speaker.tell(events.Quieter, "withdraw", Owner.VOICE)
    assert (speaker.box, speaker.state.handed) == ([], None)
