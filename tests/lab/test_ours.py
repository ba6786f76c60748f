"""Our own policies against the program itself: what they say is what it does, and a constant that moves is noticed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from keepmum.clip import Clip, Word, new_id, pack
from keepmum.consent import MOST_BLEEPED, Decision, Flow, Household, Kind, Mode, Reason, Spent, decide
from keepmum.desk.words import parser
from keepmum.errors import SealError
from keepmum.lab import event as lab_event
from keepmum.lab.event import Event
from keepmum.lab.figure import figures
from keepmum.lab.plan import State, Why, plan, why_not
from keepmum.lab.policy import SOUND, Policy
from keepmum.listener.command import Command
from keepmum.listener.consents.identity import Identity
from keepmum.listener.rungs import span
from keepmum.seal.recipient import NUMBERS
from keepmum.settings import Settings
from keepmum.sound import RATE, SAMPLE_BYTES
from keepmum.terms import (
    DAY,
    LONGEST_CLIP,
    LONGEST_CONSENT,
    MOST_A_DAY,
    MOST_REVIEWS,
    RUNGS,
    Consent,
    Purpose,
    Rung,
    Terms,
)

OURS = ("ours-ask", "ours-local", "ours-metrics", "ours-share", "ours-share-text")
RUNG = {
    "metrics": Rung.METRICS,
    "redacted_transcript": Rung.TEXT,
    "respoken_audio": Rung.RESPOKEN,
    "disguised_audio": Rung.DISGUISED,
    "audio": Rung.VOICE,
}
"""The rung that each payload of ours stands for."""
MODE = {"ours-ask": Mode.ASK, "ours-share": Mode.SHARE, "ours-share-text": Mode.SHARE, "ours-local": Mode.LOCAL}
NOON = 20_000 * DAY + 43_200.0
WHY = {Why.TOO_LONG: Reason.TOO_LONG, Why.QUOTA_USED: Reason.QUOTA_USED}


def sharing(policies: Mapping[str, Policy]) -> list[Policy]:
    """Those of ours that send anything."""
    return [policies[name] for name in OURS if policies[name].upload.when]


def test_numbers_are_the_shipped_ones(shipped_policies: Mapping[str, Policy]) -> None:
    """Quota, longest clip, reviews, and how long a consent lasts."""
    for policy in sharing(shipped_policies):
        assert policy.limits is not None
        assert policy.limits.clips_per_day is not None
        assert policy.limits.clips_per_day.value == Settings().sharing.quota
        assert policy.limits.clips_per_day.range == (1, MOST_A_DAY)
        assert policy.review.cap_per_month is not None
        assert policy.review.cap_per_month.value == MOST_REVIEWS
        assert policy.consent.lasts_days is not None
        assert policy.consent.lasts_days.value == LONGEST_CONSENT / DAY == Settings().sharing.days
        if "metrics" not in policy.upload.payload:
            assert policy.limits.longest_s is not None
            assert policy.limits.longest_s.value == LONGEST_CLIP


def test_retention_is_the_recipients_to_say(shipped_policies: Mapping[str, Policy]) -> None:
    """Within what a card may say; the policies take the example of the collector's help, for each thing that leaves."""
    assert "--retention-days 30" in parser().format_help()
    for policy in sharing(shipped_policies):
        for figure, kinds in (
            (policy.retention.audio_days, {"audio", "disguised_audio"}),
            (policy.retention.transcript_days, {"redacted_transcript", "metrics"}),
        ):
            leaves = bool(kinds & set(policy.upload.payload))
            assert (figure.value, figure.range) == ((30, NUMBERS["retention_days"]) if leaves else (0, None))
        assert policy.retention.false_wake_days is None, "the collector destroys nothing sooner"


def test_what_leaves_is_what_a_clip_of_that_rung_holds(shipped_policies: Mapping[str, Policy]) -> None:
    """Sound where a clip may hold sound, words where it may hold words; and a purpose exists that can need it."""
    assert set(RUNG.values()) == set(Rung)
    for policy in sharing(shipped_policies):
        rung = RUNG[policy.upload.payload[0]]
        assert rung in RUNGS[Purpose.RESEARCH]
        assert _may_hold(rung, pcm=b"\0\0") == any(each in SOUND for each in policy.upload.payload)
        texts = (_may_hold(rung, text="stop"), _may_hold(rung, words=(Word("stop", 0.0, 0.5, 1.0),)))
        assert any(texts) == ("redacted_transcript" in policy.upload.payload)
        assert _may_hold(rung, counts={"mutes": 1}) == ("metrics" in policy.upload.payload)


