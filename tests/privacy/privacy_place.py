"""The place around the shipped privacy core: what a person could find in it, and what the effects do to that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from privacy_recipient import Theirs, received
from privacy_rows import Rows, written
from privacy_witness import Witness, left

from keepmum.consent import Consent, Terms
from keepmum.privacy import Boxed, Owner, State, effects
from keepmum.privacy.effects import Effect
from keepmum.privacy.state import Lasting

SOON = 1_000.0
"""The first moment of the wall clock."""

GIVEN = {"given", "re-confirmed"}


class Sealing(NamedTuple):
    """Something allowed is being sealed; when it was wanted, and whether it was to be forgotten since."""

    seal: effects.Seal
    at: float
    forgotten: bool = False


class World(NamedTuple):
    """All that a person in the house could find out. Between two steps the forward-only clock reads 0."""

    state: State
    up: bool = False
    """Whether the listener runs; if not, `state` is what its file says."""
    microphone: bool = False
    file: State = State()
    outbox: tuple[Boxed, ...] = ()
    outside: frozenset[str] = frozenset()
    """The parcels that the uplink holds, and may publish at any moment."""
    demands: frozenset[str] = frozenset()
    """The clips whose destruction it holds the demand for."""
    sealing: tuple[Sealing, ...] = ()
    shelf: tuple[tuple[str, float], ...] = ()
    """Clips that are kept closed until somebody answers, and when each was wanted."""
    theirs: tuple[Theirs, ...] = ()
    """What a recipient may have, whatever it says."""
    receipts: frozenset[Consent] = frozenset()
    rows: Rows = Rows()
    offered: frozenset[Terms] = frozenset()
    witness: Witness = Witness()


START = World(State())
"""A speaker that nobody has set up, before its first start."""


def carried_out(world: World, todo: Iterable[Effect], state: State, now: float, *, ledger: bool = True) -> World:
    for effect in todo:
        match effect:
            case effects.Close():
                world = world._replace(microphone=False)
            case effects.Open():
                world = world._replace(microphone=True)
            case effects.Save():
                world = world._replace(file=_read_back(state, now))
            case effects.Note():
                if ledger and state.ledger:
                    world = world._replace(rows=written(world.rows, effect, state.wall))
            case effects.Sign(consent, event):
                others = frozenset(each for each in world.receipts if each.id != consent.id)
                world = world._replace(receipts=others | ({consent} if event in GIVEN else frozenset()))
            case effects.StopUplink():
                world = world._replace(outside=frozenset(), demands=frozenset())
            case _:
                world = _moved(world, effect, state)
    return world


def _moved(world: World, effect: Effect, state: State) -> World:
    """Something goes from one place to another."""
    match effect:
        case effects.Forget(parcel, _):
            return world._replace(shelf=tuple(each for each in world.shelf if each[0] != parcel))
        case effects.Seal(parcel):
            at = next((at for name, at in world.shelf if name == parcel), state.wall)
            shelf = tuple(each for each in world.shelf if each[0] != parcel)
            return world._replace(shelf=shelf, sealing=(*world.sealing, Sealing(effect, at)))
        case effects.Put(boxed):
            return world._replace(outbox=(*world.outbox, boxed))
        case effects.Erase(parcel):
            return world._replace(outbox=tuple(boxed for boxed in world.outbox if boxed.id != parcel))
        case effects.HandOver(boxed):
            theirs = received(world.theirs, boxed, state)
            return world._replace(outside=world.outside | {boxed.id}, theirs=theirs)
        case effects.Demand(outside):
            return world._replace(demands=world.demands | {outside.id})
    return world


def _read_back(state: State, now: float) -> State:
    """A fault is not kept: the next start finds out for itself. Of a quiet, the time that is left is."""
    return State(
        state.mutes - {Owner.FAULT},
        lasting=left_of(state, now),
        mode=state.mode,
        consents=state.consents,
        wall=state.wall,
    )


def left_of(state: State, now: float) -> tuple[Lasting, ...]:
    return tuple(replace(each, until=left(each.until, now)) for each in state.lasting)
