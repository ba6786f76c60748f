"""Every history of a few small houses, tried on the shipped privacy core itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from privacy_histories import happening, start
from privacy_houses import CLIP, RELIABILITY, SCARCE, VOICE
from privacy_order import louder_of, quieter
from privacy_sentences import sentences
from privacy_world import fall, moves

from keepmum.consent import DAY, Consent, Mode, Spent
from keepmum.privacy import Boxed, Owner, State, effects
from keepmum.privacy.state import HOUR, Asking, Lasting, Outside

HISTORIES = int(os.environ.get("KEEPMUM_HISTORIES", "60"))
"""Random histories; whoever has the time says KEEPMUM_HISTORIES=10000."""

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


def test_the_short_search_saw_thousands_of_worlds(searched: Callable[[str], Any]) -> None:
    """Those about what leaves, and about falls and failures on its way."""
    outcomes = [searched(house) for house in RELIABILITY]
    assert sum(outcome.worlds for outcome in outcomes) > 3_000
    assert not any(outcome.broken for outcome in outcomes)


def test_the_search_saw_every_effect(searched: Callable[[str], Any], houses: tuple[str, ...]) -> None:
    """Things do leave in these houses: nothing holds only because nothing happens."""
    seen = frozenset[str]().union(*(searched(house).effects for house in houses))
    assert seen == {kind.__name__ for kind in effects.Effect.__subclasses__()}


def test_what_nothing_covers_is_never_sealed(searched: Callable[[str], Any]) -> None:
    """An unconfirmed, misdirected, made-up or disguised flow gets no further than the question."""
    assert not searched("what nothing covers").effects & {"Seal", "Put", "HandOver"}


def _states() -> list[State]:
    given = Consent("c1", VOICE, 0.0, DAY)
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


def _sending() -> list[State]:
    """Every way in which two states can differ in what they send, and what they want back."""
    clip = Boxed("p1", CLIP, "c1")
    wanted = Outside("p0", "c1", 0.0, DAY, demanded=0.0)
    every = product(
        ((), (clip,), (Boxed("p1", replace(CLIP, approved=True), "c1"),)),
        ((), (Asking(Boxed("p2", CLIP, "c1"), 0.0),)),
        ((Spent("c1", 0, 1),), (Spent("c1", 0, 2),)),
        ((), (wanted,)),
        (frozenset({VOICE}), frozenset({VOICE, SCARCE})),
    )
    return [
        State(frozenset(), box=box, asking=asking, spent=spent, outside=outside, offered=offered)
        for box, asking, spent, outside, offered in every
    ]


@pytest.mark.parametrize("every", [_states, _sending])
def test_quieter_is_a_partial_order(every: Callable[[], list[State]]) -> None:
    """It holds for a state and itself, for two different states one way at most, and along a chain."""
    states = every()
    assert all(quieter(one, one) for one in states)
    pairs = {(one, other) for one, other in product(states, states) if quieter(one, other)}
    assert all(one == other for one, other in pairs if (other, one) in pairs)
    above = {one: {other for other in states if (one, other) in pairs} for one in states}
    assert all(above[other] <= above[one] for one, other in pairs)


@pytest.mark.parametrize("every", [_states, _sending])
def test_both_states_are_quieter_than_the_louder_of_the_two(every: Callable[[], list[State]]) -> None:
    """And nothing quieter than that has both below it."""
    states = every()
    for one, other in product(states, states):
        louder = louder_of(one, other)
        assert quieter(one, louder)
        assert quieter(other, louder)
        assert all(quieter(louder, bound) for bound in states if quieter(one, bound) and quieter(other, bound))


@given(st.data())
@settings(
    max_examples=HISTORIES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_every_sentence_holds_in_random_histories(data: st.DataObject) -> None:
    """The second line: any seconds, all owners, consents and parcels than the search has, but not every history."""
    world = start(data.draw(st.booleans()))
    for number in range(30):
        possible = list(moves(world, data.draw(happening(world, number))))
        if world.up:
            possible.append(fall(world))
        for move in possible:
            assert [sentence.__name__ for sentence in sentences(move) if not sentence(move)] == []
        world = data.draw(st.sampled_from(possible[:1] * 9 + possible)).after
