"""What may leave: every reason, the order of the reasons, and the boundary of each."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from keepmum.consent import (
    DAY,
    HOUSEHOLD,
    LONGEST_CLIP,
    LONGEST_CONSENT,
    MOST_A_DAY,
    MOST_BLEEPED,
    RUNGS,
    Consent,
    Decision,
    Flow,
    Household,
    Kind,
    Mode,
    Purpose,
    Reason,
    Rung,
    Spent,
    Terms,
    decide,
    needed,
)

GIVEN = 1_000_000.0
TODAY = int(GIVEN // DAY)
VOICE = Terms(Purpose.RESEARCH, Rung.VOICE, asks=False, microphone="mic", recipient="desk", notice="n1", lasts=30 * DAY)
WORDS = Terms(Purpose.COMMANDS, Rung.TEXT, asks=False, microphone="mic", recipient="broker", notice="n2")
ABOUT = Terms(Purpose.STATUS, Rung.METRICS, asks=False, microphone="", recipient="broker", notice="n3")
CONSENT = Consent("c1", VOICE, GIVEN, GIVEN + 30 * DAY)
COMMANDS = Consent("c2", WORDS, GIVEN, GIVEN + 30 * DAY)
STATUS = Consent("c3", ABOUT, GIVEN, GIVEN + 30 * DAY)
CLIP = Flow(Kind.CLIP, "research", "desk", 3.0, confirmed=True, approved=False, rung=Rung.VOICE, microphone="mic")
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, True, True, Rung.TEXT, "mic")
TELL = Flow(Kind.STATUS, "status", "broker", 0.0, True, True, Rung.METRICS)
SHARING = Household(
    muted=False, mode=Mode.SHARE, consents=(CONSENT, COMMANDS, STATUS), offered=frozenset({VOICE, WORDS, ABOUT})
)

OBSTACLES: list[tuple[Reason, Household, Flow, float]] = [
    (Reason.LEDGER_LOST, replace(SHARING, ledger=False), CLIP, GIVEN),
    (Reason.MUTED, replace(SHARING, muted=True), CLIP, GIVEN),
    (Reason.UNCONFIRMED_WAKE, SHARING, replace(CLIP, confirmed=False), GIVEN),
    (Reason.UNKNOWN_PURPOSE, SHARING, replace(CLIP, purpose="advertising"), GIVEN),
    (Reason.UNKNOWN_RUNG, SHARING, replace(ACTION, rung=Rung.VOICE), GIVEN),
    (Reason.TOO_LONG, SHARING, replace(CLIP, seconds=LONGEST_CLIP + 0.01), GIVEN),
    (Reason.TOO_MUCH_BLEEPED, SHARING, replace(CLIP, bleeped=MOST_BLEEPED + 0.01), GIVEN),
    (Reason.LOCAL_MODE, replace(SHARING, mode=Mode.LOCAL), CLIP, GIVEN),
    (Reason.NO_CONSENT, replace(SHARING, consents=(COMMANDS,)), CLIP, GIVEN),
    (Reason.CONSENT_EXPIRED, SHARING, CLIP, CONSENT.until),
    (Reason.OTHER_RECIPIENT, SHARING, replace(CLIP, recipient="elsewhere"), GIVEN),
    (Reason.OTHER_RUNG, SHARING, replace(CLIP, rung=Rung.TEXT), GIVEN),
    (Reason.OTHER_MICROPHONE, SHARING, replace(CLIP, microphone="another"), GIVEN),
    (Reason.TERMS_CHANGED, replace(SHARING, offered=frozenset({WORDS})), CLIP, GIVEN),
    (Reason.QUOTA_USED, replace(SHARING, spent=(Spent("c1", TODAY, MOST_A_DAY),)), CLIP, GIVEN),
    (Reason.NOT_ASKED, replace(SHARING, mode=Mode.ASK), CLIP, GIVEN),
    (Reason.AGREED, SHARING, CLIP, GIVEN),
]
"""One case for every reason, in the order in which the reasons are looked for."""


@pytest.mark.parametrize(
    ("reason", "household", "flow", "now"), OBSTACLES, ids=lambda value: getattr(value, "value", "")
)
def test_each_reason_is_given_where_it_alone_applies(
    reason: Reason, household: Household, flow: Flow, now: float
) -> None:
    """One thing in the way is enough, and it is the one that is named."""
    decision = decide(household, flow, now)
    assert (decision.allowed, decision.reason) == (reason is Reason.AGREED, reason)


def test_the_table_holds_every_reason_in_their_order() -> None:
    """A new reason needs a case here."""
    assert {reason for reason, *_ in OBSTACLES} == set(Reason)
    assert [reason for reason, *_ in OBSTACLES[:-1]] == [reason for reason in Reason if reason is not Reason.AGREED]


def test_the_first_reason_that_applies_wins() -> None:
    """Everything is wrong at first; each thing put right uncovers the next reason."""
    household: Any = Household(muted=True, ledger=False, spent=(Spent("c1", TODAY, MOST_A_DAY),))
    flow: Any = Flow(Kind.CLIP, "advertising", "elsewhere", 99.0, False, False, Rung(2), "another", bleeped=0.9)
    repairs: list[dict[str, Any]] = [
        {"ledger": True},
        {"muted": False},
        {"confirmed": True},
        {"purpose": "wake-tuning"},
        {"purpose": "research"},
        {"seconds": 3.0},
        {"bleeped": 0.0},
        {"mode": Mode.ASK},
        {"consents": (replace(CONSENT, until=GIVEN),)},
        {"consents": (CONSENT,)},
        {"recipient": "desk"},
        {"rung": Rung.VOICE},
        {"microphone": "mic"},
        {"offered": frozenset({VOICE})},
        {"spent": ()},
        {"approved": True},
    ]
    seen = [decide(household, flow, GIVEN).reason]
    for repair in repairs:
        if next(iter(repair)) in Household.__dataclass_fields__:
            household = replace(household, **repair)
        else:
            flow = replace(flow, **repair)
        seen.append(decide(household, flow, GIVEN).reason)
    assert seen == [reason for reason, *_ in OBSTACLES]


def test_a_speaker_that_nobody_has_set_up_sends_nothing() -> None:
    """Left alone it is muted; unmuted, it is local; in share mode, nobody has agreed to anything."""
    assert decide(Household(), CLIP, GIVEN).reason is Reason.MUTED
    assert decide(Household(muted=False), CLIP, GIVEN).reason is Reason.LOCAL_MODE
    assert decide(Household(muted=False, mode=Mode.SHARE), CLIP, GIVEN).reason is Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (GIVEN - 0.001, False),
        (GIVEN, True),
        (CONSENT.until - 0.001, True),
        (CONSENT.until, False),
        (CONSENT.until + 0.001, False),
        (math.nan, False),
        (math.inf, False),
        (-math.inf, False),
    ],
)
def test_a_consent_covers_from_its_first_second_until_before_its_last(now: float, allowed: bool) -> None:
    """The second in which it was given counts, the second in which it ends does not, and no other moment does."""
    assert decide(SHARING, CLIP, now) == (
        Decision(True, Reason.AGREED, "c1") if allowed else Decision(False, Reason.CONSENT_EXPIRED)
    )


@pytest.mark.parametrize("until", [GIVEN + LONGEST_CONSENT, GIVEN + 10 * LONGEST_CONSENT, math.inf])
def test_no_consent_lasts_longer_than_ninety_days(until: float) -> None:
    """Whatever date stands in it."""
    terms = replace(VOICE, lasts=math.inf)
    consent = Consent("c1", terms, GIVEN, until)
    household = replace(SHARING, consents=(consent,), offered=frozenset({terms}))
    assert consent.ends == GIVEN + 90 * DAY
    assert decide(household, CLIP, GIVEN + 90 * DAY - 1).allowed
    assert decide(household, CLIP, GIVEN + 90 * DAY).reason is Reason.CONSENT_EXPIRED


def test_no_consent_lasts_longer_than_its_terms_say() -> None:
    """Whatever date stands in it."""
    consent = replace(CONSENT, until=GIVEN + 60 * DAY)
    assert consent.ends == GIVEN + 30 * DAY
    assert decide(replace(SHARING, consents=(consent,)), CLIP, GIVEN + 30 * DAY).reason is Reason.CONSENT_EXPIRED


@pytest.mark.parametrize(
    "broken", [{"given": math.nan}, {"until": math.nan}, {"given": math.inf}, {"given": -math.inf}]
)
def test_a_consent_whose_dates_make_no_sense_covers_nothing(broken: dict[str, Any]) -> None:
    """Not a number, or no number that a clock shows."""
    household = replace(SHARING, consents=(replace(CONSENT, **broken),))
    assert not any(decide(household, CLIP, now).allowed for now in (0.0, GIVEN, GIVEN + DAY, 1e12))


@pytest.mark.parametrize(
    ("seconds", "allowed"),
    [(0.0, True), (LONGEST_CLIP, True), (LONGEST_CLIP + 0.001, False), (-0.001, False), (math.nan, False)],
)
def test_a_clip_lasts_twenty_seconds_at_most(seconds: float, allowed: bool) -> None:
    """And a length that makes no sense is too long."""
    decision = decide(SHARING, replace(CLIP, seconds=seconds), GIVEN)
    assert decision.reason is (Reason.AGREED if allowed else Reason.TOO_LONG)


@pytest.mark.parametrize("purpose", ["", "Research", "research ", "voice", "all", "*", "commands,research"])
def test_an_unknown_purpose_is_refused(purpose: str) -> None:
    """Only the very words count, whatever the household agreed to."""
    assert decide(SHARING, replace(CLIP, purpose=purpose), GIVEN).reason is Reason.UNKNOWN_PURPOSE


def flow_of(purpose: Purpose, rung: Rung, *, approved: bool = True) -> Flow:
    """The flow that a consent for this purpose and rung covers."""
    kinds = {Purpose.COMMANDS: Kind.ACTION, Purpose.STATUS: Kind.STATUS}
    return Flow(kinds.get(purpose, Kind.CLIP), purpose.value, "there", 1.0, True, approved, rung, "mic")


def agreeing(purpose: Purpose, rung: Rung, *, asks: bool = False, **other: Any) -> Household:
    """A household that agreed to this and nothing else."""
    terms = Terms(purpose, rung, asks, "mic", "there", "notice")
    consents = (Consent("c", terms, GIVEN, GIVEN + DAY),)
    return Household(False, Mode.SHARE, consents, offered=frozenset({terms}), **other)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("rung", list(Rung))
def test_each_purpose_and_each_rung_need_their_own_consent(purpose: Purpose, rung: Rung) -> None:
    """A consent to one covers no other: a higher rung does not include the lower ones. Some are never covered."""
    possible = rung in RUNGS[purpose]
    for agreed in Purpose:
        for to in Rung:
            allowed = decide(agreeing(agreed, to), flow_of(purpose, rung), GIVEN).allowed
            assert allowed is (possible and (agreed, to) == (purpose, rung))


@pytest.mark.parametrize(("bleeped", "allowed"), [(0.0, True), (0.4, True), (0.41, False), (-0.1, False)])
def test_a_clip_of_which_little_is_left_does_not_leave(bleeped: float, allowed: bool) -> None:
    """Of what is hidden further than two fifths, nobody can say that it was a command; nor of what makes no sense."""
    decision = decide(SHARING, replace(CLIP, bleeped=bleeped), GIVEN)
    assert decision.reason is (Reason.AGREED if allowed else Reason.TOO_MUCH_BLEEPED)
    assert decide(SHARING, replace(CLIP, bleeped=math.nan), GIVEN).reason is Reason.TOO_MUCH_BLEEPED


@pytest.mark.parametrize(
    ("quota", "count", "allowed"), [(3, 2, True), (3, 3, False), (999, 59, True), (999, 60, False)]
)
def test_a_quota_is_counted_by_the_day(quota: int, count: int, allowed: bool) -> None:
    """Sixty at most, whatever was agreed; another day's parcels and another consent's do not count."""
    terms = replace(VOICE, quota=quota)
    spent = (Spent("c1", TODAY, count), Spent("c1", TODAY - 1, 60), Spent("c9", TODAY, 60))
    household = replace(SHARING, consents=(replace(CONSENT, terms=terms),), offered=frozenset({terms}), spent=spent)
    assert decide(household, CLIP, GIVEN).allowed is allowed


@pytest.mark.parametrize("purpose", sorted(HOUSEHOLD))
def test_what_stays_with_the_household_has_no_quota(purpose: Purpose) -> None:
    """Nobody's lights stop working in the evening."""
    (rung,) = RUNGS[purpose]
    household = agreeing(purpose, rung, spent=(Spent("c", TODAY, 1000),))
    assert decide(household, flow_of(purpose, rung), GIVEN).allowed


