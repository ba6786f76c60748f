"""One step of the privacy core: react, sweep out what is no longer covered, hand over, then latch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from keepmum.consent import DAY, Household, Kind, decide
from keepmum.privacy import asking, consents, events, faults, hand, household, outside, parcels
from keepmum.privacy.effects import Close, Demand, Effect, Erase, HandOver, Note, Open, Save, Step, StopUplink
from keepmum.privacy.events import Cause, Event
from keepmum.privacy.state import Boxed, Owner, State


def step(state: State, event: Event) -> Step:
    """The next state and what to do about it. Unknown events change nothing."""
    before = replace(state, wall=event.wall) if event.wall > state.wall else state
    react = _REACTIONS.get(type(event), _nothing)
    after, effects = react(before, event)
    after, stopped = _call_back(after, event)
    after, swept = _sweep(after)
    after, handed = _hand_over(after)
    if after.proven and not after.mutes:
        after = replace(after, proven=False)
    latch = _latch(before, after, event)
    keep = (Save(),) if _kept(state) != _kept(after) else ()
    # Tightening comes first and loosening last, so that a failure half-way leaves the speaker quieter.
    return after, (*latch[0], *stopped, *keep, *swept, *effects, *handed, *latch[1])


def _kept(state: State) -> tuple[object, ...]:
    """What has to survive a restart. The day does, so that a clock set back meanwhile revives no consent."""
    day = state.wall // DAY if state.consents else 0
    return state.mutes - {Owner.FAULT}, state.lasting, state.mode, state.consents, day


def _latch(before: State, after: State, event: Event) -> tuple[tuple[Effect, ...], tuple[Effect, ...]]:
    """Close first, open last, and a row for every owner that came or went; a fault has rows of its own."""
    came = sorted(after.mutes - before.mutes - {Owner.FAULT})
    went = sorted(before.mutes - after.mutes - {Owner.FAULT})
    tighten: list[Effect] = [Close()] if after.mutes and not before.mutes else []
    tighten += [Note("mute", {"owner": owner.value, "cause": _came(event).value}) for owner in came]
    loosen: list[Effect] = [
        Note("unmute", {"owner": owner.value, "cause": _went(owner, before, after, event).value}) for owner in went
    ]
    loosen += [Open()] if before.mutes and not after.mutes else []
    return tuple(tighten), tuple(loosen)


def _came(event: Event) -> Cause:
    """Why somebody holds the microphone closed from now on."""
    match event:
        case events.Quieter(cause=cause):
            return cause
        case events.Switched():
            return Cause.SWITCHED
        case _:
            return Cause.PRESSED


def _went(owner: Owner, before: State, after: State, event: Event) -> Cause:
    """Why somebody does not any more."""
    if any(each.owner is owner and each.until <= event.now for each in before.lasting):
        return Cause.TIME
    was_asked = before.proposal is not None or before.question is not None
    if was_asked and after.proposal is None and after.question is None:
        return Cause.AGREED
    return Cause.SWITCHED if before.press is not None and before.press.switch else Cause.HELD


def _call_back(state: State, event: Event) -> Step:
    """Whoever wishes for quiet stops the uplink, whatever it says it holds: it may have kept a copy."""
    if not isinstance(event, events.Quieter):
        return state, ()
    return replace(state, handed=None), (StopUplink(event.want[:40]),)


def _sweep(state: State) -> Step:
    """Erase what is no longer covered, and call back what is outside if it may not be."""
    left, erased = _emptied(state) if state.box else (state, ())
    effects = list(erased)
    for sweep in (consents.expired, asking.swept, outside.aged):
        left, rows = sweep(left)
        effects += rows
    gone = {each.id for each in effects if isinstance(each, Erase)}
    if left.handed is not None and (left.handed in gone or not _may_be_outside(left, left.handed)):
        # Of what has just gone, the clip itself is outside and not yet the demand to destroy it.
        effects.insert(0, StopUplink("muted" if left.mutes else "no longer covered"))
        left = replace(left, handed=None)
    return left, tuple(effects)


def _emptied(state: State) -> Step:
    """The outbox without what may not leave any more."""
    covered = replace(state.household, muted=False, spent=())
    wanted_back = {each.id for each in state.outside if each.demanded is not None}
    kept: list[Boxed] = []
    effects: list[Effect] = []
    for boxed in state.box:
        # A fall between the demand and the erasing leaves both behind.
        reason = _stale(covered, boxed, state.wall) or ("forgotten" if boxed.id in wanted_back else None)
        if reason is None:
            kept.append(boxed)
        else:
            effects += [Erase(boxed.id), Note("dropped", {"parcel": boxed.id, "reason": reason})]
    return (replace(state, box=tuple(kept)) if effects else state), tuple(effects)


def _may_be_outside(state: State, handed: str) -> bool:
    """What was heard may not while it is muted; a demand to destroy, and what the home is told of the speaker, may."""
    boxed = next((boxed for boxed in state.box if boxed.id == handed), None)
    if boxed is None:
        return any(each.id == handed and each.demanded is not None for each in state.outside)
    return not state.mutes or boxed.flow.kind is Kind.STATUS


def _hand_over(state: State) -> Step:
    """One thing at a time; the sweep has just decided again about each. Who waits for a light waits in person."""
    if not state.ready or state.handed is not None or not state.ledger:
        return state, ()
    due = [boxed for boxed in state.box if boxed.after <= state.wall and _may_be_outside(state, boxed.id)]
    first = next((boxed for boxed in due if boxed.flow.kind is not Kind.CLIP), None)
    demand = outside.next_demand(state)
    if first is None and demand is not None:
        asked, row = outside.sent(state, demand)
        return replace(asked, handed=demand.id, ready=False), (row, Demand(demand))
    if first is None and due:
        first = due[0]
        state = outside.handed(state, first)
    if first is None:
        return state, ()
    return replace(state, handed=first.id, ready=False), (Note("handover", {"parcel": first.id}), HandOver(first))


def _stale(covered: Household, boxed: Boxed, wall: float) -> str | None:
    """Why a parcel must go, or None if it may stay."""
    if boxed.expires is not None and wall >= boxed.expires:
        return "too_late"
    decision = decide(covered, boxed.flow, wall)
    if not decision.allowed:
        return decision.reason.value
    # A new consent ends the old one: nothing captured under the old terms goes out under the new.
    return None if decision.consent == boxed.consent else "other_consent"


def _nothing(state: State, _event: Event) -> Step:
    return state, ()


_REACTIONS: Mapping[type[Event], Callable[[State, Any], Step]] = {
    events.Booted: parcels.booted,
    events.Ticked: hand.ticked,
    events.Pressed: hand.pressed,
    events.Released: hand.released,
    events.Quieter: household.quieter,
    events.Proposed: consents.proposed,
    events.Unsigned: consents.unsigned,
    events.Played: asking.played,
    events.Answered: asking.answered,
    events.Deleted: outside.deleted,
    events.Wanted: parcels.wanted,
    events.Sealed: parcels.sealed,
    events.UplinkReady: parcels.uplink_ready,
    events.Delivered: parcels.delivered,
    events.Failed: parcels.failed,
    events.UplinkGone: parcels.uplink_gone,
    events.LedgerLost: parcels.ledger_lost,
    events.Switched: hand.switched,
    events.Broken: faults.broken,
    events.Retried: faults.retried,
    events.Sounded: faults.sounded,
    events.Proved: faults.proved,
}
