"""A small house around the shipped privacy core: what can happen in it, and what comes of each step.

Nothing here decides anything. The house carries effects out (the microphone, the file, the outbox, what is outside),
lets people and hostile peers do as they like, and lets the listener fall over between any two effects. The uplink is
believed in one thing only: what it says it let go of, it let go of. Nobody could tell otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from privacy_witness import Witness, aged, left, noted, rounded
from privacy_witness import fallen as forgotten

from keepmum.consent import LONGEST_CONSENT, Flow, Kind
from keepmum.privacy import Boxed, Owner, State, effects, events
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event
from keepmum.privacy.state import Lasting

SOON, LATER = 1_000.0, 1_000.0 + LONGEST_CONSENT
"""Two moments of the wall clock: what was agreed or wanted at the first is over at the second."""

CLIP = Flow(Kind.CLIP, "asr-improvement", "desk", 3.0, confirmed=True, approved=False)
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, confirmed=True, approved=True)
NEVER = (
    ("unconfirmed", replace(CLIP, confirmed=False), None),
    ("misdirected", replace(CLIP, recipient="elsewhere"), None),
    ("made-up", replace(CLIP, purpose="advertising"), None),
    ("disguised", replace(CLIP, purpose="commands", recipient="broker", approved=True), None),
)
"""What no consent in these houses covers: unconfirmed, to somebody else, for a made-up purpose, as if a command."""


class Sealing(NamedTuple):
    """Something allowed is being sealed; whether everything was to be forgotten since."""

    seal: effects.Seal
    forgotten: bool


class World(NamedTuple):
    """All that a person in the house could find out. Between two steps the forward-only clock reads 0."""

    state: State
    up: bool = False
    """Whether the listener runs; if not, `state` is what its file says."""
    microphone: bool = False
    file: State = State()
    outbox: tuple[Boxed, ...] = ()
    outside: frozenset[str] = frozenset()
    """What the uplink holds, and may publish at any moment."""
    sealing: tuple[Sealing, ...] = ()
    witness: Witness = Witness()


START = World(State())
"""A speaker that nobody has set up, before its first start."""


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

    @property
    def fell(self) -> bool:
        return not self.after.up


class Fell(Event):
    """Power went while nothing happened."""


def moves(world: World, event: Event) -> Iterator[Move]:
    """The whole step; the step with something failing in it; a fall after each of its effects but the last."""
    state, todo = sys.modules["keepmum.privacy.step"].step(world.state, event)
    witness = noted(world.witness, world.state, event, todo, state)
    begun = world._replace(witness=witness, sealing=_sealing(world, event))
    after = _settled(_carried_out(begun, todo, state, event.now)._replace(state=state), event)
    yield Move(world, event, todo, len(todo), state, after)
    if state == world.state:
        return  # whatever goes wrong now is as if it went wrong before
    for done in range(1, len(todo)):
        fell = fallen(_carried_out(begun, todo[:done], state, event.now)._replace(witness=world.witness))
        yield Move(world, event, todo, done, state, fell)
    for at in range(len(todo)):
        yield from _failing(world, begun, event, todo, at, state)


def fall(world: World) -> Move:
    """Power goes while nothing happens."""
    return Move(world, Fell(0.0, SOON), (), 0, world.state, fallen(world))


def fallen(world: World) -> World:
    """Memory is gone, and the uplink notices that nobody is there."""
    return World(world.file, file=world.file, outbox=world.outbox, witness=forgotten(world.witness, world.file))


def _failing(
    world: World, begun: World, event: Event, todo: tuple[Effect, ...], at: int, state: State
) -> Iterator[Move]:
    """A row, a file or a hand-over fails: what hangs on it is left out, and the keeper reports it."""
    news = _news(todo[at], state)
    if news is None:
        return
    rest = [each for each in todo[at + 1 :] if not isinstance(each, effects.Put | effects.HandOver)]
    partly = _settled(_carried_out(begun, (*todo[:at], *rest), state, event.now)._replace(state=state), event)
    final, more = sys.modules["keepmum.privacy.step"].step(partly.state, news)
    witness = noted(partly.witness, partly.state, news, more, final)
    after = _settled(_carried_out(partly, more, final, 0.0)._replace(state=final, witness=witness), news)
    yield Move(world, event, (*todo, *more), len(todo) + len(more), final, after, failed=True)


def _news(failed: Effect, state: State) -> Event | None:
    match failed:
        case effects.Note() if state.ledger:
            return events.LedgerLost(0.0, SOON)
        case effects.Put(boxed):
            return events.Failed(0.0, SOON, boxed.id, "no room", final=True)
        case effects.HandOver():
            return events.UplinkGone(0.0, SOON)
    return None


def _carried_out(world: World, todo: Iterable[Effect], state: State, now: float) -> World:
    for effect in todo:
        match effect:
            case effects.Close():
                world = world._replace(microphone=False)
            case effects.Open():
                world = world._replace(microphone=True)
            case effects.Save():
                world = world._replace(file=_read_back(state, now))
            case effects.Seal():
                world = world._replace(sealing=(*world.sealing, Sealing(effect, forgotten=False)))
            case effects.Put(boxed):
                world = world._replace(outbox=(*world.outbox, boxed))
            case effects.Erase(parcel):
                world = world._replace(outbox=tuple(boxed for boxed in world.outbox if boxed.id != parcel))
            case effects.HandOver(boxed):
                world = world._replace(outside=world.outside | {boxed.id})
            case effects.StopUplink():
                world = world._replace(outside=frozenset())
    return world


def _read_back(state: State, now: float) -> State:
    """A fault is not kept: the next start finds out for itself. Of a quiet, the time that is left is."""
    return State(
        state.mutes - {Owner.FAULT},
        lasting=_left(state, now),
        mode=state.mode,
        consents=state.consents,
        wall=state.wall,
    )


def _left(state: State, now: float) -> tuple[Lasting, ...]:
    return tuple(replace(each, until=left(each.until, now)) for each in state.lasting)


def _settled(world: World, event: Event) -> World:
    """What the event means beside the effects, with the clock back at 0."""
    outside = world.outside
    if isinstance(event, events.UplinkGone):
        outside = frozenset()
    if isinstance(event, events.Delivered | events.Failed):
        outside -= {event.id}
    # The keeper opens the microphone after a start if nobody holds it closed.
    microphone = not world.state.mutes if isinstance(event, events.Booted) else world.microphone
    witness = aged(world.witness, event.now)
    state = later(world.state, event.now)
    if state.press and not state.earning and not witness.switch:
        state = replace(state, press=replace(state.press, at=0.0))  # a finger that earns nothing has no age
    return world._replace(state=state, up=True, microphone=microphone, outside=outside, witness=witness)


def later(state: State, now: float) -> State:
    """The same state with the clock back at 0."""
    if not now or not (state.press or state.proposal or state.lasting):
        return state
    press = state.press and replace(state.press, at=rounded(state.press.at, now))
    proposal = state.proposal and replace(state.proposal, opened=rounded(state.proposal.opened, now))
    return replace(state, press=press, proposal=proposal, lasting=_left(state, now))


def _sealing(world: World, event: Event) -> tuple[Sealing, ...]:
    if isinstance(event, events.Sealed):
        return tuple(each for each in world.sealing if each.seal.id != event.id)
    if isinstance(event, events.Quieter) and event.want == "forget":
        return tuple(each._replace(forgotten=each.seal.flow.kind is Kind.CLIP) for each in world.sealing)
    return world.sealing
