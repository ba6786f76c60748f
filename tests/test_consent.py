"""What may leave: every reason, the order of the reasons, the boundary seconds, and that nothing tight turns loose."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.consent import (
    DAY,
    LONGEST_CLIP,
    LONGEST_CONSENT,
    Consent,
    Decision,
    Flow,
    Household,
    Kind,
    Mode,
    Purpose,
    Reason,
    decide,
    needed,
)

GIVEN = 1_000_000.0
CONSENT = Consent("c1", Purpose.RESEARCH, "desk", GIVEN, GIVEN + 30 * DAY)
COMMANDS = Consent("c2", Purpose.COMMANDS, "broker", GIVEN, GIVEN + 30 * DAY)
CLIP = Flow(Kind.CLIP, "research", "desk", 3.0, confirmed=True, approved=False)
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, confirmed=True, approved=True)
SHARING = Household(muted=False, mode=Mode.SHARE, consents=(CONSENT, COMMANDS))

OBSTACLES: list[tuple[Reason, Household, Flow, float]] = [
    (Reason.MUTED, replace(SHARING, muted=True), CLIP, GIVEN),
    (Reason.LEDGER_LOST, replace(SHARING, ledger=False), CLIP, GIVEN),
    (Reason.UNCONFIRMED_WAKE, SHARING, replace(CLIP, confirmed=False), GIVEN),
    (Reason.UNKNOWN_PURPOSE, SHARING, replace(CLIP, purpose="advertising"), GIVEN),
    (Reason.TOO_LONG, SHARING, replace(CLIP, seconds=LONGEST_CLIP + 0.01), GIVEN),
    (Reason.LOCAL_MODE, replace(SHARING, mode=Mode.LOCAL), CLIP, GIVEN),
    (Reason.NO_CONSENT, replace(SHARING, consents=(COMMANDS,)), CLIP, GIVEN),
    (Reason.CONSENT_EXPIRED, SHARING, CLIP, CONSENT.until),
    (Reason.OTHER_RECIPIENT, SHARING, replace(CLIP, recipient="elsewhere"), GIVEN),
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
    household = Household(muted=True, mode=Mode.LOCAL, consents=(), ledger=False)
    flow = Flow(Kind.CLIP, "advertising", "elsewhere", 99.0, confirmed=False, approved=False)
    other = replace(CONSENT, until=GIVEN)
    repairs: list[dict[str, object]] = [
        {"muted": False},
        {"ledger": True},
        {"confirmed": True},
        {"purpose": "research"},
        {"seconds": 3.0},
        {"mode": Mode.ASK},
        {"consents": (other,)},
        {"consents": (CONSENT,)},
        {"recipient": "desk"},
        {"approved": True},
    ]
    seen = [decide(household, flow, GIVEN).reason]
    for repair in repairs:
        if next(iter(repair)) in Household.__dataclass_fields__:
            household = replace(household, **repair)  # type: ignore[arg-type]
        else:
            flow = replace(flow, **repair)  # type: ignore[arg-type]
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
    consent = replace(CONSENT, until=until)
    household = replace(SHARING, consents=(consent,))
    assert consent.ends == GIVEN + 90 * DAY
    assert decide(household, CLIP, GIVEN + 90 * DAY - 1).allowed
    assert decide(household, CLIP, GIVEN + 90 * DAY).reason is Reason.CONSENT_EXPIRED


@pytest.mark.parametrize(
    "broken", [{"given": math.nan}, {"until": math.nan}, {"given": math.inf}, {"given": -math.inf}]
)
def test_a_consent_whose_dates_make_no_sense_covers_nothing(broken: dict[str, float]) -> None:
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


@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_purpose_needs_its_own_consent(purpose: Purpose) -> None:
    """A consent for one purpose covers no other."""
    kind, recipient = (Kind.ACTION, "broker") if purpose is Purpose.COMMANDS else (Kind.CLIP, "desk")
    flow = Flow(kind, purpose.value, recipient, 1.0, confirmed=True, approved=True)
    for agreed in Purpose:
        household = replace(SHARING, consents=(Consent("c", agreed, recipient, GIVEN, GIVEN + DAY),))
        assert decide(household, flow, GIVEN).allowed is (agreed is purpose)


def test_a_recording_never_leaves_as_a_command() -> None:
    """Agreeing to commands is agreeing to text, even for a clip that somebody said yes to."""
    disguised = replace(CLIP, purpose="commands", recipient="broker", approved=True)
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


def test_each_purpose_works_from_the_mode_it_needs() -> None:
    """In a lower mode, unasked, it lets nothing out."""
    for purpose in Purpose:
        flow = ACTION if purpose is Purpose.COMMANDS else replace(CLIP, purpose=purpose.value)
        consents = (Consent("c", purpose, flow.recipient, GIVEN, GIVEN + DAY),)
        works = [mode for mode in Mode if decide(Household(False, mode, consents), flow, GIVEN).allowed]
        assert works == [mode for mode in Mode if mode >= needed(purpose)]


def test_the_decision_names_the_consent_that_covers_it() -> None:
    """Of several for one purpose, the first that is live and has the right recipient."""
    expired = replace(CONSENT, id="old", until=GIVEN)
    elsewhere = replace(CONSENT, id="elsewhere", recipient="elsewhere")
    household = replace(SHARING, consents=(expired, elsewhere, CONSENT, replace(CONSENT, id="later")))
    assert decide(household, CLIP, GIVEN) == Decision(True, Reason.AGREED, "c1")


# ---- any household, any flow


def _mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """Mostly what lets things out, so that both answers come up."""
    return st.sampled_from([usual] * 8 + list(others))


_MOMENTS = st.floats(GIVEN - 10 * DAY, GIVEN + 100 * DAY)
_CONSENTS = st.builds(
    Consent,
    id=st.sampled_from(["c1", "c2", "c3"]),
    purpose=_mostly(Purpose.RESEARCH, Purpose.DIAGNOSTICS),
    recipient=_mostly("desk", "elsewhere"),
    given=st.floats(GIVEN - 100 * DAY, GIVEN + 10 * DAY),
    until=_mostly(math.inf, GIVEN, GIVEN + 50 * DAY),
)
_HOUSEHOLDS = st.builds(
    Household,
    muted=_mostly(False, True),
    mode=_mostly(Mode.SHARE, Mode.ASK, Mode.LOCAL),
    consents=st.lists(_CONSENTS, min_size=1, max_size=4).map(tuple),
    ledger=_mostly(True, False),
)
_FLOWS = st.builds(
    Flow,
    kind=_mostly(Kind.CLIP, Kind.ACTION),
    purpose=_mostly("research", "diagnostics", "advertising"),
    recipient=_mostly("desk", "elsewhere"),
    seconds=_mostly(3.0, 30.0),
    confirmed=_mostly(True, False),
    approved=st.booleans(),
)
_QUICK = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@given(_HOUSEHOLDS, _FLOWS, _MOMENTS)
@_QUICK
def test_without_a_consent_nothing_is_ever_allowed(household: Household, flow: Flow, now: float) -> None:
    """Whatever else is true."""
    assert not decide(replace(household, consents=()), flow, now).allowed


@given(_HOUSEHOLDS, _FLOWS, _MOMENTS)
@_QUICK
def test_what_is_allowed_is_covered_by_the_consent_it_names(household: Household, flow: Flow, now: float) -> None:
    """Same purpose, same recipient, live; and a no names none."""
    decision = decide(household, flow, now)
    named = [consent for consent in household.consents if consent.id == decision.consent]
    assert decision.allowed is (decision.reason is Reason.AGREED) is bool(decision.consent)
    assert not decision.allowed or any(
        (consent.purpose, consent.recipient) == (flow.purpose, flow.recipient)
        and consent.given <= now < min(consent.until, consent.given + LONGEST_CONSENT)
        for consent in named
    )


@given(_HOUSEHOLDS, _FLOWS, _MOMENTS, st.integers(0, 3))
@_QUICK
def test_tightening_never_turns_a_no_into_a_yes(household: Household, flow: Flow, now: float, which: int) -> None:
    """Not muting, a lower mode, one consent fewer, a lost ledger or an unconfirmed wake."""
    tighter = [
        replace(household, muted=True),
        replace(household, ledger=False),
        *(replace(household, mode=mode) for mode in Mode if mode < household.mode),
        replace(household, consents=household.consents[:which] + household.consents[which + 1 :]),
    ]
    if not decide(household, flow, now).allowed:
        assert not any(decide(house, flow, now).allowed for house in tighter)
        assert not decide(household, replace(flow, confirmed=False), now).allowed


@given(_HOUSEHOLDS, _FLOWS, st.floats(0.0, 200 * DAY), st.floats(0.0, 200 * DAY))
@_QUICK
def test_what_has_ended_never_comes_back(household: Household, flow: Flow, since: float, later: float) -> None:
    """Once every consent has begun, waiting never turns a no into a yes; once every one has ended, all is no."""
    begun = max((consent.given for consent in household.consents), default=0.0)
    ended = max((consent.ends for consent in household.consents), default=0.0)
    if not decide(household, flow, begun + since).allowed:
        assert not decide(household, flow, begun + since + later).allowed
    assert not decide(household, flow, max(begun, ended) + later).allowed
