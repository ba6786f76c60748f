"""When a parcel leaves: not before its window, later and later after it failed, not for ever, nor too often a day."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import ASKED, ASKING, CLIP, GIVEN, Speaker

from keepmum.consent import Mode
from keepmum.privacy import events
from keepmum.privacy.state import LONGEST_WAIT, MOMENT, MOST_TRIES


def test_a_clip_that_failed_waits_longer_every_time_and_is_given_up_one_day() -> None:
    """The row says so. A home action waits a moment only: it is too late soon enough."""
    speaker = Speaker()
    speaker.put("p1", "a1")
    speaker.tell(events.Failed, "a1", "no broker", False)
    assert [boxed.after for boxed in speaker.state.box if boxed.id == "a1"] == [speaker.wall + MOMENT]
    waits = []
    for _ in range(MOST_TRIES - 1):
        speaker.tell(events.Failed, "p1", "no broker", False)
        waits.append(speaker.state.box[-1].after - speaker.wall)
    assert waits[:3] == [60.0, 120.0, 240.0]
    assert waits[-1] == LONGEST_WAIT
    speaker.tell(events.Failed, "p1", "no broker", False)
    assert speaker.order == ["Erase p1", "dropped"]
    assert speaker.row("dropped")["reason"] == "given_up"
    assert speaker.box == ["a1"]


def test_an_uplink_that_fails_at_once_and_asks_at_once_does_not_fill_the_ledger() -> None:
    """One row for each moment, however fast it talks: a home action lasts ten seconds, the ledger for ever."""
    speaker = Speaker()
    speaker.put("a1")
    handed = 0
    for _ in range(1_000):
        speaker.tell(events.UplinkReady)
        handed += len(speaker.rows("handover"))
        speaker.tell(events.Failed, "a1", "no broker", False)
    assert handed == 1
    speaker.wait(MOMENT)
    assert speaker.state.handed == "a1"


@pytest.mark.parametrize(("seconds", "handed"), [(59.9, None), (60.0, "p1")])
def test_nothing_is_handed_over_before_its_window(seconds: float, handed: str | None) -> None:
    """Also to an uplink that has been waiting for it."""
    speaker = Speaker()
    speaker.put("p1", after=GIVEN + 60.0)
    speaker.tell(events.UplinkReady)
    assert speaker.state.handed is None
    speaker.wait(seconds)
    assert speaker.state.handed == handed


def test_what_waits_for_its_window_keeps_nothing_else_waiting() -> None:
    """The others leave."""
    speaker = Speaker()
    speaker.put("p1", after=GIVEN + 60.0)
    speaker.put("p2")
    speaker.tell(events.UplinkReady)
    assert speaker.state.handed == "p2"


def test_a_quota_holds_for_what_was_approved_too() -> None:
    """What was approved when the day's last one had left is forgotten."""
    few = replace(ASKED, quota=1)
    speaker = Speaker(mode=Mode.ASK, consents=(replace(ASKING, terms=few),), offered=frozenset({few}))
    yes = replace(CLIP, approved=True)
    for name in ("p1", "p2"):
        speaker.want(name)
    for name in ("p1", "p2"):
        speaker.tell(events.Played, name)
        speaker.tell(events.Answered, True)
        speaker.seal(name, yes, "q1")
    assert speaker.box == ["p1"]
    assert speaker.order == ["Forget p2", "refusal"]
