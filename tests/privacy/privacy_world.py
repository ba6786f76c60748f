"""A small house around the shipped privacy core: what can happen in it, and what comes of each step.

Nothing here decides anything. The house carries effects out (the microphone, the file, the receipts, the ledger, the
outbox, what is outside), lets people and hostile peers do as they like, and lets the listener fall over between any two
effects. The uplink is believed in one thing only: what it says it let go of, it let go of. Nobody could tell otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from privacy_place import GIVEN, SOON, Sealing, World, carried_out, left_of
from privacy_recipient import Theirs, expected, forgotten_since
from privacy_rows import aged as rows_aged
from privacy_rows import told_at_start
from privacy_witness import FORGET, GAP, MINUTE, aged, noted, rounded, withdraws
from privacy_witness import fallen as forgotten

from keepmum.consent import Consent, Kind, Terms
from keepmum.privacy import State, effects, events
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event
from keepmum.privacy.state import ASKING_LASTS


class Move(NamedTuple):
    """One step and what came of it. If the listener fell over, only `done` effects were carried out.

    If something failed, the report of it was a second step, and `effects` are those of both.
    """

    before: World
    event: Event
    effects: tuple[Effect, ...]
    done: int
    meant: State
    """The state that the core asked for."""
    after: World
    failed: bool = False

    def __repr__(self) -> str:
        if self.fell:
            return f"{self.event}, and a fall after {self.done} of {len(self.effects)} effects"
        return f"{self.event}, and something in it failed" if self.failed else str(self.event)

    @property
    def fell(self) -> bool:
        return not self.after.up


class Fell(Event):
    """Power went while nothing happened."""


def boot(world: World, wall: float, offered: frozenset[Terms], *, without: bool = False) -> events.Booted:
    """A start as the listener makes it: of what lies on the disk; `without` the receipts, if they are gone."""
    signed = {each.id for each in world.file.consents if each in world.receipts}
    waiting = {boxed.id for boxed in world.outbox}
    told = told_at_start(world.rows, waiting, max(wall, world.file.wall))
    receipts = frozenset[str]() if without else frozenset(signed)
    return events.Booted(0.0, wall, world.outbox, offered, receipts, **told)  # type: ignore[arg-type]


def moves(world: World, event: Event, *, fails: bool = True) -> Iterator[Move]:
    """The whole step; the step with something failing in it; a fall after each of its effects but the last."""
    state, todo = _step(world.state, event)
    begun = _begun(world, event, todo, state)
    after = _settled(carried_out(begun, todo, state, event.now)._replace(state=state), event)
    yield Move(world, event, todo, len(todo), state, after)
    if state == world.state:
        return  # whatever goes wrong now is as if it went wrong before
    for done in range(1, len(todo)):
        partly = carried_out(begun, todo[:done], state, event.now)
        saved = any(isinstance(each, effects.Save) for each in todo[:done])
        # What was wished for counts from the moment at which it is on the disk.
        fell = fallen(partly._replace(witness=aged(begun.witness, event.now) if saved else world.witness, state=state))
        yield Move(world, event, todo, done, state, fell)
    for at in range(len(todo)):
        if fails and _can_fail(todo[at], state):
            yield _failing(world, begun, event, todo, at, state)


def fall(world: World) -> Move:
    """Power goes while nothing happens."""
    return Move(world, Fell(0.0, SOON), (), 0, world.state, fallen(world))


def fallen(world: World) -> World:
    """Memory is gone, and the uplink notices that nobody is there."""
    # What is owed is what the disk says: a withdrawal that was saved, and what the rows demand.
    given = {each.id for each in world.file.consents} | world.rows.ended
    told = {each.id: each for each in world.rows.parcels}
    theirs = tuple(
        # Of when it was wanted, the next run knows what the rows say.
        each._replace(
            owed=each.owed and (told[each.id].demanded is not None or each.consent not in given), at=told[each.id].at
        )
        for each in world.theirs
        if each.until > world.state.wall  # a clock that is set back brings nothing back
    )
    return World(
        world.file,
        file=world.file,
        outbox=world.outbox,
        theirs=theirs,
        receipts=world.receipts,
        rows=world.rows,
        witness=forgotten(world.witness, world.file),
    )


def _step(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    return sys.modules["keepmum.privacy.step"].step(state, event)  # type: ignore[no-any-return]


def _begun(world: World, event: Event, todo: tuple[Effect, ...], after: State) -> World:
    """What the event means before anything is carried out."""
    witness = noted(world.witness, world.state, event, todo, after, {name for name, _ in world.shelf})
    since = forgotten_since(event, _wanted(world))
    all_of_it = withdraws(world.witness, event)
    return world._replace(
        witness=witness,
        theirs=expected(_destroyed(world, event), float("-inf") if all_of_it else since),
        sealing=_sealing(world, event, since),
        shelf=_shelf(world, event, after.wall),
        receipts=_receipts(world, event),
    )


def _destroyed(world: World, event: Event) -> tuple[Theirs, ...]:
    """A recipient confirms what was demanded; nobody asked for anything else, so it is not believed to be gone."""
    if not isinstance(event, events.Deleted):
        return world.theirs
    asked = {each.id for each in world.rows.parcels if each.demanded is not None}
    asked |= {each.id for each in world.theirs if each.owed}
    return tuple(each for each in world.theirs if each.id != event.id or each.id not in asked)


def _wanted(world: World) -> Iterator[float]:
    """When each clip was wanted that somebody could have forgotten."""
    yield from (boxed.at for boxed in world.outbox if boxed.flow.kind is Kind.CLIP)
    yield from (each.at for each in world.sealing if each.seal.flow.kind is Kind.CLIP)
    yield from (at for _, at in world.shelf)
    yield from (each.at for each in world.theirs if not each.owed)


def _sealing(world: World, event: Event, since: float) -> tuple[Sealing, ...]:
    if isinstance(event, events.Sealed):
        return tuple(each for each in world.sealing if each.seal.id != event.id)
    if isinstance(event, events.Quieter) and event.want in FORGET:
        meant = [each.seal.flow.kind is Kind.CLIP and each.at >= since for each in world.sealing]
        return tuple(
            each._replace(forgotten=each.forgotten or gone) for each, gone in zip(world.sealing, meant, strict=True)
        )
    return world.sealing


def _shelf(world: World, event: Event, wall: float) -> tuple[tuple[str, float], ...]:
    """The release door holds what is wanted, until it is told to forget, to shelve or to seal it."""
    return (*world.shelf, (event.id, wall)) if isinstance(event, events.Wanted) else world.shelf


def _receipts(world: World, event: Event) -> frozenset[Consent]:
    if not isinstance(event, events.Booted):
        return world.receipts
    return frozenset(each for each in world.receipts if each.id in event.receipts)


def _can_fail(effect: Effect, state: State) -> bool:
    match effect:
        case effects.Note():
            return state.ledger
        case effects.Sign(event=event):
            return event in GIVEN
    return isinstance(effect, effects.Put | effects.HandOver | effects.Demand)


def _failing(world: World, begun: World, event: Event, todo: tuple[Effect, ...], at: int, state: State) -> Move:
    """A row, a receipt, a file or a hand-over fails: what hangs on it is left out, and the keeper reports it all."""
    whole = not isinstance(todo[at], effects.Note | effects.Put)
    ledger = not isinstance(todo[at], effects.Note)
    rest = [each for each in todo[at + 1 :] if whole or not _hangs_on_its_row(each)]
    left_out = [each for each in todo[at + 1 :] if each not in rest]
    partly = carried_out(begun, todo[:at], state, event.now)
    partly = carried_out(partly, rest, state, event.now, ledger=ledger)
    after = _settled(partly._replace(state=state), event)
    done, final = list(todo), state
    for news in (*_news(todo[at]), *(each for effect in left_out for each in _news(effect))):
        final, more = _step(after.state, news)
        after = carried_out(_begun(after, news, more, final), more, final, 0.0)
        after = _settled(after._replace(state=final), news)
        done += more
    return Move(world, event, tuple(done), len(done), final, after, failed=True)


def _hangs_on_its_row(effect: Effect) -> bool:
    given = isinstance(effect, effects.Sign) and effect.event in GIVEN
    return given or isinstance(effect, effects.Put | effects.HandOver | effects.Demand)


def _news(failed: Effect) -> tuple[Event, ...]:
    """What the keeper reports of something that it could not do."""
    match failed:
        case effects.Note():
            return (events.LedgerLost(0.0, SOON),)
        case effects.Sign(consent=consent):
            return (events.Unsigned(0.0, SOON, consent.id),)
        case effects.Put(boxed):
            return (events.Failed(0.0, SOON, boxed.id, "no room", final=True),)
    return (events.UplinkGone(0.0, SOON),)


def _settled(world: World, event: Event) -> World:
    """What the event means beside the effects, with the clock back at 0."""
    outside, demands, theirs, offered = world.outside, world.demands, world.theirs, world.offered
    match event:
        case events.UplinkGone():
            outside = demands = frozenset[str]()
        case events.Delivered(id=parcel):
            outside -= {parcel}
        case events.Failed(id=parcel):
            outside, demands = outside - {parcel}, demands - {parcel}
        case events.Deleted(id=parcel):
            demands -= {parcel}
        case events.Booted(offered=new):
            offered = new
    # The keeper opens the microphone after a start if nobody holds it closed.
    microphone = not world.state.mutes if isinstance(event, events.Booted) else world.microphone
    witness = aged(world.witness, event.now)
    state = later(world.state, event.now)
    if state.press and not state.earning and not witness.switch:
        state = replace(state, press=replace(state.press, at=0.0))  # a finger that earns nothing has no age
    theirs = tuple(each for each in theirs if each.until > state.wall)
    rows = rows_aged(world.rows, {boxed.id for boxed in world.outbox}, state.wall)
    return world._replace(
        state=state,
        up=True,
        microphone=microphone,
        outside=outside,
        demands=demands,
        theirs=theirs,
        offered=offered,
        rows=rows,
        witness=witness,
    )


def later(state: State, now: float) -> State:
    """The same state with the clock back at 0."""
    if not now or not (state.press or state.proposal or state.lasting or state.asking or state.question or state.taps):
        return state
    press = state.press and replace(state.press, at=rounded(state.press.at, now))
    proposal = state.proposal and replace(state.proposal, opened=rounded(state.proposal.opened, now))
    question = state.question and replace(state.question, opened=rounded(state.question.opened, now, (MINUTE, 0.0)))
    asking = tuple(replace(each, since=rounded(each.since, now, (ASKING_LASTS, 0.0))) for each in state.asking)
    row = state.taps if now - state.tapped <= GAP else 0
    return replace(
        state,
        press=press,
        proposal=proposal,
        question=question,
        asking=asking,
        lasting=left_of(state, now),
        taps=row,
        tapped=state.tapped - now if row else 0.0,
    )