def test_of_itself_the_speaker_may_tell_though_it_is_muted_and_local() -> None:
    """What was agreed to under its own purpose, and nothing that was heard; without a consent not even that."""
    quiet = replace(SHARING, muted=True, mode=Mode.LOCAL)
    assert decide(quiet, TELL, GIVEN) == Decision(True, Reason.AGREED, "c3")
    assert decide(replace(quiet, consents=(CONSENT, COMMANDS)), TELL, GIVEN).reason is (Reason.NO_CONSENT)
    assert decide(replace(quiet, ledger=False), TELL, GIVEN).reason is Reason.LEDGER_LOST
    assert not decide(quiet, replace(CLIP, kind=Kind.STATUS), GIVEN).allowed
    assert not decide(quiet, replace(TELL, kind=Kind.CLIP), GIVEN).allowed


def test_a_recording_never_leaves_as_a_command() -> None:
    """Agreeing to commands is agreeing to text, even for a clip that somebody said yes to."""
    disguised = replace(CLIP, purpose="commands", recipient="broker", rung=Rung.TEXT, approved=True)
    assert decide(SHARING, disguised, GIVEN).reason is Reason.UNKNOWN_PURPOSE


def test_a_command_never_leaves_for_another_purpose() -> None:
    """Nobody researches what the lights are told."""
    disguised = replace(ACTION, purpose="research", recipient="desk")
    assert decide(SHARING, disguised, GIVEN).reason is Reason.UNKNOWN_PURPOSE


