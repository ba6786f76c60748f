"""Anything that can happen to a speaker, drawn at random: any seconds, every owner, every kind of consent."""

from __future__ import annotations

import math
from collections.abc import Callable

from hypothesis import strategies as st
from privacy_house import Happens, House
from privacy_houses import ABOUT, ACTION, ASKED, CLIP, COMMANDS, NEVER, SCARCE, STATUS, TEXT, VOICE, WORDS
from privacy_place import SOON, World
from privacy_world import boot

from keepmum.consent import DAY, Rung
from keepmum.privacy import Fault, Owner, events
from keepmum.privacy.state import HOUR

Draws = Callable[[st.DrawFn, World, int, float, float], events.Event]
"""Draws an event of one kind at these two readings."""

_SECONDS = st.sampled_from([0.0, 0.1, 0.69, 0.7, 1.5, 2.99, 3.0, 59.9, 60.0, 600.0])
_PAUSES = st.sampled_from([0.0, 0.7, 3.0, 61.0, 0.9 * HOUR, 5 * HOUR, 13 * HOUR])
_LASTS = st.sampled_from([None, -1.0, 0.5 * HOUR, 1.25 * HOUR, 1.75 * HOUR, 30 * HOUR, math.nan, math.inf])
_OWNERS = st.sampled_from([owner for owner in Owner if owner is not Owner.FAULT])
_WALLS = st.sampled_from(
    [0.0, SOON, SOON, SOON, SOON + 29.9, SOON + 60.0, SOON + DAY, SOON + 89 * DAY, SOON + 91 * DAY]
)
_WANTS = st.sampled_from(["mute", "guest", "local", "withdraw", "forget", "forget_today", "forget_last", "louder", ""])
_OFFERS = st.sampled_from(
    [
        frozenset({VOICE, WORDS, COMMANDS, ABOUT}),
        frozenset({VOICE, ASKED, COMMANDS, ABOUT}),
        frozenset({SCARCE, COMMANDS, ABOUT}),
    ]
)
_PROPOSALS = [
    *((terms.purpose.value, terms.rung, terms.asks) for terms in (VOICE, ASKED, WORDS, COMMANDS, ABOUT)),
    ("research", Rung.VOICE, False),
    ("advertising", Rung.VOICE, False),
]
_FLOWS = [
    ("clip", CLIP, None, 0.0),
    ("later", CLIP, None, SOON + 60.0),
    ("words", TEXT, None, 0.0),
    ("errand", ACTION, SOON + 30.0, 0.0),
    ("tell", STATUS, None, 0.0),
    *NEVER,
]
_AGREED = House(given=(("c1", VOICE), ("c3", COMMANDS), ("c4", ABOUT)))
_ASKING = House(given=(("c5", ASKED), ("c3", COMMANDS), ("c4", ABOUT)))


def start(asks: bool) -> World:
    """A speaker that somebody has set up, so that something leaves in most histories."""
    return (_ASKING if asks else _AGREED).start()


@st.composite
def happening(draw: st.DrawFn, world: World, number: int) -> events.Event:
    """Anything that can happen, with any times and any owner, as event `number` of a history."""
    when = draw(_SECONDS), draw(_WALLS)
    if not world.up:
        return boot(world, when[1], draw(_OFFERS), without=draw(st.integers(0, 9)) == 9)
    if world.sealing and draw(st.booleans()):
        seal = draw(st.sampled_from(world.sealing)).seal
        return events.Sealed(*when, seal.id, seal.flow, seal.consent, 9, "f" * 64, seal.expires, seal.after)
    return draw(st.sampled_from(_ANYTHING))(draw, world, number, *when)


def _quieter(draw: st.DrawFn, _world: World, _number: int, now: float, wall: float) -> events.Event:
    cause = draw(st.sampled_from(events.Cause))
    return events.Quieter(now, wall, draw(_WANTS), draw(_OWNERS), cause, draw(_LASTS), draw(_WALLS))


def _proposed(draw: st.DrawFn, _world: World, number: int, now: float, wall: float) -> events.Event:
    return events.Proposed(now, wall, f"consent-{number}", *draw(st.sampled_from(_PROPOSALS)))


def _wanted(draw: st.DrawFn, _world: World, number: int, now: float, wall: float) -> events.Event:
    name, flow, expires, after = draw(st.sampled_from(_FLOWS))
    return events.Wanted(now, wall, f"{name}-{number}", flow, expires, after)


def _clip(_draw: st.DrawFn, _world: World, number: int, now: float, _wall: float) -> events.Event:
    return events.Wanted(now, SOON, f"clip-{number}", CLIP)


def _played(draw: st.DrawFn, world: World, _number: int, now: float, wall: float) -> events.Event:
    return events.Played(now, wall, draw(st.sampled_from(["unheard-of", *(name for name, _ in world.shelf)])))


def _answered(draw: st.DrawFn, _world: World, _number: int, now: float, wall: float) -> events.Event:
    return events.Answered(now, wall, draw(st.booleans()))


def _waiting(draw: st.DrawFn, world: World) -> str:
    return draw(st.sampled_from(["unheard-of", *(boxed.id for boxed in world.outbox)]))


def _delivered(draw: st.DrawFn, world: World, _number: int, now: float, wall: float) -> events.Event:
    return events.Delivered(now, wall, _waiting(draw, world))


def _failed(draw: st.DrawFn, world: World, _number: int, now: float, wall: float) -> events.Event:
    return events.Failed(now, wall, _waiting(draw, world), "no", draw(st.booleans()))


def _deleted(draw: st.DrawFn, world: World, _number: int, now: float, wall: float) -> events.Event:
    outside = ["unheard-of", *(each.id for each in world.theirs)]
    return events.Deleted(now, wall, draw(st.sampled_from(outside)), draw(st.integers(0, 3)))


def _broken(draw: st.DrawFn, _world: World, _number: int, now: float, wall: float) -> events.Event:
    return events.Broken(now, wall, draw(st.sampled_from(Fault)))


def _unsigned(draw: st.DrawFn, _world: World, _number: int, now: float, wall: float) -> events.Event:
    return events.Unsigned(now, wall, draw(st.sampled_from(["c1", "c3", "c5", "unheard-of"])))


def _paused(draw: st.DrawFn, _world: World, _number: int, _now: float, _wall: float) -> events.Event:
    return events.Ticked(draw(_PAUSES), SOON)


def _plain(kind: Happens) -> Draws:
    return lambda _draw, _world, _number, now, wall: kind(now, wall)


_ANYTHING: list[Draws] = [
    *(map(_plain, (events.Ticked, events.Pressed, events.Pressed, events.Released, events.UplinkReady))),
    *(map(_plain, (events.UplinkReady, events.UplinkGone, events.Retried, events.Sounded, events.Proved))),
    *(_quieter, _quieter, _proposed, _proposed, _wanted, _clip, _clip, _played, _played, _answered, _answered),
    *(_delivered, _failed, _deleted, _deleted, _broken, _unsigned, _paused, _plain(events.LedgerLost)),
]
