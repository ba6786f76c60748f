"""Every history of a few small houses, tried on the shipped privacy core itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privacy_sentences import SENTENCES, louder_of, quieter
from privacy_world import ACTION, CLIP, NEVER, SOON, START, World, fall, moves

from keepmum.consent import DAY, Consent, Mode, Purpose
from keepmum.privacy import Fault, Owner, State, effects, events
from keepmum.privacy.state import HOUR, Lasting

pytestmark = pytest.mark.no_cover
"""Coverage would take more than twice as long, and the other tests reach every branch without this search."""


def test_every_sentence_holds_in_every_history(searched: Callable[[str], Any], every_house: str) -> None:
    """No history of events, falls and failures, however long, breaks one of the sentences."""
    outcome = searched(every_house)
    print(f"{every_house}: {outcome}")
    assert not outcome.broken, str(outcome)


def test_the_search_saw_thousands_of_worlds(searched: Callable[[str], Any], houses: tuple[str, ...]) -> None:
    """A search that sees little proves little."""
    outcomes = [searched(house) for house in houses]
    assert sum(outcome.worlds for outcome in outcomes) > 5_000
    assert sum(outcome.moves for outcome in outcomes) > 100_000


def test_the_search_saw_every_effect(searched: Callable[[str], Any], houses: tuple[str, ...]) -> None:
    """Things do leave in these houses: nothing holds only because nothing happens."""
    seen = frozenset[str]().union(*(searched(house).effects for house in houses))
    assert seen == {kind.__name__ for kind in effects.Effect.__subclasses__()}


def test_what_nothing_covers_is_never_sealed(searched: Callable[[str], Any]) -> None:
    """An unconfirmed, misdirected, made-up or disguised flow gets no further than the question."""
    assert not searched("what nothing covers").effects & {"Seal", "Put", "HandOver"}


def _states() -> list[State]:
    given = Consent("c1", Purpose.RESEARCH, "desk", 0.0, DAY)
    hour, night = Lasting(Owner.GUEST, HOUR), Lasting(Owner.GUEST, 9 * HOUR)
    latches: tuple[tuple[set[Owner], tuple[Lasting, ...]], ...] = (
        (set(), ()),
        ({Owner.BUTTON}, ()),
        ({Owner.GUEST}, (hour,)),
        ({Owner.GUEST}, (night,)),
        ({Owner.GUEST}, ()),
        ({Owner.BUTTON, Owner.GUEST}, (night,)),
    )
    every = product(latches, (Mode.LOCAL, Mode.SHARE), ((), (given,)), (0.0, 1.0), (True, False))
    return [
        State(mutes=frozenset(mutes), lasting=lasting, mode=mode, consents=c, wall=wall, ledger=ledger)
        for (mutes, lasting), mode, c, wall, ledger in every
    ]


def test_quieter_is_a_partial_order() -> None:
    """It holds for a state and itself, for two different states one way at most, and along a chain."""
    states = _states()
    assert all(quieter(one, one) for one in states)
    pairs = {(one, other) for one, other in product(states, states) if quieter(one, other)}
    assert all(one == other for one, other in pairs if (other, one) in pairs)
    assert all((one, third) in pairs for one, other in pairs for third in states if (other, third) in pairs)


def test_both_states_are_quieter_than_the_louder_of_the_two() -> None:
    """And nothing quieter than that has both below it."""
    states = _states()
    for one, other in product(states, states):
        louder = louder_of(one, other)
        assert quieter(one, louder)
        assert quieter(other, louder)
        assert all(quieter(louder, bound) for bound in states if quieter(one, bound) and quieter(other, bound))


_SECONDS = st.sampled_from([0.0, 0.1, 0.69, 0.7, 1.5, 2.99, 3.0, 59.9, 60.0, 600.0])
_PAUSES = st.sampled_from([0.0, 0.7, 3.0, 61.0, 0.9 * HOUR, 5 * HOUR, 13 * HOUR])
_LASTS = st.sampled_from([None, -1.0, 0.5 * HOUR, 1.25 * HOUR, 1.75 * HOUR, 30 * HOUR, math.nan, math.inf])
_HAND = [owner for owner in Owner if owner is not Owner.FAULT]
_WALLS = st.sampled_from([0.0, SOON, SOON + 29.9, SOON + 30.0, SOON + 89 * DAY, SOON + 91 * DAY])
_OWNERS = st.sampled_from(_HAND)
_WANTS = st.sampled_from(["mute", "mute", "guest", "local", "withdraw", "forget", "louder", ""])
_PROPOSALS = [(Purpose.ASR_IMPROVEMENT.value, "desk"), ("commands", "broker"), ("research", ""), ("advertising", "x")]
_FLOWS = [("clip", CLIP, None), ("errand", ACTION, SOON + 30.0), *NEVER]


_MISHAPS = (events.UplinkGone, events.LedgerLost, events.Retried, events.Sounded, events.Proved)


@st.composite
def _events(draw: st.DrawFn, world: World, number: int) -> events.Event:
    """Anything that can happen, with any times and any owner, as event `number` of a history."""
    when = draw(_SECONDS), draw(_WALLS)
    if not world.up:
        return events.Booted(*when, world.outbox)
    if world.sealing and draw(st.booleans()):
        seal = draw(st.sampled_from(world.sealing)).seal
        return events.Sealed(*when, seal.id, seal.flow, seal.consent, 9, "f" * 64, seal.expires)
    purpose, recipient = draw(st.sampled_from(_PROPOSALS))
    waiting = draw(st.sampled_from(["unheard-of", *(boxed.id for boxed in world.outbox)]))
    name, flow, expires = draw(st.sampled_from(_FLOWS))
    return draw(
        st.sampled_from(
            [
                events.Ticked(*when),
                events.Ticked(draw(_PAUSES), when[1]),
                events.Pressed(*when),
                events.Released(*when),
                events.Quieter(*when, draw(_WANTS), draw(_OWNERS), draw(st.sampled_from(events.Cause)), draw(_LASTS)),
                events.Broken(*when, draw(st.sampled_from(Fault))),
                events.Proposed(*when, f"consent-{number}", purpose, recipient),
                events.Proposed(*when, f"consent-{number}", purpose, recipient),
                events.Wanted(*when, f"{name}-{number}", flow, expires),
                events.Wanted(*when, f"{name}-{number}", flow, expires),
                events.UplinkReady(*when),
                events.Delivered(*when, waiting),
                events.Failed(*when, waiting, "no", draw(st.booleans())),
                *(mishap(*when) for mishap in _MISHAPS),
            ]
        )
    )


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_every_sentence_holds_in_random_histories(data: st.DataObject) -> None:
    """The second line: any seconds, all owners and more parcels than the search has, but not every history."""
    world = START
    for number in range(30):
        possible = list(moves(world, data.draw(_events(world, number))))
        if world.up:
            possible.append(fall(world))
        for move in possible:
            assert [sentence.__name__ for sentence in SENTENCES if not sentence(move)] == []
        world = data.draw(st.sampled_from(possible[:1] * 9 + possible)).after
