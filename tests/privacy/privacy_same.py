"""Worlds that nobody could tell apart are the same world, which is what makes them few enough to see them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from privacy_house import House
from privacy_place import World
from privacy_rows import Told
from privacy_witness import Taps

from keepmum.consent import MOST_A_DAY, Spent
from keepmum.privacy import Boxed, State
from keepmum.privacy.state import Outside

Ceiling = Callable[[float], float]

FEW = 1
"""So many attempts are told apart; that they end one day has a test of its own."""


def same(house: House, world: World) -> World:
    """The one world that stands for all that only differ in moments between two of this house's."""
    if not house.flows:
        return world._replace(state=_untapped(house, world.state), witness=_unseen(house, world))
    to = house.ceiling
    state = _untapped(house, world.state)
    if state.box or state.outside or state.spent:
        box, outside = (_boxed(each, to) for each in state.box), (_outside(each, to) for each in state.outside)
        state = replace(state, box=tuple(box), outside=tuple(outside), spent=_scarce(house, state.spent))
    theirs = tuple(each._replace(until=to(each.until)) for each in world.theirs)
    told = tuple(_told(each, to) for each in world.rows.parcels)
    rows = world.rows._replace(parcels=told, spent=_scarce(house, world.rows.spent))
    return world._replace(state=state, theirs=theirs, rows=rows, witness=_unseen(house, world))


def _untapped(house: House, state: State) -> State:
    """Where nobody presses twice within a second, each press is the first."""
    return state if house.taps or not state.taps else replace(state, taps=0, tapped=0.0)


def _unseen(house: House, world: World) -> object:
    return world.witness if house.taps else world.witness._replace(taps=Taps())


def _scarce(house: House, spent: tuple[Spent, ...]) -> tuple[Spent, ...]:
    """Nobody counts to sixty here: only of a small quota, it is told apart how much is used."""
    few = {name for name, terms in (*house.given, *house.proposals) if terms.quota < MOST_A_DAY}
    return tuple(each for each in spent if each.consent in few)


def _boxed(boxed: Boxed, to: Ceiling) -> Boxed:
    after, tries = to(boxed.after), min(boxed.tries, FEW)
    return boxed if (after, tries) == (boxed.after, boxed.tries) else replace(boxed, after=after, tries=tries)


def _outside(outside: Outside, to: Ceiling) -> Outside:
    return replace(outside, until=to(outside.until), next=to(outside.next), tries=min(outside.tries, FEW))


def _told(told: Told, to: Ceiling) -> Told:
    until = None if told.until is None else to(told.until)
    return told._replace(until=until, next=to(told.next), tries=min(told.tries, FEW))
