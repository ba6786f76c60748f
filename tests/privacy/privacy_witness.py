"""What a person in the room could have noted down: fingers, switches, promises of quiet, faults and proofs.

The witness believes nobody. It knows what happened and what was done, never what the core thinks about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from keepmum.privacy import Fault, Owner, State, effects, events
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event

TENTHS, SECONDS, MINUTE, NIGHT = 0.7, 3.0, 60.0, 12 * 3600.0
"""How long a hold unmutes, and agrees; how long a proposal stands, and a guest's quiet."""

LONGEST = 25 * 3600.0

AGES = (MINUTE, SECONDS, TENTHS, 0.0)
"""Ages are rounded down to one of these: only a threshold can tell two of them apart."""

BY_HAND = frozenset(Owner) - {Owner.FAULT}
BY_TIME = frozenset({Owner.QUIET, Owner.GUEST})
NO_MUTE = {"local", "withdraw", "forget"}
"""What a wish can be other than a wish for a closed microphone; any other word is one."""


class Finger(NamedTuple):
    """The button is down; what was true when it went down, and whether it may still undo that."""

    since: float
    muted: bool
    proposal: str


class Switch(NamedTuple):
    """Where the switch is, since when, and whether its way to listen may still undo anything."""

    at_mute: bool
    since: float
    put_over: bool = False


class Witness(NamedTuple):
    """Notes, in seconds of a clock that reads 0 between two steps."""

    finger: Finger | None = None
    switch: Switch | None = None
    promised: tuple[tuple[Owner, float], ...] = ()
    """When somebody's quiet ends by itself, at the earliest; `inf` is never."""
    faults: frozenset[Fault] = frozenset()
    closed: bool = False
    """Whether it was seen to be closed since it was closed last."""

    def ends(self, owner: Owner) -> float:
        """When this owner may go without a hand."""
        return dict(self.promised).get(owner, inf)


def noted(old: Witness, before: State, event: Event, todo: Iterable[Effect], after: State) -> Witness:
    """The notes after a step. The states are looked at for who holds the microphone closed, and for proposals."""
    return Witness(
        _finger(old.finger, before, event, after),
        _switch(old.switch, before, event, after),
        _promised(old, before, event, after),
        _faults(old.faults, before, event),
        _closed(old.closed, before, event, todo),
    )


def aged(old: Witness, now: float) -> Witness:
    """The same notes with the clock back at 0."""
    if not now and not (old.finger and old.finger.since):
        return old
    finger = old.finger and old.finger._replace(since=rounded(old.finger.since, now))
    if finger and not (finger.muted or finger.proposal):
        finger = finger._replace(since=0.0)  # nothing can come of it, however long it stays
    switch = old.switch and old.switch._replace(since=rounded(old.switch.since, now))
    return old._replace(finger=finger, switch=switch, promised=tuple((who, left(at, now)) for who, at in old.promised))


def rounded(at: float, now: float) -> float:
    """An age, as far as a threshold could tell."""
    return -next(age for age in AGES if now - at >= age)


def left(until: float, now: float) -> float:
    """What is left of a long time; the seconds of a hold count as none, which keeps the worlds few."""
    return max(0.0, until - now) if now > MINUTE else until


def fallen(old: Witness, file: State) -> Witness:
    """A new listener: faults and proofs are found out again, promises stand, nobody was seen at the button."""
    return Witness(promised=tuple(each for each in old.promised if each[0] in file.mutes))


def mutes(event: Event) -> Owner | None:
    """Who wishes for a closed microphone with this event, if anybody does."""
    if isinstance(event, events.Quieter) and event.want not in NO_MUTE:
        return Owner.GUEST if event.want == "guest" else event.owner
    return None


def _finger(old: Finger | None, before: State, event: Event, after: State) -> Finger | None:
    if isinstance(event, events.Released):
        return None
    if isinstance(event, events.Pressed) and old is not None:
        return old._replace(since=event.now)  # the contact bounced: two halves of a hold are not a whole
    if isinstance(event, events.Pressed):
        proposal = before.proposal
        stands = proposal is not None and event.now - proposal.opened < MINUTE
        return Finger(event.now, bool(before.mutes & BY_HAND), proposal.id if proposal and stands else "")
    if mutes(event) is Owner.BUTTON:
        return Finger(event.now, False, "")  # somebody found it down, or could not tell
    if old is None:
        return None
    if mutes(event) or _let_go(before, event, after):
        return old._replace(muted=False, proposal="")
    if isinstance(event, events.Quieter) and event.want != "forget":
        return old._replace(proposal="")
    return old


def _switch(old: Switch | None, before: State, event: Event, after: State) -> Switch | None:
    if isinstance(event, events.Switched):
        ready = old is not None and (old.put_over or (old.at_mute and event.now - old.since >= TENTHS))
        return Switch(event.muted, event.now, put_over=ready and not event.muted)
    if mutes(event) is Owner.BUTTON:
        return Switch(True, event.now)  # it was found at mute
    if old is not None and (mutes(event) or _let_go(before, event, after)):
        return old._replace(put_over=False)
    return old


def _let_go(before: State, event: Event, after: State) -> bool:
    """Whether whatever is done with a hand has been done: nobody is left whom it could undo."""
    clock = isinstance(event, events.Ticked | events.Released)
    return clock and bool(before.mutes & BY_HAND) and not after.mutes & BY_HAND


def _promised(old: Witness, before: State, event: Event, after: State) -> tuple[tuple[Owner, float], ...]:
    promised = {owner: at for owner, at in old.promised if owner in after.mutes}
    owner = mutes(event)
    if owner in BY_TIME:
        assert isinstance(event, events.Quieter)
        lasts = NIGHT if event.want == "guest" else event.lasts or inf
        asked = event.now + min(lasts, LONGEST) if lasts < inf else inf
        promised[owner] = max(asked, promised.get(owner, inf)) if owner in before.mutes else asked
    return tuple(sorted((owner, at) for owner, at in promised.items() if at < inf))


def _faults(old: frozenset[Fault], before: State, event: Event) -> frozenset[Fault]:
    match event:
        case events.Broken(fault=fault):
            return old | {fault}
        case events.Retried() if before.mutes == {Owner.FAULT} and old == {Fault.MICROPHONE}:
            return frozenset()
        case events.Proved():
            return old - {Fault.PROOF}
    return old


def _closed(old: bool, before: State, event: Event, todo: Iterable[Effect]) -> bool:
    opened = any(isinstance(each, effects.Open) for each in todo)
    contradicted = isinstance(event, events.Broken) and event.fault is Fault.PROOF
    if opened or contradicted or isinstance(event, events.Booted):
        return False
    return old or (isinstance(event, events.Proved) and bool(before.mutes))
