"""What can happen in a small house: which part of the alphabet a search uses, and everything that can come next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

from privacy_place import SOON, World
from privacy_rows import Rows
from privacy_world import boot

from keepmum.consent import Consent, Flow, Mode, Rung, Terms, needed
from keepmum.privacy import Owner, State, events
from keepmum.privacy.events import Event

Happens = Callable[[float, float], Event]
"""An event that needs its two clocks only."""

Wish = tuple[str, Flow, float | None, float]
"""Something that wants to leave: name, what it is, when it is too late, and its window."""


@dataclass(frozen=True)
class House:
    """Which part of the alphabet a search uses, so that there are few enough worlds to see them all."""

    owners: tuple[Owner, ...] = (Owner.PANEL,)
    pauses: tuple[float, ...] = (0.0,)
    walls: tuple[float, ...] = (SOON,)
    proposals: tuple[tuple[str, Terms], ...] = ()
    given: tuple[tuple[str, Terms], ...] = ()
    """What was agreed to before the search begins."""
    offers: tuple[frozenset[Terms], ...] = ()
    """What a start may find offered; left out, everything that is proposed or given here."""
    flows: tuple[Wish, ...] = ()
    wants: tuple[str, ...] = ("local", "withdraw", "forget", "louder")
    mishaps: tuple[Happens, ...] = ()
    bounces: bool = False
    """Whether the button can go down without having come up."""
    hand: bool = True
    """Whether somebody comes to the button."""
    switch: bool = False
    """Whether a switch stands in the button's place."""
    lasting: tuple[tuple[str, Owner, float | None], ...] = ()
    """Wishes for quiet with an end: want, owner, seconds."""
    taps: bool = False
    """Whether presses can follow each other within a second."""
    room: bool = False
    """Whether clips are played and answered."""
    deletes: bool = False
    """Whether the recipient confirms deletions."""
    fails: bool = False
    """Whether rows, receipts and hand-overs can fail."""
    uplink: bool = True
    """Whether somebody fetches what waits."""
    loses: bool = False
    """Whether receipts can be gone at a start."""

    def start(self) -> World:
        """The file, the receipts and the ledger of what was agreed to before."""
        if not self.given:
            return World(State())
        consents = tuple(Consent(name, terms, SOON, SOON + terms.lasts) for name, terms in self.given)
        mode = max((needed(terms) for _, terms in self.given), default=Mode.LOCAL)
        rows = Rows(consents=tuple((name, terms.retention) for name, terms in self.given))
        file = State(frozenset(), mode=mode, consents=consents, wall=SOON)
        return World(file, file=file, receipts=frozenset(consents), rows=rows)

    def found(self) -> tuple[frozenset[Terms], ...]:
        """What a start may find offered."""
        return self.offers or (frozenset(terms for _, terms in (*self.proposals, *self.given)),)

    def ceiling(self, moment: float) -> float:
        """The first moment of this house that is not before this one: no other can be told apart from it."""
        return next((wall for wall in (0.0, *self.walls) if wall >= moment), inf)


def happenings(house: House, world: World) -> Iterator[Event]:
    """Everything that can happen next."""
    if not world.up:
        for wall in house.walls:
            for offered in house.found():
                yield boot(world, wall, offered)
                if house.loses and world.file.consents:
                    yield boot(world, wall, offered, without=True)
        return
    # The latest moment seen counts, so an earlier one is tried once: a clock that was set back.
    walls = house.walls if world.state.wall < house.walls[-1] else (SOON,)
    for pause in house.pauses:
        yield from (events.Ticked(pause, wall) for wall in walls)
    if house.hand:
        yield from _from_a_hand(house, world)
    yield from _from_peers(house, world)
    if house.uplink and house.flows:
        yield from _from_the_uplink(house, walls)
    yield from _from_sound(house, world, walls)
    yield from (mishap(0.0, SOON) for mishap in house.mishaps)


def _from_a_hand(house: House, world: World) -> Iterator[Event]:
    if house.switch:
        yield from (events.Switched(pause, SOON, muted) for pause in house.pauses for muted in (True, False))
        return
    yield from (events.Released(pause, SOON) for pause in house.pauses)
    if world.witness.finger is None or house.bounces:
        yield from (events.Pressed(pause, SOON) for pause in sorted({house.pauses[0], house.pauses[-1]}))


def _from_peers(house: House, world: World) -> Iterator[Event]:
    """People through a peer, and peers that say whatever they like."""
    yield from (events.Quieter(0.0, SOON, "mute", owner) for owner in house.owners)
    yield from (events.Quieter(0.0, SOON, want, owner, lasts=lasts) for want, owner, lasts in house.lasting)
    if house.proposals or house.flows:
        yield from (events.Quieter(0.0, SOON, want, Owner.MQTT, since=house.walls[-1]) for want in house.wants)
    for name, terms in house.proposals:
        if not _remembered(world, name):
            yield events.Proposed(0.0, SOON, name, terms.purpose.value, terms.rung, terms.asks)
    if house.proposals:
        yield events.Proposed(0.0, SOON, "bad", "advertising")
        yield events.Proposed(0.0, SOON, "", house.proposals[0][1].purpose.value)
        yield events.Proposed(0.0, SOON, "higher", house.proposals[0][1].purpose.value, Rung.DISGUISED)
        yield events.Unsigned(0.0, SOON, house.proposals[0][0])


def _from_the_uplink(house: House, walls: tuple[float, ...]) -> Iterator[Event]:
    yield from (events.UplinkReady(0.0, wall) for wall in walls)
    for name in (*(name for name, *_ in house.flows), "unheard-of"):
        yield events.Delivered(0.0, SOON, name)
        yield from (events.Failed(0.0, SOON, name, "no", final) for final in (True, False))
        if house.deletes:
            yield events.Deleted(0.0, SOON, name)


def _from_sound(house: House, world: World, walls: tuple[float, ...]) -> Iterator[Event]:
    for name, flow, expires, after in house.flows:
        if not _remembered(world, name):
            yield from (events.Wanted(0.0, wall, name, flow, expires, after) for wall in walls)
    for seal, _, _ in world.sealing:
        for wall in walls:
            facts = (seal.id, seal.flow, seal.consent, 9, "f" * 64, seal.expires, seal.after)
            yield events.Sealed(0.0, wall, *facts)
    if house.room:
        yield from (events.Played(pause, SOON, name) for name, *_ in house.flows for pause in house.pauses[:1])
        yield from (events.Answered(pause, SOON, yes) for pause in house.pauses for yes in (True, False))


def _remembered(world: World, name: str) -> bool:
    """A name that nothing remembers is as good as a new one, which keeps the worlds few."""
    state = world.state
    named = {each.id for each in (*state.consents, *world.file.consents, *state.box, *world.outbox, *world.receipts)}
    named |= {each.id for each in (*state.outside, *world.rows.parcels, *world.theirs)}
    named |= {each.consent for each in (*state.box, *world.outbox, *state.outside, *world.rows.parcels, *world.theirs)}
    named |= {name for each in world.sealing for name in (each.seal.id, each.seal.consent)}
    named |= {held for held, _ in world.shelf} | {each.boxed.consent for each in state.asking} | set(world.rows.ended)
    return name in named or (state.proposal is not None and state.proposal.id == name)
