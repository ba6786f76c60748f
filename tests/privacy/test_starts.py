"""A start believes what is written: receipts, terms that are still offered, and the ledger of earlier runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import ALL, COMMANDS, GIVEN, KEPT, OFFERED, RESEARCH, VOICE, WORDS, Speaker, boxed

from keepmum.consent import Mode, Rung, Spent
from keepmum.privacy import Owner, effects, events
from keepmum.privacy.state import Outside

LEFT = Outside("p1", "r1", GIVEN - 9, GIVEN + KEPT)


@pytest.mark.parametrize("lacking", ["r1", "c1"])
def test_a_consent_without_its_receipt_does_not_outlive_a_start(lacking: str) -> None:
    """A row and the receipt's file say so, and what waits under it goes."""
    speaker = Speaker()
    speaker.boot((boxed("p1", consent="r1"),), receipts=ALL - {lacking})
    assert [each.id for each in speaker.state.consents] == [{"r1": "c1", "c1": "r1"}[lacking]]
    assert speaker.row("consent")["reason"] == "no_receipt"
    assert f"Sign {lacking} invalidated" in speaker.order
    assert speaker.box == ([] if lacking == "r1" else ["p1"])


@pytest.mark.parametrize(
    "change",
    [
        {"notice": "another"},
        {"recipient": "elsewhere"},
        {"microphone": "another"},
        {"rung": Rung.TEXT},
        {"retention": KEPT + 1},
        {"asks": True},
        {"storage": "elsewhere"},
        {"jurisdiction": "elsewhere"},
        {"contact": "somebody else"},
        {"lasts": 1.0},
        {"quota": 1},
        {"reviews": 4},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_any_of_the_terms_ends_the_consent(change: dict[str, object]) -> None:
    """It is another thing to agree to; what waits under the old goes."""
    speaker = Speaker()
    speaker.boot((boxed("p1"),), offered=frozenset({WORDS, replace(VOICE, **change)}))  # type: ignore[arg-type]
    assert speaker.state.consents == (COMMANDS,)
    assert speaker.row("consent")["reason"] == "terms_changed"
    assert (speaker.box, speaker.row("dropped")["parcel"]) == ([], "p1")


def test_a_start_without_offers_and_receipts_leaves_no_consent() -> None:
    """Nothing is believed because it stood in a file."""
    speaker = Speaker()
    speaker.tell(events.Booted)
    assert speaker.state.consents == ()
    assert [row["reason"] for row in speaker.rows("consent")] == ["no_receipt", "no_receipt"]


def test_a_start_knows_of_nothing_in_the_uplinks_hands() -> None:
    """Whatever it held, it held for another run."""
    speaker = Speaker()
    speaker.hand("p1")
    speaker.boot((boxed("p1"),))
    assert speaker.state.handed is None
    speaker.tell(events.UplinkReady)
    assert speaker.order == ["handover", "HandOver p1"]


def test_a_finger_that_is_down_at_a_start_undoes_nothing() -> None:
    """It is perhaps stuck, and has to come up first."""
    speaker = Speaker(mutes=frozenset({Owner.PANEL}))
    speaker.tell(events.Pressed)
    speaker.boot()
    speaker.wait(60.0)
    assert speaker.state.mutes == {Owner.BUTTON, Owner.PANEL}


def test_a_start_goes_on_following_what_is_outside() -> None:
    """And with the demands of earlier runs."""
    wanted = replace(LEFT, id="p0", demanded=GIVEN - 5, next=GIVEN, tries=1)
    speaker = Speaker()
    speaker.boot(outside=(LEFT, wanted))
    assert speaker.outside == {"p1": None, "p0": GIVEN - 5}
    speaker.tell(events.UplinkReady)
    assert speaker.order == ["deletion", "Demand p0"]


def test_what_left_under_a_consent_of_which_nobody_knows_the_end_is_wanted_back() -> None:
    """Perhaps it was withdrawn, and the speaker fell over before it could write that down."""
    speaker = Speaker(consents=(COMMANDS,), mode=Mode.LOCAL)
    speaker.boot(outside=(LEFT,))
    assert speaker.row("deletion") == {"parcel": "p1", "state": "demanded"}
    assert speaker.outside == {"p1": GIVEN}


def test_what_left_under_a_consent_that_ended_by_itself_may_be_kept() -> None:
    """As long as was agreed; the ledger says how it ended."""
    speaker = Speaker(consents=(COMMANDS,))
    speaker.boot(outside=(LEFT,), ended=frozenset({"r1"}))
    assert speaker.outside == {"p1": None}


def test_terms_that_changed_want_nothing_back() -> None:
    """What left before was agreed to."""
    speaker = Speaker()
    speaker.boot(outside=(LEFT,), offered=frozenset({WORDS}))
    assert speaker.outside == {"p1": None}


def test_what_was_to_be_forgotten_is_not_handed_over_by_the_next_run() -> None:
    """The speaker fell over after the demand and before it had erased the clip."""
    speaker = Speaker()
    speaker.boot((boxed("p1"), boxed("p2")), outside=(replace(LEFT, demanded=GIVEN - 5, next=GIVEN),))
    assert speaker.rows("dropped") == [{"parcel": "p1", "reason": "forgotten"}]
    assert speaker.box == ["p2"]


def test_what_lost_its_power_is_dropped_in_the_ledger() -> None:
    """It was released and is nowhere any more."""
    speaker = Speaker()
    speaker.boot(lost=("p1", "p2"))
    assert speaker.rows("dropped") == [{"parcel": parcel, "reason": "lost_power"} for parcel in ("p1", "p2")]


def test_a_start_does_not_begin_the_days_quota_anew() -> None:
    """What today has used of it stands in the ledger."""
    few = replace(VOICE, quota=2)
    speaker = Speaker(consents=(replace(RESEARCH, terms=few),))
    speaker.boot(offered=OFFERED | {few}, spent=(Spent("r1", int(GIVEN // 86_400), 1),))
    speaker.put("p1")
    speaker.want("p2")
    assert speaker.box == ["p1"]
    assert speaker.row("refusal")["reason"] == "quota_used"


def test_the_quota_is_counted_when_a_parcel_is_put() -> None:
    """Two that are sealed at once cannot both be the last one; the next day begins with none."""
    few = replace(VOICE, quota=1)
    speaker = Speaker(consents=(COMMANDS, replace(RESEARCH, terms=few)), offered=OFFERED | {few})
    speaker.want("p1")
    speaker.want("p2")
    speaker.put("a1")
    speaker.seal("p1")
    speaker.seal("p2")
    assert (speaker.box, speaker.row("refusal")["reason"]) == (["a1", "p1"], "quota_used")
    speaker.wait(86_400.0)
    speaker.put("p3")
    assert speaker.box == ["a1", "p1", "p3"]
    assert [each.count for each in speaker.state.spent] == [1]


def test_the_start_row_comes_before_what_the_start_found() -> None:
    """Whoever reads the ledger sees where a run begins."""
    speaker = Speaker()
    speaker.tell(events.Booted, lost=("p1",))
    notes = [each.what for each in speaker.effects if isinstance(each, effects.Note)]
    assert notes == ["start", "consent", "consent", "dropped"]
