"""A small house around the shipped privacy core: what can happen in it, and what comes of each step.

Nothing here decides anything. The house carries effects out (the microphone, the file, the outbox, what is outside),
lets people and hostile peers do as they like, and lets the listener fall over between any two effects. The uplink is
believed in one thing only: what it says it let go of, it let go of. Nobody could tell otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from keepmum.consent import LONGEST_CONSENT, Flow, Kind, Purpose
from keepmum.privacy import Boxed, Owner, State, effects, events
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event
from keepmum.privacy.state import AGREE_HOLD, PROPOSAL_LASTS, UNMUTE_HOLD

SOON, LATER = 1_000.0, 1_000.0 + LONGEST_CONSENT
"""Two moments of the wall clock: what was agreed or wanted at the first is over at the second."""

AGES = (PROPOSAL_LASTS, AGREE_HOLD, UNMUTE_HOLD, 0.0)
"""Ages are rounded down to one of these: only a threshold can tell two of them apart."""

CLIP = Flow(Kind.CLIP, "asr-improvement", "desk", 3.0, confirmed=True, approved=False)
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, confirmed=True, approved=True)
NEVER = (
    ("unconfirmed", replace(CLIP, confirmed=False), None),
    ("misdirected", replace(CLIP, recipient="elsewhere"), None),
    ("made-up", replace(CLIP, purpose="advertising"), None),
    ("disguised", replace(CLIP, purpose="commands", recipient="broker", approved=True), None),
)
"""What no consent in these houses covers: unconfirmed, to somebody else, for a made-up purpose, as if a command."""


class Finger(NamedTuple):
    """The button is down; what was true when it went down."""

    since: float
    muted: bool
    proposal: str


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
    finger: Finger | None = None


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


@dataclass(frozen=True)
class House:
    """Which part of the alphabet a search uses, so that there are few enough worlds to see them all."""

    owners: tuple[Owner, ...]
    proposals: tuple[tuple[str, Purpose, str], ...]
    flows: tuple[tuple[str, Flow, float | None], ...]
    pauses: tuple[float, ...]
    walls: tuple[float, ...]
    mishaps: tuple[type[Event], ...]
    bounces: bool = False
    """Whether the button can go down without having come up."""


def happenings(house: House, world: World) -> Iterator[Event]:
    """Everything that can happen next."""
    if not world.up:
        yield from (events.Booted(0.0, wall, world.outbox) for wall in house.walls)
        return
    # The latest moment seen counts, so an earlier one is tried once: a clock that was set back.
    walls = house.walls if world.state.wall < house.walls[-1] else (SOON,)
    for pause in house.pauses:
        yield from (events.Ticked(pause, wall) for wall in walls)
        yield events.Released(pause, SOON)
    if world.finger is None or house.bounces:
        yield from (events.Pressed(pause, SOON) for pause in (house.pauses[0], house.pauses[-1]))
    yield from _from_peers(house, world, walls)
    yield from _from_sound(house, world, walls)
    yield from (mishap(0.0, SOON) for mishap in house.mishaps)


def _from_peers(house: House, world: World, walls: tuple[float, ...]) -> Iterator[Event]:
    """People through a peer, and peers that say whatever they like."""
    yield from (events.Quieter(0.0, SOON, "mute", owner) for owner in house.owners)
    for want in ("local", "withdraw", "forget", "louder"):
        yield events.Quieter(0.0, SOON, want, house.owners[0])
    for name, purpose, recipient in house.proposals:
        if not _remembered(world, name):
            yield events.Proposed(0.0, SOON, name, purpose.value, recipient)
    yield events.Proposed(0.0, SOON, "bad", "advertising", "elsewhere")
    yield events.Proposed(0.0, SOON, "", "research", "")
    if house.flows:
        yield from (events.UplinkReady(0.0, wall) for wall in walls)
    for name in (*(name for name, _, _ in house.flows), "unheard-of"):
        yield events.Delivered(0.0, SOON, name)
        yield from (events.Failed(0.0, SOON, name, "no", final) for final in (True, False))


def _from_sound(house: House, world: World, walls: tuple[float, ...]) -> Iterator[Event]:
    for name, flow, expires in house.flows:
        if not _remembered(world, name):
            yield from (events.Wanted(0.0, wall, name, flow, expires) for wall in walls)
    for seal, _ in world.sealing:
        for wall in walls:
            yield events.Sealed(0.0, wall, seal.id, seal.flow, seal.consent, 9, "f" * 64, seal.expires)


def _remembered(world: World, name: str) -> bool:
    """A name that nothing remembers is as good as a new one, which keeps the worlds few."""
    state = world.state
    named = {each.id for each in (*state.consents, *world.file.consents, *state.box, *world.outbox)}
    named |= {boxed.consent for boxed in (*state.box, *world.outbox)}
    named |= {name for each in world.sealing for name in (each.seal.id, each.seal.consent)}
    return name in named or (state.proposal is not None and state.proposal.id == name)


def moves(world: World, event: Event) -> Iterator[Move]:
    """The whole step; the step with something failing in it; a fall after each of its effects but the last."""
    state, todo = sys.modules["keepmum.privacy.step"].step(world.state, event)
    begun = world._replace(finger=_finger(world, event, state), sealing=_sealing(world, event))
    after = _settled(_carried_out(begun, todo, state)._replace(state=state), event)
    yield Move(world, event, todo, len(todo), state, after)
    if state == world.state:
        return  # whatever goes wrong now is as if it went wrong before
    for done in range(1, len(todo)):
        yield Move(world, event, todo, done, state, fallen(_carried_out(begun, todo[:done], state)))
    for at in range(len(todo)):
        yield from _failing(world, begun, event, todo, at, state)


def fall(world: World) -> Move:
    """Power goes while nothing happens."""
    return Move(world, Fell(0.0, SOON), (), 0, world.state, fallen(world))


def fallen(world: World) -> World:
    """Memory is gone, and the uplink notices that nobody is there."""
    return World(world.file, file=world.file, outbox=world.outbox)


def _failing(
    world: World, begun: World, event: Event, todo: tuple[Effect, ...], at: int, state: State
) -> Iterator[Move]:
    """A row, a file or a hand-over fails: what hangs on it is left out, and the keeper reports it."""
    news = _news(todo[at], state)
    if news is None:
        return
    rest = [each for each in todo[at + 1 :] if not isinstance(each, effects.Put | effects.HandOver)]
    partly = _settled(_carried_out(begun, (*todo[:at], *rest), state)._replace(state=state), event)
    final, more = sys.modules["keepmum.privacy.step"].step(partly.state, news)
    after = _settled(_carried_out(partly, more, final)._replace(state=final), news)
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


def _carried_out(world: World, todo: Iterable[Effect], state: State) -> World:
    for effect in todo:
        match effect:
            case effects.Close():
                world = world._replace(microphone=False)
            case effects.Open():
                world = world._replace(microphone=True)
            case effects.Save():
                world = world._replace(file=_read_back(state))
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


def _read_back(state: State) -> State:
    """A fault is not kept: the next start finds out for itself."""
    return State(state.mutes - {Owner.FAULT}, state.mode, state.consents, state.wall)


def _settled(world: World, event: Event) -> World:
    """What the event means beside the effects, with the clock back at 0."""
    state, outside = world.state, world.outside
    if isinstance(event, events.UplinkGone):
        outside = frozenset()
    if isinstance(event, events.Delivered | events.Failed):
        outside -= {event.id}
    # The keeper opens the microphone after a start if nobody holds it closed.
    microphone = not state.mutes if isinstance(event, events.Booted) else world.microphone
    finger = world.finger and world.finger._replace(since=_aged(world.finger.since, event.now))
    if finger and not (finger.muted or finger.proposal):
        finger = finger._replace(since=0.0)  # nothing can come of it, however long it stays
    press = state.press and replace(state.press, at=_aged(state.press.at, event.now))
    proposal = state.proposal and replace(state.proposal, opened=_aged(state.proposal.opened, event.now))
    if event.now and (press or proposal):
        state = replace(state, press=press, proposal=proposal)
    return world._replace(state=state, up=True, microphone=microphone, outside=outside, finger=finger)


def _aged(at: float, now: float) -> float:
    return -next(age for age in AGES if now - at >= age)


def _finger(world: World, event: Event, state: State) -> Finger | None:
    """One time of holding does one thing; an edge without a release before it is the same finger."""
    used = bool(world.state.mutes - state.mutes - {Owner.FAULT})
    if used or isinstance(event, events.Released):
        return None
    if not isinstance(event, events.Pressed) or world.finger is not None:
        return world.finger
    proposal = world.state.proposal
    stands = proposal is not None and event.now - proposal.opened < PROPOSAL_LASTS
    return Finger(event.now, bool(world.state.mutes - {Owner.FAULT}), proposal.id if proposal and stands else "")


def _sealing(world: World, event: Event) -> tuple[Sealing, ...]:
    if isinstance(event, events.Sealed):
        return tuple(each for each in world.sealing if each.seal.id != event.id)
    if isinstance(event, events.Quieter) and event.want == "forget":
        return tuple(each._replace(forgotten=each.seal.flow.kind is Kind.CLIP) for each in world.sealing)
    return world.sealing
