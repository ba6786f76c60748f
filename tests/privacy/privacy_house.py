"""What can happen in a small house: which part of the alphabet a search uses, and everything that can come next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from privacy_world import SOON, World

from keepmum.consent import Flow, Purpose
from keepmum.privacy import Owner, events
from keepmum.privacy.events import Event

Happens = Callable[[float, float], Event]
"""An event that needs its two clocks only."""


@dataclass(frozen=True)
class House:
    """Which part of the alphabet a search uses, so that there are few enough worlds to see them all."""

    owners: tuple[Owner, ...]
    proposals: tuple[tuple[str, Purpose, str], ...]
    flows: tuple[tuple[str, Flow, float | None], ...]
    pauses: tuple[float, ...]
    walls: tuple[float, ...]
    mishaps: tuple[Happens, ...]
    bounces: bool = False
    """Whether the button can go down without having come up."""
    switch: bool = False
    """Whether a switch stands in the button's place."""
    lasting: tuple[tuple[str, Owner, float | None], ...] = ()
    """Wishes for quiet with an end: want, owner, seconds."""


def happenings(house: House, world: World) -> Iterator[Event]:
    """Everything that can happen next."""
    if not world.up:
        yield from (events.Booted(0.0, wall, world.outbox) for wall in house.walls)
        return
    # The latest moment seen counts, so an earlier one is tried once: a clock that was set back.
    walls = house.walls if world.state.wall < house.walls[-1] else (SOON,)
    for pause in house.pauses:
        yield from (events.Ticked(pause, wall) for wall in walls)
    yield from _from_a_hand(house, world)
    yield from _from_peers(house, world, walls)
    yield from _from_sound(house, world, walls)
    yield from (mishap(0.0, SOON) for mishap in house.mishaps)


def _from_a_hand(house: House, world: World) -> Iterator[Event]:
    if house.switch:
        yield from (events.Switched(pause, SOON, muted) for pause in house.pauses for muted in (True, False))
        return
    yield from (events.Released(pause, SOON) for pause in house.pauses)
    if world.witness.finger is None or house.bounces:
        yield from (events.Pressed(pause, SOON) for pause in (house.pauses[0], house.pauses[-1]))


def _from_peers(house: House, world: World, walls: tuple[float, ...]) -> Iterator[Event]:
    """People through a peer, and peers that say whatever they like."""
    yield from (events.Quieter(0.0, SOON, "mute", owner) for owner in house.owners)
    yield from (events.Quieter(0.0, SOON, want, owner, lasts=lasts) for want, owner, lasts in house.lasting)
    if not (house.proposals or house.flows):
        return
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
