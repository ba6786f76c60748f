"""The life of a parcel: wanted, sealed, put, handed over one at a time, delivered or dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from privacy_speaker import ACTION, CLIP, GIVEN, Speaker

from keepmum.consent import Mode
from keepmum.privacy import Owner, effects, events


def sending(*names: str) -> Speaker:
    """A speaker whose uplink holds the first of these parcels."""
    speaker = Speaker()
    speaker.put(*names)
    speaker.tell(events.UplinkReady)
    return speaker


# ---- wanted and sealed


def test_what_may_leave_is_sealed_under_the_consent_that_covers_it() -> None:
    """Nothing is put or written down yet."""
    speaker = Speaker()
    assert speaker.want("p1") == (effects.Seal("p1", CLIP, "r1", None),)
    assert speaker.want("a1", ACTION, GIVEN + 30) == (effects.Seal("a1", ACTION, "c1", GIVEN + 30),)
    assert speaker.box == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"mutes": frozenset({Owner.VOICE})}, "muted"),
        ({"mode": Mode.LOCAL}, "local_mode"),
        ({"consents": ()}, "no_consent"),
        ({"ledger": False}, "ledger_lost"),
    ],
)
def test_what_may_not_leave_is_wiped_before_the_row_says_so(state: dict[str, Any], reason: str) -> None:
    """The row is the promise that it was."""
    speaker = Speaker(**state)
    speaker.want("p1")
    assert speaker.effects == (
        effects.Forget("p1", reason),
        effects.Note("refusal", {"kind": "clip", "purpose": "research", "reason": reason}),
    )


def test_the_release_row_comes_before_the_put() -> None:
    """It tells what leaves, to whom, under which consent, and how long the sound is."""
    speaker = Speaker()
    speaker.put("p1")
    assert speaker.order == ["release", "Put p1"]
    assert speaker.row("release") == {
        "parcel": "p1",
        "kind": "clip",
        "purpose": "research",
        "rung": "voice",
        "consent": "r1",
        "to": "desk",
        "bytes": 90,
        "sha256": "f" * 64,
        "seconds": 3.14,
    }
    assert speaker.state.sealing == ()


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ((events.Pressed,), "muted"),
        ((events.Quieter, "withdraw", Owner.MQTT), "local_mode"),
        ((events.Quieter, "forget", Owner.VOICE), "forgotten"),
        ((events.LedgerLost,), "ledger_lost"),
    ],
)
def test_what_is_sealed_is_decided_again(event: tuple[Any, ...], reason: str) -> None:
    """Much can happen while something is being sealed."""
    speaker = Speaker()
    speaker.want("p1")
    speaker.tell(*event)
    speaker.seal("p1")
    assert speaker.order == ["Forget p1", "refusal"]
    assert speaker.row("refusal")["reason"] == reason
    assert speaker.box == []


def test_what_nobody_wanted_is_not_put() -> None:
    """Not even if it would have been allowed."""
    speaker = Speaker()
    speaker.seal("p1")
    assert speaker.order == ["Forget p1", "refusal"]


def test_a_parcel_is_put_once() -> None:
    """A second one of the same name is refused."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.put("p1")
    assert speaker.row("refusal")["reason"] == "already_waiting"
    assert speaker.box == ["p1"]


@pytest.mark.parametrize(("late", "put"), [(29.9, True), (30.0, False)])
def test_a_home_action_that_was_sealed_too_late_is_not_put(late: float, put: bool) -> None:
    """Nobody wants the light on a minute later."""
    speaker = Speaker()
    speaker.want("a1", ACTION, GIVEN + 30)
    speaker.wall += late
    speaker.seal("a1", ACTION, "c1", GIVEN + 30)
    assert speaker.order == (["release", "Put a1"] if put else ["Forget a1", "refusal"])
    assert put or speaker.row("refusal")["reason"] == "too_late"


def test_a_home_action_uses_up_no_quota() -> None:
    """Somebody switches the light more often in a day than anybody should listen to a household."""
    speaker = Speaker()
    speaker.want("a1", ACTION, GIVEN + 30)
    speaker.seal("a1", ACTION, "c1", GIVEN + 30)
    assert (speaker.box, speaker.state.spent) == (["a1"], ())


# ---- handed over


def test_the_uplink_gets_one_parcel_when_it_asks() -> None:
    """The oldest, and its row comes before the hand-over."""
    speaker = sending("p1", "p2")
    assert speaker.order == ["handover", "HandOver p1"]
    assert speaker.row("handover") == {"parcel": "p1"}
    assert (speaker.state.handed, speaker.state.ready, speaker.box) == ("p1", False, ["p1", "p2"])


def test_an_uplink_that_asked_gets_what_comes_later() -> None:
    """In the very step in which it is put, after the put."""
    speaker = Speaker()
    speaker.tell(events.UplinkReady)
    speaker.put("p1")
    assert speaker.order == ["release", "Put p1", "handover", "HandOver p1"]


def test_an_uplink_that_holds_something_gets_nothing_more() -> None:
    """However often it asks, and asking does not count for later."""
    speaker = sending("p1", "p2")
    assert speaker.tell(events.UplinkReady) == ()
    assert speaker.tell(events.Failed, "p1", "no broker", False) == ()
    assert speaker.state.handed is None


