"""Any household and any flow: without a consent nothing leaves, and nothing tight turns loose."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.consent import (
    DAY,
    LONGEST_CONSENT,
    Consent,
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
)

GIVEN = 1_000_000.0
TODAY = int(GIVEN // DAY)


def _mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """Mostly what lets things out, so that both answers come up."""
    return st.sampled_from([usual] * 8 + list(others))


_MOMENTS = st.floats(GIVEN - 10 * DAY, GIVEN + 100 * DAY)
_TERMS = st.builds(
    Terms,
    purpose=_mostly(Purpose.RESEARCH, Purpose.DIAGNOSTICS),
    rung=_mostly(Rung.VOICE, Rung.METRICS),
    asks=_mostly(False, True),
    microphone=_mostly("mic", "another"),
    recipient=_mostly("desk", "elsewhere"),
    notice=_mostly("n1", "n2"),
    lasts=_mostly(LONGEST_CONSENT, 10 * DAY),
    quota=_mostly(5, 0, 1),
)
_CONSENTS = st.builds(
    Consent,
    id=st.sampled_from(["c1", "c2", "c3"]),
    terms=_TERMS,
    given=st.floats(GIVEN - 100 * DAY, GIVEN + 10 * DAY),
    until=_mostly(math.inf, GIVEN, GIVEN + 50 * DAY),
)
_SPENT = st.builds(Spent, st.sampled_from(["c1", "c2"]), st.integers(TODAY - 1, TODAY + 1), st.integers(0, 2))


@st.composite
def _households(draw: st.DrawFn) -> Household:
    consents = tuple(draw(st.lists(_CONSENTS, min_size=1, max_size=4)))
    offered = frozenset(consent.terms for consent in consents if draw(_mostly(True, False)))
    mode, spent = draw(_mostly(Mode.SHARE, Mode.ASK, Mode.LOCAL)), tuple(draw(st.lists(_SPENT, max_size=3)))
    return Household(draw(_mostly(False, True)), mode, consents, draw(_mostly(True, False)), offered, spent)


_HOUSEHOLDS = _households()
_FLOWS = st.builds(
    Flow,
    kind=_mostly(Kind.CLIP, Kind.ACTION, Kind.STATUS),
    purpose=_mostly("research", "diagnostics", "advertising"),
    recipient=_mostly("desk", "elsewhere"),
    seconds=_mostly(3.0, 30.0),
    confirmed=_mostly(True, False),
    approved=st.booleans(),
    rung=_mostly(Rung.VOICE, Rung.METRICS),
    microphone=_mostly("mic", "another"),
    bleeped=_mostly(0.0, 0.5),
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
    """Same purpose, rung, microphone and recipient, still offered, live; and a no names none."""
    decision = decide(household, flow, now)
    named = [consent for consent in household.consents if consent.id == decision.consent]
    assert decision.allowed is (decision.reason is Reason.AGREED) is bool(decision.consent)
    assert not decision.allowed or any(
        (consent.purpose, consent.recipient) == (flow.purpose, flow.recipient)
        and (consent.terms.rung, consent.terms.microphone) == (flow.rung, flow.microphone)
        and consent.terms in household.offered
        and (flow.approved or (household.mode is Mode.SHARE and not consent.terms.asks))
        and consent.given <= now < min(consent.until, consent.given + min(consent.terms.lasts, LONGEST_CONSENT))
        for consent in named
    )


def _asking(household: Household) -> Household:
    """The same agreements, but each clip is to be asked about."""
    asking = {consent.terms: replace(consent.terms, asks=True) for consent in household.consents}
    consents = tuple(replace(consent, terms=asking[consent.terms]) for consent in household.consents)
    return replace(household, consents=consents, offered=frozenset(asking[terms] for terms in household.offered))


@given(_HOUSEHOLDS, _FLOWS, _MOMENTS, st.integers(0, 3))
@_QUICK
def test_tightening_never_turns_a_no_into_a_yes(household: Household, flow: Flow, now: float, which: int) -> None:
    """Muting, a lower mode, one consent or one offer fewer, more of a quota used, a lost ledger; an unconfirmed wake,
    more that is bleeped, a longer sound, nobody's yes."""
    consents, offered = household.consents, sorted(household.offered, key=repr)
    more = tuple(Spent(consent.id, int(now // DAY), 1) for consent in consents)
    tighter = [
        replace(household, muted=True),
        replace(household, ledger=False),
        *(replace(household, mode=mode) for mode in Mode if mode < household.mode),
        replace(household, consents=consents[:which] + consents[which + 1 :]),
        replace(household, offered=frozenset(offered[:which] + offered[which + 1 :])),
        replace(household, spent=household.spent + more),
        _asking(household),
    ]
    stricter = [replace(flow, confirmed=False), replace(flow, approved=False)]
    stricter += [replace(flow, seconds=flow.seconds * 10), replace(flow, bleeped=flow.bleeped + 0.3)]
    if not decide(household, flow, now).allowed:
        assert not any(decide(house, flow, now).allowed for house in tighter)
        assert not any(decide(household, other, now).allowed for other in stricter)


@given(_HOUSEHOLDS, _FLOWS, st.floats(0.0, 200 * DAY), st.floats(0.0, 200 * DAY))
@_QUICK
def test_what_has_ended_never_comes_back(household: Household, flow: Flow, since: float, later: float) -> None:
    """Once every consent has begun and no quota is used, waiting never turns a no into a yes; once every one has ended,
    all is no."""
    household = replace(household, spent=())
    begun = max((consent.given for consent in household.consents), default=0.0)
    ended = max((consent.ends for consent in household.consents), default=0.0)
    if not decide(household, flow, begun + since).allowed:
        assert not decide(household, flow, begun + since + later).allowed
    assert not decide(household, flow, max(begun, ended) + later).allowed
