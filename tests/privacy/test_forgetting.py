"""What somebody has forgotten: every clip that is meant, wherever it is, and no home action."""

from __future__ import annotations

import pytest
from privacy_speaker import ACTION, GIVEN, Speaker

from keepmum.consent import DAY, Mode
from keepmum.privacy import Owner, events


def test_forgetting_takes_every_clip_and_leaves_the_home_actions() -> None:
    """A home action is not a recording."""
    speaker = Speaker()
    speaker.put("p1", "a1", "p2")
    speaker.tell(events.UplinkReady)
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    gone = ["Erase p1", "dropped", "Erase p2", "dropped"]
    assert speaker.order == ["StopUplink forget", *gone, "forget"]
    assert speaker.row("forget") == {"which": "forget", "clips": 2, "by": "panel"}
    assert speaker.rows("dropped") == [{"parcel": parcel, "reason": "forgotten"} for parcel in ("p1", "p2")]
    assert (speaker.box, speaker.state.handed) == (["a1"], None)


def test_forgetting_calls_back_a_home_action_only_to_send_it_again() -> None:
    """The uplink is stopped whatever it says it holds; the action still waits, and may go on its way."""
    speaker = Speaker()
    speaker.put("a1", "p1")
    speaker.tell(events.UplinkReady)
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    assert speaker.order == ["StopUplink forget", "Erase p1", "dropped", "forget"]
    speaker.tell(events.UplinkReady)
    assert speaker.state.handed == "a1"


def test_a_clip_that_is_forgotten_while_it_is_sealed_is_not_put() -> None:
    """And an action that is being sealed then is."""
    speaker = Speaker()
    speaker.want("p1")
    speaker.want("a1", ACTION)
    speaker.tell(events.Quieter, "forget", Owner.VOICE)
    speaker.seal("p1")
    assert speaker.order == ["Forget p1", "refusal"]
    assert speaker.row("refusal")["reason"] == "forgotten"
    speaker.seal("a1", ACTION, "c1")
    assert speaker.box == ["a1"]


def test_forgetting_everything_takes_what_is_old_too() -> None:
    """However long before the last command it was made, and also what has left already."""
    speaker = Speaker()
    speaker.hand("p1")
    speaker.tell(events.Delivered, "p1")
    speaker.wait(DAY)
    speaker.put("p2")
    speaker.wait(60.0)
    speaker.put("p3")
    speaker.tell(events.Quieter, "forget", Owner.VOICE)
    assert speaker.row("forget") == {"which": "forget", "clips": 3, "by": "voice"}
    assert speaker.box == []
    assert list(speaker.outside.values()) == [speaker.wall]


def test_forgetting_the_last_takes_the_last_command() -> None:
    """Every clip that was made of it, wherever it is; what left before stays."""
    speaker = Speaker()
    speaker.hand("p1")
    speaker.tell(events.Delivered, "p1")
    speaker.wait(6.0)
    speaker.put("p2")
    speaker.wait(4.0)
    speaker.want("p3")
    speaker.tell(events.Quieter, "forget_last", Owner.VOICE)
    assert speaker.row("forget") == {"which": "forget_last", "clips": 2, "by": "voice"}
    assert (speaker.box, speaker.state.sealing, speaker.outside) == ([], (), {"p1": None})
    speaker.tell(events.Quieter, "forget_last", Owner.VOICE)
    assert list(speaker.outside.values()) == [speaker.wall]


def test_forgetting_the_last_takes_what_was_just_played() -> None:
    """And the question with it."""
    speaker = Speaker(mode=Mode.ASK)
    speaker.want("p1")
    speaker.tell(events.Played, "p1")
    speaker.tell(events.Quieter, "forget_last", Owner.VOICE)
    assert speaker.order == ["StopUplink forget_last", "Forget p1", "refusal", "forget"]
    assert (speaker.asking, speaker.state.question) == ([], None)


def test_forgetting_today_leaves_yesterday() -> None:
    """The household's day began when the event says."""
    speaker = Speaker()
    speaker.hand("p1")
    speaker.tell(events.Delivered, "p1")
    speaker.wait(DAY)
    speaker.hand("p2")
    speaker.tell(events.Quieter, "forget_today", Owner.PANEL, since=GIVEN + DAY)
    assert speaker.outside == {"p1": None, "p2": GIVEN + DAY}


@pytest.mark.parametrize("want", ["forget", "forget_today", "forget_last"])
def test_forgetting_nothing_writes_nothing(want: str) -> None:
    """Whoever asks a thousand times does not fill the ledger."""
    speaker = Speaker()
    speaker.tell(events.Quieter, want, Owner.MQTT)
    assert speaker.order == [f"StopUplink {want}"]
    speaker.hand("p1")
    speaker.tell(events.Quieter, "forget", Owner.PANEL)
    speaker.tell(events.Quieter, want, Owner.MQTT)
    assert speaker.order == [f"StopUplink {want}"]