def test_no_sound_leaves_from_around_the_words(shipped_policies: Mapping[str, Policy]) -> None:
    """A command is cut from its first word to its last, so that no policy of ours has a margin."""
    words = (Word("set", 1.0, 1.3, 1.0), Word("timer", 1.4, 2.0, 1.0))
    command = Command(bytearray(4 * RATE * SAMPLE_BYTES), "alexa", (0.2, 0.7), (0.7, 4.0), words)
    assert span.spoken(command) == (1.0, 2.0)
    assert len(span.cut(command.sound, span.spoken(command))) == RATE * SAMPLE_BYTES
    for policy in sharing(shipped_policies):
        margins = [figure.value for figure in (policy.upload.preroll_ms, policy.upload.tail_ms) if figure is not None]
        assert margins == ([0, 0] if any(each in SOUND for each in policy.upload.payload) else [])


def test_every_number_that_is_called_measured_is_held_here(shipped_policies: Mapping[str, Policy]) -> None:
    """One more number with the mark M needs one more look at the program."""
    marked = {key for name in OURS for key, figure in figures(shipped_policies[name]) if figure.conf == "M"}
    assert marked == {
        "upload.preroll_ms",
        "upload.tail_ms",
        "identifiers.0.days",
        "retention.audio_days",
        "retention.transcript_days",
        "review.rate",
        "review.cap_per_month",
        "consent.lasts_days",
        "limits.clips_per_day",
        "limits.longest_s",
    }
    nothing_heard = {name for name in OURS if shipped_policies[name].review.rate.conf == "M"}
    assert nothing_heard == {"ours-local", "ours-metrics"}
    assert all(shipped_policies[name].review.rate.value == 0 for name in nothing_heard)
    assert not _may_hold(Rung.METRICS, pcm=b"\0\0"), "there is nothing to listen to"


def test_the_name_changes_every_day(shipped_policies: Mapping[str, Policy], tmp_path: Path) -> None:
    """As the speaker's own identity changes it, and under no policy of ours is there another."""
    identity = Identity.open(tmp_path / "identity.json")
    names = [identity.pseudonym("research", day * DAY, 0.0) for day in range(10)]
    assert len(set(names)) == 10
    hours = [identity.pseudonym("research", hour * 3600.0, 0.0) for hour in range(24)]
    assert len(set(hours)) <= 2
    for policy in sharing(shipped_policies):
        assert [(each.name, each.scope) for each in policy.identifiers] == [("day_pseudonym", "rotating")]
        assert policy.identifiers[0].days is not None
        assert policy.identifiers[0].days.value == 1


@pytest.mark.parametrize("name", ["ours-local", "ours-ask", "ours-share", "ours-share-text"])
def test_the_plan_decides_as_the_speaker_does(shipped_policies: Mapping[str, Policy], name: str) -> None:
    """Every mix of confirmed, approved, length and quota: what the lab lets out is what decide() lets out."""
    policy = shipped_policies[name]
    told = set()
    for confirmed, approved, seconds, used in itertools.product(
        (True, False), (True, False), (1.0, LONGEST_CLIP, LONGEST_CLIP + 0.1), (0, 19, 20, 60)
    ):
        if approved and not confirmed:
            continue  # nobody is asked about what was not confirmed
        event = Event(0.0, lab_event.Kind.WAKE, seconds, confirmed=confirmed, approved=approved)
        state = State(clips=used)
        decision = _decided(policy, event, used)
        assert bool(plan(event, policy, state)) == decision.allowed, (event, used, decision)
        why = why_not(event, policy, state)
        if why in WHY and decision.reason is not Reason.NOT_ASKED:
            assert decision.reason is WHY[why]
        told.add(decision.reason)
    assert told >= {Reason.UNCONFIRMED_WAKE, Reason.TOO_LONG} | (
        {Reason.LOCAL_MODE} if name == "ours-local" else {Reason.AGREED, Reason.QUOTA_USED}
    )


def _decided(policy: Policy, event: Event, used: int) -> Decision:
    """What the speaker says to a clip of this event, in a home that agreed to what the policy says."""
    rung = RUNG[policy.upload.payload[0]] if policy.upload.payload else Rung.VOICE
    quota = Settings().sharing.quota
    asks = policy.consent.form == "each-clip"
    terms = Terms(Purpose.RESEARCH, rung, asks, "m" * 32, "card", "n" * 64, lasts=LONGEST_CONSENT, quota=quota)
    consent = Consent("c" * 32, terms, NOON - 1, NOON + DAY)
    day = int(NOON // DAY)
    home = Household(
        muted=False,
        mode=MODE[policy.id],
        consents=(consent,) if policy.upload.when else (),
        offered=frozenset({terms}),
        spent=(Spent(consent.id, day, used),),
    )
    flow = Flow(
        Kind.CLIP, "research", "card", event.seconds, event.confirmed, event.approved, rung, terms.microphone, 0.0
    )
    assert flow.bleeped <= MOST_BLEEPED
    return decide(home, flow, NOON)


def _may_hold(rung: Rung, **content: object) -> bool:
    """Whether a clip of this rung can be packed with this in it."""
    try:
        pack(Clip(new_id(), rung, "0" * 16, **content))  # type: ignore[arg-type]
    except SealError:
        return False
    return True
