"""Which of two states is the quieter: a partial order, and the quietest state that two of them are quieter than."""

from __future__ import annotations

from math import inf

from keepmum.consent import Spent
from keepmum.privacy import Owner, State
from keepmum.privacy.state import Lasting


def ends(state: State) -> dict[Owner, float]:
    """When each who holds the microphone closed lets go without a hand; `inf` is never."""
    return dict.fromkeys(state.mutes, inf) | {each.owner: each.until for each in state.lasting}


def quieter(one: State, other: State) -> bool:
    """Whether `one` lets out and takes in no more than `other`, now and later: a partial order."""
    mine = ends(one)
    closed = all(mine.get(owner, -inf) >= until for owner, until in ends(other).items())
    return closed and allows_no_more(one, other) and sends_no_more(one, other)


def allows_no_more(one: State, other: State) -> bool:
    """Whether `one` lets out no more than `other`, open as they may be."""
    return (
        one.mode <= other.mode
        and set(one.consents) <= set(other.consents)
        and one.ledger <= other.ledger
        and one.wall >= other.wall
        and one.offered <= other.offered
    )


def sends_no_more(one: State, other: State) -> bool:
    """Whether nothing is on its way, or waits for an answer, that is not in `other`, and as much is wanted back."""
    used, before = spent(one), spent(other)
    return (
        released(one) <= released(other)
        and {each.boxed.id for each in one.asking} <= {each.boxed.id for each in other.asking}
        and all(used.get(name, 0) >= count for name, count in before.items())
        and wanted_back(one) >= wanted_back(other)
    )


def released(state: State) -> frozenset[tuple[str, str, bool]]:
    """What is sealed or waits, and whether somebody said yes to it."""
    return frozenset((each.id, each.consent, each.flow.approved) for each in (*state.sealing, *state.box))


def spent(state: State) -> dict[tuple[str, int], int]:
    """What is used of each quota."""
    return {(each.consent, each.day): each.count for each in state.spent}


def wanted_back(state: State) -> frozenset[str]:
    """The clips whose destruction is demanded."""
    return frozenset(each.id for each in state.outside if each.demanded is not None)


def louder_of(one: State, other: State) -> State:
    """The quietest state that both are quieter than."""
    mine, theirs = ends(one), ends(other)
    both = {owner: min(mine[owner], theirs[owner]) for owner in sorted(mine.keys() & theirs.keys())}
    used, more = spent(one), spent(other)
    back = wanted_back(one) & wanted_back(other)
    return State(
        mutes=frozenset(both),
        lasting=tuple(Lasting(owner, until) for owner, until in both.items() if until < inf),
        mode=max(one.mode, other.mode),
        consents=tuple({*one.consents, *other.consents}),
        wall=min(one.wall, other.wall),
        ledger=one.ledger or other.ledger,
        offered=one.offered | other.offered,
        box=tuple({*one.box, *other.box}),
        sealing=tuple({*one.sealing, *other.sealing}),
        asking=tuple({*one.asking, *other.asking}),
        spent=tuple(Spent(*name, min(used[name], more[name])) for name in sorted(used.keys() & more.keys())),
        outside=tuple(each for each in one.outside if each.id in back),
    )
