"""How things end by the clock: home actions, consents, and what a start finds."""

from __future__ import annotations

import pytest
from privacy_speaker import ACTION, COMMANDS, GIVEN, RESEARCH, Speaker, boxed

from keepmum.consent import DAY
from keepmum.privacy import events

END = RESEARCH.until


@pytest.mark.parametrize(("seconds", "waits"), [(29.9, True), (30.0, False)])
def test_a_home_action_is_dropped_when_it_is_too_late(seconds: float, waits: bool) -> None:
    """Even out of the uplink's hands."""
    speaker = Speaker()
    speaker.put("a1", expires=GIVEN + 30)
    speaker.tell(events.UplinkReady)
    speaker.wait(seconds)
    assert speaker.order == ([] if waits else ["StopUplink no longer covered", "Erase a1", "dropped"])
    assert waits or speaker.row("dropped") == {"parcel": "a1", "reason": "too_late"}


def test_a_consent_that_ends_takes_its_parcels_with_it() -> None:
    """It is gone from the file, and a row says that it ended."""
    speaker = Speaker(consents=(RESEARCH,))
    speaker.put("p1")
    speaker.wait(30 * DAY - 1)
    assert speaker.order == ["Save"]
    speaker.wait(1)
    assert speaker.order == ["Save", "Erase p1", "dropped", "consent", "Sign r1 expired"]
    assert speaker.row("dropped") == {"parcel": "p1", "reason": "consent_expired"}
    assert speaker.row("consent") == {"purpose": "research", "rung": "voice", "consent": "r1", "state": "expired"}
    assert speaker.state.consents == ()


def test_a_clock_that_is_set_back_extends_nothing() -> None:
    """The latest moment ever seen is the one that counts."""
    speaker = Speaker(consents=(RESEARCH,))
    speaker.wall = END - 1
    speaker.tell(events.Ticked)
    assert speaker.state.consents == (RESEARCH,)
    speaker.wall = END
    speaker.tell(events.Ticked)
    speaker.wall = GIVEN
    speaker.want("p1")
    assert (speaker.state.wall, speaker.state.consents) == (END, ())
    assert speaker.order == ["Forget p1", "refusal"]


def test_the_day_is_kept_while_a_consent_stands() -> None:
    """A clock that is set back while the speaker is off finds in the file how late it was."""
    speaker = Speaker(consents=(RESEARCH,))
    speaker.wait(DAY)
    assert speaker.order == ["Save"]
    speaker.wait(1)
    assert speaker.order == []
    nobody = Speaker(consents=())
    nobody.wait(DAY)
    assert nobody.order == []


def test_a_start_erases_what_is_not_covered_any_more_and_keeps_the_rest() -> None:
    """Nothing is believed because it lay in the outbox."""
    speaker = Speaker(consents=(RESEARCH, COMMANDS))
    found = (
        boxed("p1"),
        boxed("p2", consent="r0"),
        boxed("a1", ACTION, "c1", expires=GIVEN),
        boxed("a2", ACTION, "c1", expires=GIVEN + 1),
    )
    speaker.boot(found)
    assert speaker.order == ["Erase p2", "dropped", "Erase a1", "dropped", "start"]
    assert speaker.box == ["p1", "a2"]
