"""How somebody in the room agrees: a proposal, and a button held for three seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from privacy_speaker import ASKED, COMMANDS, GIVEN, KEPT, OFFERED, OPEN, RESEARCH, VOICE, Speaker

from keepmum.consent import DAY, Consent, Mode, Rung
from keepmum.privacy import Owner, State, events

FRESH = State(frozenset(), offered=OFFERED)
"""Unmuted, local, no consent."""


def test_a_proposal_changes_nothing_but_that_it_stands() -> None:
    """And a row and a receipt say so."""
    speaker = Speaker(FRESH)
    speaker.propose()
    assert speaker.order == ["proposal", "Sign new requested"]
    assert speaker.row("proposal") == {"purpose": "research", "rung": "voice", "state": "opened"}
    assert replace(speaker.state, proposal=None) == replace(FRESH, wall=GIVEN)


@pytest.mark.parametrize(
    ("state", "proposal"),
    [
        ({}, {"purpose": "advertising"}),
        ({}, {"purpose": ""}),
        ({}, {"rung": Rung.TEXT}),
        ({}, {"purpose": "commands", "asks": True}),
        ({}, {"name": ""}),
        ({"offered": frozenset()}, {}),
        ({"offered": frozenset({replace(VOICE, recipient="")})}, {}),
        ({"mutes": frozenset({Owner.PANEL})}, {}),
        ({"mutes": frozenset({Owner.FAULT})}, {}),
        ({"ledger": False}, {}),
    ],
)
def test_what_cannot_be_agreed_to_cannot_be_proposed(state: dict[str, Any], proposal: dict[str, Any]) -> None:
    """Not for a made-up purpose, nor a rung that nobody offers, nor while muted, nor while no row can be written."""
    speaker = Speaker(FRESH, **state)
    speaker.propose(**proposal)
    assert speaker.state.proposal is None
    assert speaker.row("proposal")["state"] == "impossible"


def test_a_finger_that_is_down_already_answers_nothing_new() -> None:
    """It went down for another reason."""
    speaker = Speaker(FRESH)
    speaker.tell(events.Pressed)
    speaker.state = replace(speaker.state, mutes=frozenset())
    speaker.propose()
    assert speaker.state.proposal is None


def test_a_made_up_purpose_is_not_written_down() -> None:
    """It is a peer's own word, and could be one that was heard."""
    speaker = Speaker(FRESH)
    speaker.propose("x" * 1000)
    assert speaker.row("proposal")["purpose"] == "unknown"


def test_a_newer_proposal_does_not_slip_under_the_finger() -> None:
    """What the hand agrees to is what was asked first; nobody can swap it while the hand comes down."""
    speaker = Speaker(FRESH)
    speaker.propose("research", name="first")
    speaker.propose("diagnostics", name="second")
    speaker.hold(3.0)
    assert [consent.id for consent in speaker.state.consents] == ["first"]


@pytest.mark.parametrize("seconds", [0.69, 0.7, 2.99])
def test_less_than_three_seconds_agree_to_nothing(seconds: float) -> None:
    """Not even what would have unmuted: the press muted, and a proposal stands."""
    speaker = Speaker(FRESH)
    speaker.propose()
    assert speaker.hold(seconds) == ()
    assert (speaker.state.consents, speaker.state.mutes) == ((), {Owner.BUTTON})


def test_a_button_held_three_seconds_agrees() -> None:
    """To these terms, for as long as they say; the mute of the same press is lifted, and the microphone opens last."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.hold(3.0)
    given = GIVEN + 3.0
    assert speaker.state.consents == (Consent("new", VOICE, given, given + 30 * DAY),)
    assert speaker.order == ["Save", "consent", "Sign new given", "mode", "unmute", "Open"]
    assert speaker.row("consent") == {
        "purpose": "research",
        "rung": "voice",
        "consent": "new",
        "state": "given",
        "to": "desk",
        "retention": KEPT,
    }
    assert (speaker.state.mode, speaker.state.proposal, speaker.state.earning) == (Mode.SHARE, None, False)


def test_letting_go_after_three_seconds_agrees_too() -> None:
    """Even if nobody looked at the clock in between."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.tell(events.Pressed)
    speaker.now += 3.0
    speaker.tell(events.Released)
    assert [consent.id for consent in speaker.state.consents] == ["new"]


def test_a_finger_that_stays_down_agrees_once() -> None:
    """Nothing more comes of it."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.hold(3.0)
    assert speaker.wait(30.0) == ()
    assert speaker.tell(events.Released) == ()


def test_letting_go_early_is_a_no() -> None:
    """The proposal is over and the speaker stays muted."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.hold(2.99)
    speaker.tell(events.Released)
    assert speaker.order == ["proposal", "Sign new refused"]
    assert speaker.row("proposal") == {"purpose": "research", "rung": "voice", "state": "refused"}
    assert (speaker.state.proposal, speaker.state.consents, speaker.state.mutes) == (None, (), {Owner.BUTTON})


@pytest.mark.parametrize(
    ("before", "purpose", "after", "rows"),
    [
        (Mode.LOCAL, "commands", Mode.ASK, 1),
        (Mode.LOCAL, "research", Mode.SHARE, 1),
        (Mode.ASK, "research", Mode.SHARE, 1),
        (Mode.SHARE, "commands", Mode.SHARE, 0),
    ],
)
def test_agreeing_lifts_the_mode_as_far_as_it_must(before: Mode, purpose: str, after: Mode, rows: int) -> None:
    """A mode that is high enough stays, without a row."""
    speaker = Speaker(FRESH, mode=before)
    speaker.propose(purpose)
    speaker.hold(3.0)
    assert speaker.state.mode is after
    assert speaker.order.count("mode") == rows