def test_a_muted_speaker_hands_nothing_over_until_it_is_unmuted() -> None:
    """Then it does, before the microphone opens."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.tell(events.Quieter, "mute", Owner.PANEL)
    assert speaker.tell(events.UplinkReady) == ()
    speaker.hold(0.7)
    assert speaker.order == ["Save", "handover", "HandOver p1", "unmute", "unmute", "Open"]


def test_a_mute_calls_back_what_is_outside() -> None:
    """It waits for the next time, at the head of the queue."""
    speaker = sending("p1", "p2")
    speaker.tell(events.Pressed)
    assert speaker.order == ["Close", "mute", "Save", "StopUplink muted"]
    assert (speaker.state.handed, speaker.box) == (None, ["p1", "p2"])


def test_an_uplink_that_hangs_up_holds_nothing() -> None:
    """The parcel waits a minute, perhaps it was too much, for the next one that asks."""
    speaker = sending("p1")
    assert speaker.tell(events.UplinkGone) == ()
    assert (speaker.state.handed, speaker.state.ready, speaker.box) == (None, False, ["p1"])
    speaker.tell(events.UplinkReady)
    speaker.wait(59.9)
    assert speaker.order == []
    speaker.wait(0.1)
    assert speaker.order == ["handover", "HandOver p1"]


def test_an_uplink_that_hangs_up_has_not_asked() -> None:
    """Its question went with it."""
    speaker = Speaker()
    speaker.tell(events.UplinkReady)
    speaker.tell(events.UplinkGone)
    speaker.put("p1")
    assert speaker.state.handed is None


def test_one_outside_is_enough_whatever_the_uplink_asked() -> None:
    """A second lock: no history leads to this state."""
    speaker = sending("p1", "p2")
    speaker.state = replace(speaker.state, ready=True)
    assert speaker.tell(events.Ticked) == ()
    assert speaker.state.handed == "p1"


# ---- delivered and dropped


def test_what_was_delivered_is_written_down_and_then_erased() -> None:
    """Falling over in between, the speaker sends it once more; the other way round it would take it for lost."""
    speaker = sending("p1", "p2")
    speaker.tell(events.Delivered, "p1")
    assert speaker.order == ["delivered", "Erase p1"]
    assert speaker.row("delivered") == {"parcel": "p1"}
    assert (speaker.state.handed, speaker.box) == (None, ["p2"])


def test_a_receipt_for_what_was_called_back_still_counts() -> None:
    """It had left before; what is outside stays outside."""
    speaker = sending("p1", "p2")
    speaker.tell(events.UplinkGone)
    speaker.tell(events.UplinkReady)
    speaker.tell(events.Delivered, "p1")
    assert (speaker.state.handed, speaker.box) == ("p2", ["p2"])


@pytest.mark.parametrize(
    "event", [(events.Delivered, "px"), (events.Failed, "px", "no", True), (events.Failed, "px", "no", False)]
)
def test_news_of_an_unknown_parcel_changes_nothing(event: tuple[Any, ...]) -> None:
    """Whoever made it up."""
    speaker = sending("p1")
    before = speaker.state
    assert speaker.tell(*event) == ()
    assert speaker.state == before


def test_what_failed_waits_behind_the_others_for_another_attempt() -> None:
    """The uplink has to ask again, and one parcel that does not get through does not hold up the rest."""
    speaker = sending("p1", "p2")
    assert speaker.tell(events.Failed, "p1", "no broker", False) == ()
    assert (speaker.state.handed, speaker.box) == (None, ["p2", "p1"])
    speaker.tell(events.UplinkReady)
    assert speaker.order == ["handover", "HandOver p2"]


def test_a_home_action_goes_before_the_recordings() -> None:
    """Somebody stands in the dark and waits for it."""
    speaker = Speaker()
    speaker.put("p1", "a1")
    speaker.tell(events.UplinkReady)
    assert speaker.order == ["handover", "HandOver a1"]


def test_a_failure_of_another_parcel_leaves_the_uplink_what_it_holds() -> None:
    """It still has one in its hands."""
    speaker = sending("p1", "p2")
    speaker.tell(events.Failed, "p2", "no broker", False)
    assert speaker.state.handed == "p1"


def test_what_failed_for_good_is_dropped() -> None:
    """The row says why, in at most two hundred characters."""
    speaker = sending("p1", "p2")
    speaker.tell(events.Failed, "p1", "x" * 1000, True)
    assert speaker.order == ["Erase p1", "dropped"]
    assert speaker.row("dropped") == {"parcel": "p1", "reason": "x" * 200}
    assert (speaker.state.handed, speaker.box) == (None, ["p2"])


def test_a_lost_ledger_lets_nothing_leave_any_more() -> None:
    """What waits is erased, what is outside is called back, and nothing new is allowed."""
    speaker = sending("p1", "a1")
    speaker.tell(events.LedgerLost)
    assert speaker.order == ["StopUplink no longer covered", "Erase p1", "dropped", "Erase a1", "dropped"]
    assert speaker.box == []
    speaker.want("p2")
    assert speaker.order == ["Forget p2", "refusal"]
