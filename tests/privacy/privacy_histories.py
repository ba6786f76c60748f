"""Anything that can happen to a speaker, drawn at random: any seconds, every owner, every kind of consent."""

from __future__ import annotations

import math

from hypothesis import strategies as st
from privacy_house import House
from privacy_houses import ABOUT, ACTION, ASKED, CLIP, COMMANDS, NEVER, SCARCE, STATUS, TEXT, VOICE, WORDS
from privacy_world import SOON, World, boot

from keepmum.consent import DAY, Rung
from keepmum.privacy import Fault, Owner, events
from keepmum.privacy.state import HOUR

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
_MISHAPS = (events.UplinkGone, events.LedgerLost, events.Retried, events.Sounded, events.Proved)
_AGREED = House(given=(("c1", VOICE), ("c3", COMMANDS), ("c4", ABOUT)))
_ASKING = House(given=(("c5", ASKED), ("c3", COMMANDS), ("c4", ABOUT)))


def start(asks: bool) -> World:
    """A speaker that somebody has set up, so that something leaves in most histories."""
    return (_ASKING if asks else _AGREED).start()


@st.composite
def happening(draw: st.DrawFn, world: World, number: int) -> events.Event:
    """Anything that can happen, with any times and any owner, as event `number` of a history."""
    now, wall = draw(_SECONDS), draw(_WALLS)
    if not world.up:
        return boot(world, wall, draw(_OFFERS), without=draw(st.sampled_from([False] * 9 + [True])))
    if world.sealing and draw(st.booleans()):
        seal = draw(st.sampled_from(world.sealing)).seal
        return events.Sealed(now, wall, seal.id, seal.flow, seal.consent, 9, "f" * 64, seal.expires, seal.after)
    room = draw(_in_the_room(world, number, now, wall))
    return draw(st.sampled_from([room, room, draw(_from_peers(world, number, now, wall)), draw(_by_itself(now, wall))]))


@st.composite
def _in_the_room(draw: st.DrawFn, world: World, number: int, now: float, wall: float) -> events.Event:
    name, flow, expires, after = draw(st.sampled_from(_FLOWS))
    kept = draw(st.sampled_from(["unheard-of", *(name for name, _ in world.shelf)]))
    return draw(
        st.sampled_from(
            [
                events.Ticked(now, wall),
                events.Pressed(now, wall),
                events.Pressed(now, wall),
                events.Released(now, wall),
                events.Wanted(now, wall, f"{name}-{number}", flow, expires, after),
                events.Wanted(now, wall, f"clip-{number}", CLIP),
                events.Played(now, wall, kept),
                events.Answered(now, wall, draw(st.booleans())),
            ]
        )
    )


@st.composite
def _from_peers(draw: st.DrawFn, world: World, number: int, now: float, wall: float) -> events.Event:
    want, owner, cause = draw(_WANTS), draw(_OWNERS), draw(st.sampled_from(events.Cause))
    waiting = draw(st.sampled_from(["unheard-of", *(boxed.id for boxed in world.outbox)]))
    outside = draw(st.sampled_from(["unheard-of", *(each.id for each in world.theirs)]))
    return draw(
        st.sampled_from(
            [
                events.Quieter(now, wall, want, owner, cause, draw(_LASTS), draw(_WALLS)),
                events.Proposed(now, wall, f"consent-{number}", *draw(st.sampled_from(_PROPOSALS))),
                events.Proposed(now, wall, f"consent-{number}", *draw(st.sampled_from(_PROPOSALS))),
                events.UplinkReady(now, wall),
                events.UplinkReady(now, wall),
                events.Delivered(now, wall, waiting),
                events.Failed(now, wall, waiting, "no", draw(st.booleans())),
                events.Deleted(now, wall, outside, draw(st.integers(0, 3))),
            ]
        )
    )


@st.composite
def _by_itself(draw: st.DrawFn, now: float, wall: float) -> events.Event:
    mishap = draw(st.sampled_from(_MISHAPS))
    return draw(
        st.sampled_from(
            [
                mishap(now, wall),
                events.Broken(now, wall, draw(st.sampled_from(Fault))),
                events.Ticked(draw(_PAUSES), wall),
                events.Ticked(draw(_PAUSES), SOON),
                events.Unsigned(now, wall, draw(st.sampled_from(["c1", "c3", "unheard-of"]))),
            ]
        )
    )
