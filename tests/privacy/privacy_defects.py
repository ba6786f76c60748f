"""Defects to plant into the privacy core: each is a decision, a reaction or a part of the step that gets it wrong."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from keepmum.consent import Household, Mode
from keepmum.privacy import Boxed, Owner, State, consents, effects, events, hand, household, parcels
from keepmum.privacy.effects import Step
from keepmum.privacy.events import Event
from keepmum.privacy.state import Press, Proposal

core: Any = sys.modules["keepmum.privacy.step"]  # inside the package, the name `step` is the function
shipped_sweep, shipped_hand_over, shipped_latch = core._sweep, core._hand_over, core._latch
shipped_agree, shipped_stale = hand._agree, core._stale
shipped_outlasted = hand._outlasted

Latch = tuple[tuple[effects.Effect, ...], tuple[effects.Effect, ...]]


# ---- defects in the step


def no_sweep(state: State) -> Step:
    return state, ()


def sweep_but_not_in_local_mode(state: State) -> Step:
    return shipped_sweep(state) if state.mode is not Mode.LOCAL else (state, ())


def sweep_without_calling_back(state: State) -> Step:
    after, todo = shipped_sweep(state)
    return after, tuple(each for each in todo if not isinstance(each, effects.StopUplink))


def sweep_without_rows(state: State) -> Step:
    after, todo = shipped_sweep(state)
    return after, tuple(each for each in todo if not isinstance(each, effects.Note))


def hand_over_though_muted(state: State) -> Step:
    after, todo = shipped_hand_over(replace(state, mutes=frozenset()))
    return replace(after, mutes=state.mutes), todo


def hand_over_two(state: State) -> Step:
    rest = tuple(boxed for boxed in state.box if boxed.id != state.handed)
    after, todo = shipped_hand_over(replace(state, box=rest, handed=None, ready=True))
    return (replace(after, box=state.box), todo) if todo else (state, ())


def hand_over_without_a_row(state: State) -> Step:
    after, todo = shipped_hand_over(state)
    return after, todo[1:]


def open_first(before: State, after: State, event: Event) -> Latch:
    tighten, loosen = shipped_latch(before, after, event)
    return (*loosen, *tighten), ()


def never_close(before: State, after: State, event: Event) -> Latch:
    tighten, loosen = shipped_latch(before, after, event)
    return tuple(each for each in tighten if not isinstance(each, effects.Close)), loosen


def keep_nothing(_state: State) -> tuple[object, ...]:
    return ()


def keep_all_but_consents(state: State) -> tuple[object, ...]:
    return state.mutes, state.lasting, state.mode


def keep_owners_without_their_ends(state: State) -> tuple[object, ...]:
    return state.mutes - {Owner.FAULT}, state.mode, state.consents


def keep_only_whole_hours(state: State) -> tuple[object, ...]:
    return state.mutes - {Owner.FAULT}, {(each.owner, each.hours) for each in state.lasting}, state.mode, state.consents


def rows_for_mutes_only(before: State, after: State, event: Event) -> Latch:
    tighten, loosen = shipped_latch(before, after, event)
    return tighten, tuple(each for each in loosen if not isinstance(each, effects.Note))


# ---- defects in what people do


def press_that_only_counts(state: State, event: events.Pressed) -> Step:
    return replace(state, press=Press(event.now, bool(state.mutes))), ()


def press_that_forgets_the_last(state: State, event: events.Pressed) -> Step:
    return hand.pressed(replace(state, press=None), event)


def press_that_is_never_too_late(state: State, event: events.Pressed) -> Step:
    proposal = state.proposal and replace(state.proposal, opened=event.now)
    return hand.pressed(replace(state, proposal=proposal), event)


def granted_when_asked(state: State, event: events.Proposed) -> Step:
    after, todo = consents.proposed(state, event)
    return (after, todo) if after.proposal is None else consents.agreed(after, after.proposal)


def another_one_granted(state: State) -> Step:
    other = next((terms for terms in state.offered if state.proposal and terms != state.proposal.terms), None)
    return shipped_agree(replace(state, proposal=Proposal("another", other, 0.0)) if other else state)


def agreed_beside_the_old(state: State) -> Step:
    after, todo = shipped_agree(state)
    return replace(after, consents=(*state.consents, after.consents[-1])), todo


def proposed_without_a_ledger(state: State, event: events.Proposed) -> Step:
    after, todo = consents.proposed(replace(state, ledger=True), event)
    return replace(after, ledger=state.ledger), todo


def louder_on_request(state: State, event: events.Quieter) -> Step:
    if event.want == "louder":
        return replace(state, mutes=frozenset()), ()
    return household.quieter(state, event)


def withdraw_but_keep_the_consents(state: State, event: events.Quieter) -> Step:
    after, todo = household.quieter(state, event)
    return replace(after, consents=state.consents), todo


def local_without_the_mode(state: State, event: events.Quieter) -> Step:
    after, todo = household.quieter(state, event)
    return replace(after, mode=state.mode), todo


def forget_only_what_waits(state: State, event: events.Quieter) -> Step:
    after, todo = household.quieter(state, event)
    return replace(after, sealing=state.sealing), todo


# ---- defects in the latch


def any_owner_clears(state: State, event: events.Quieter) -> Step:
    """Whoever is muted already and asks again is taken to ask for the opposite, as a toggle would."""
    if event.want == "mute" and event.owner in state.mutes:
        return replace(state, mutes=frozenset(), lasting=()), ()
    return household.quieter(state, event)


def toggled_by_its_owner(state: State, event: events.Quieter) -> Step:
    if event.want == "mute" and event.owner in state.mutes:
        return replace(state, mutes=state.mutes - {event.owner}), ()
    return household.quieter(state, event)


def wish_that_leaves_the_finger_alone(state: State, event: events.Quieter) -> Step:
    after, todo = household.quieter(state, event)
    return replace(after, press=state.press), todo


def guest_for_ever(state: State, event: events.Quieter) -> Step:
    after, todo = household.quieter(state, event)
    return replace(after, lasting=()), todo


def shorter_on_request(state: State, event: events.Quieter) -> Step:
    others = tuple(each for each in state.lasting if each.owner is not event.owner)
    return household.quieter(replace(state, lasting=others, mutes=state.mutes - {event.owner}), event)


def time_clears_everybody(state: State, now: float) -> State:
    over = any(each.until <= now for each in state.lasting)
    return replace(state, mutes=frozenset(), lasting=()) if over else state


def time_clears_the_button(state: State, now: float) -> State:
    after = shipped_outlasted(state, now)
    return after if after.lasting or not state.lasting else replace(after, mutes=after.mutes - {Owner.BUTTON})


def time_by_the_wall(state: State, now: float) -> State:
    return shipped_outlasted(state, now + max(0.0, state.wall - 2_000.0))


def time_that_keeps_the_end(state: State, now: float) -> State:
    return replace(shipped_outlasted(state, now), lasting=state.lasting)


def finger_that_is_never_spent(press: Press | None) -> Press | None:
    return press


def finger_that_is_forgotten(_press: Press | None) -> None:
    return None


def edge_that_unmutes(state: State, event: events.Released) -> Step:
    return replace(state, mutes=state.mutes - {Owner.BUTTON}, press=None), ()


def stuck_button_that_earns(state: State, event: events.Pressed) -> Step:
    after, todo = hand.pressed(state, event)
    return replace(after, press=Press(event.now, was_muted=True)), todo


def stuck_button_that_earns_by_itself(state: State, event: events.Quieter) -> Step:
    after, todo = household.quieter(state, event)
    return replace(after, press=Press(event.now, was_muted=True)), todo


def switch_that_unmutes_at_once(state: State, event: events.Switched) -> Step:
    if event.muted:
        return hand.switched(state, event)
    return replace(state, mutes=state.mutes - hand.HAND_CLEARS, press=None), ()


def switch_that_believes_a_pulse(state: State, event: events.Switched) -> Step:
    if event.muted:
        return hand.switched(state, event)
    return replace(state, press=Press(event.now, was_muted=True, switch=True)), ()


def switch_that_only_counts(state: State, event: events.Switched) -> Step:
    after, todo = hand.switched(state, event)
    return replace(after, mutes=state.mutes), todo


# ---- defects in the life of a parcel


def put_before_the_row(state: State, event: events.Sealed) -> Step:
    after, todo = parcels.sealed(state, event)
    return after, tuple(reversed(todo))


def put_without_asking_again(state: State, event: events.Sealed) -> Step:
    boxed = Boxed(event.id, event.flow, event.consent, event.expires, state.wall, event.after)
    facts = {"parcel": event.id, "kind": event.flow.kind.value, "consent": event.consent}
    return replace(state, box=(*state.box, boxed), sealing=()), (effects.Note("release", facts), effects.Put(boxed))


def boot_that_trusts_what_was_left(state: State, event: events.Booted) -> Step:
    return replace(parcels.booted(state, event)[0], box=()), ()


def boot_that_trusts_what_was_handed(state: State, event: events.Booted) -> Step:
    after, todo = parcels.booted(state, event)
    return replace(after, handed=event.box[0].id if event.box else None), todo


def boot_unmuted(state: State, event: events.Booted) -> Step:
    after, todo = parcels.booted(state, event)
    return replace(after, mutes=frozenset()), todo


def gone_but_still_handed(state: State, _event: events.UplinkGone) -> Step:
    return replace(state, ready=False), ()


def delivered_without_a_row(state: State, event: events.Delivered) -> Step:
    after, todo = parcels.delivered(state, event)
    return after, tuple(each for each in todo if not isinstance(each, effects.Note))


def stale_by_decision_alone(covered: Household, boxed: Boxed, wall: float) -> str | None:
    return None if shipped_stale(covered, boxed, wall) == "other_consent" else shipped_stale(covered, boxed, wall)


def stale_but_never_late(covered: Household, boxed: Boxed, wall: float) -> str | None:
    return shipped_stale(covered, replace(boxed, expires=None), wall)