def test_agreeing_to_other_terms_ends_what_was_agreed_before() -> None:
    """What was captured under the old terms does not go out under the new; other purposes stay as they are."""
    speaker = Speaker()
    speaker.put("p1", "a1")
    speaker.propose(name="q2", asks=True)
    speaker.hold(3.0)
    ended = ["consent", "Sign r1 withdrawn"]
    given = ["consent", "Sign q2 given"]
    assert speaker.order == ["Save", "Erase p1", "dropped", *ended, *given, "unmute", "Open"]
    assert speaker.row("dropped") == {"parcel": "p1", "reason": "not_asked"}
    assert [row["state"] for row in speaker.rows("consent")] == ["replaced", "given"]
    assert [(consent.id, consent.terms) for consent in speaker.state.consents[1:]] == [("q2", ASKED)]
    assert (speaker.state.consents[0], speaker.box) == (COMMANDS, ["a1"])


def test_agreeing_wakes_no_consent_that_a_lower_mode_had_put_to_sleep() -> None:
    """The mode rises for what the hand agreed to; whoever wanted it quiet did not want the other one back."""
    speaker = Speaker(mode=Mode.LOCAL)
    speaker.propose("diagnostics")
    speaker.hold(3.0)
    assert [each.id for each in speaker.state.consents] == ["new"]
    assert {row["state"] for row in speaker.rows("consent")} == {"replaced", "given"}
    home = Speaker(mode=Mode.ASK)
    home.propose("commands", name="again")
    home.hold(3.0)
    assert {each.id for each in home.state.consents} == {"r1", "c1"}


def test_agreeing_to_the_same_terms_again_goes_on_under_the_same_number() -> None:
    """It lasts from now on, and what waits under it still may leave."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.wait(10 * DAY)
    speaker.propose(name="r2")
    speaker.hold(3.0)
    assert speaker.order == ["Save", "consent", "Sign r1 re-confirmed", "unmute", "Open"]
    assert speaker.row("consent")["state"] == "re-confirmed"
    again = speaker.state.consents[-1]
    assert (again.id, again.given, again.until) == ("r1", speaker.wall, speaker.wall + 30 * DAY)
    assert speaker.box == ["p1"]


def test_a_consent_without_a_receipt_is_none() -> None:
    """Its receipt could not be written: it ends in the same breath, and what waits under it goes."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.tell(events.Unsigned, "r1")
    assert speaker.order == ["Save", "Erase p1", "dropped", "consent", "Sign r1 invalidated"]
    assert speaker.row("consent")["reason"] == "no_receipt"
    assert speaker.state.consents == (COMMANDS,)


def test_what_is_sealed_under_an_old_consent_is_not_put_under_a_new_one() -> None:
    """The refusal names the reason."""
    speaker = Speaker(offered=OFFERED)
    speaker.want("p1")
    other = replace(VOICE, quota=5)
    speaker.state = replace(
        speaker.state, consents=(replace(RESEARCH, id="r2", terms=other),), offered=frozenset({other})
    )
    speaker.seal("p1")
    assert speaker.order == ["Forget p1", "refusal"]
    assert speaker.row("refusal") == {"kind": "clip", "purpose": "research", "reason": "other_consent"}


@pytest.mark.parametrize(("seconds", "stands"), [(59.9, True), (60.0, False)])
def test_a_proposal_stands_for_a_minute(seconds: float, stands: bool) -> None:
    """Then a row and its receipt say that nobody answered."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.wait(seconds)
    assert (speaker.state.proposal is not None) is stands
    assert speaker.order == ([] if stands else ["proposal", "Sign new expired"])


def test_a_press_after_a_minute_only_mutes() -> None:
    """However seldom anybody looked at the clock."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.now += 60.0
    speaker.tell(events.Pressed)
    assert speaker.order == ["Close", "mute", "Save", "proposal", "Sign new expired"]
    assert speaker.row("proposal")["state"] == "expired"
    speaker.wait(60.0)
    assert (speaker.state.consents, speaker.state.mutes) == ((), {Owner.BUTTON})


def test_a_press_within_the_minute_has_its_three_seconds() -> None:
    """The minute may end while the finger is down."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.wait(59.0)
    speaker.hold(2.0)
    assert speaker.state.proposal is not None
    speaker.wait(1.0)
    assert [consent.id for consent in speaker.state.consents] == ["new"]


@pytest.mark.parametrize("want", ["mute", "local", "withdraw", "louder"])
def test_a_wish_for_quiet_ends_a_proposal_even_under_the_finger(want: str) -> None:
    """What is held after that agrees to nothing, and does not unmute."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.hold(2.9)
    speaker.tell(events.Quieter, want, Owner.PANEL)
    speaker.wait(10.0)
    assert (speaker.state.proposal, speaker.state.consents) == (None, ())
    assert Owner.BUTTON in speaker.state.mutes


def test_a_lost_ledger_ends_a_proposal() -> None:
    """What cannot be recorded cannot be agreed to."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.hold(2.9)
    speaker.tell(events.LedgerLost)
    speaker.wait(10.0)
    assert speaker.state.consents == ()


def test_agreeing_does_not_repair_the_microphone() -> None:
    """The consent is given; the fault stays."""
    speaker = Speaker(FRESH)
    speaker.propose()
    speaker.tell(events.Broken)
    speaker.hold(3.0)
    assert speaker.state.mutes == {Owner.FAULT}
    assert "Open" not in speaker.order
    assert len(speaker.state.consents) == 1


def test_other_consents_stand_beside_a_new_one() -> None:
    """One purpose, one consent."""
    speaker = Speaker(OPEN)
    speaker.propose("diagnostics")
    speaker.hold(3.0)
    assert speaker.state.consents[:2] == (RESEARCH, COMMANDS)
    assert len(speaker.state.consents) == 3