@pytest.mark.parametrize(
    ("mode", "clip", "approved", "action"),
    [(Mode.LOCAL, False, False, False), (Mode.ASK, False, True, True), (Mode.SHARE, True, True, True)],
)
def test_each_mode_lets_out_what_it_says(mode: Mode, clip: bool, approved: bool, action: bool) -> None:
    """Local lets out nothing, ask what was said yes to, share what was agreed to."""
    household = replace(SHARING, mode=mode)
    flows = (CLIP, replace(CLIP, approved=True), ACTION)
    assert tuple(decide(household, flow, GIVEN).allowed for flow in flows) == (clip, approved, action)


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_purpose_works_from_the_mode_it_needs(purpose: Purpose, asks: bool) -> None:
    """In a lower mode, it lets nothing out; what asks works from the mode in which somebody is asked."""
    for rung in RUNGS[purpose]:
        household = agreeing(purpose, rung, asks=asks)
        flow = flow_of(purpose, rung, approved=asks or purpose in HOUSEHOLD)
        works = [mode for mode in Mode if decide(replace(household, mode=mode), flow, GIVEN).allowed]
        assert works == [mode for mode in Mode if mode >= needed(household.consents[0].terms)]


def test_a_consent_that_asks_asks_in_every_mode() -> None:
    """Also while others of its kind leave unasked."""
    household = agreeing(Purpose.RESEARCH, Rung.VOICE, asks=True)
    flow = flow_of(Purpose.RESEARCH, Rung.VOICE, approved=False)
    assert decide(household, flow, GIVEN).reason is Reason.NOT_ASKED
    assert decide(household, replace(flow, approved=True), GIVEN).allowed


def test_the_decision_names_the_consent_that_covers_it() -> None:
    """Of several for one purpose, the first that is live and has the right recipient."""
    expired = replace(CONSENT, id="old", until=GIVEN)
    elsewhere = replace(CONSENT, id="elsewhere", terms=replace(VOICE, recipient="elsewhere"))
    household = replace(SHARING, consents=(expired, elsewhere, CONSENT, replace(CONSENT, id="later")))
    assert decide(household, CLIP, GIVEN) == Decision(True, Reason.AGREED, "c1")
