"""Defects to plant where the privacy core deals with faults, proofs and starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keepmum.privacy import Fault, Owner, State, events, faults, hand, parcels
from keepmum.privacy.effects import Step


def repair_everything(state: State, _event: events.Retried) -> Step:
    return replace(state, mutes=frozenset(), faults=frozenset()), ()


def retried_without_the_proof(state: State, _event: events.Retried) -> Step:
    return replace(state, mutes=state.mutes - {Owner.FAULT}, faults=frozenset()), ()


def proof_that_repairs_the_microphone(state: State, event: events.Proved) -> Step:
    after, todo = faults.proved(state, event)
    return replace(after, faults=frozenset(), mutes=after.mutes - {Owner.FAULT}), todo


def proof_of_an_open_microphone(state: State, _event: events.Proved) -> Step:
    return replace(state, proven=True, faults=state.faults - {Fault.PROOF}), ()


def proof_that_is_skipped(state: State, event: events.Pressed) -> Step:
    after, todo = hand.pressed(state, event)
    return replace(after, proven=True), todo


def proof_that_is_not_contradicted(state: State, event: events.Broken) -> Step:
    after, todo = faults.broken(state, event)
    return replace(after, proven=state.proven), todo


def fault_that_is_forgotten(state: State, event: events.Broken) -> Step:
    after, todo = faults.broken(state, event)
    return replace(after, faults=frozenset({event.fault})), todo


def fault_that_does_not_mute(state: State, event: events.Broken) -> Step:
    after, todo = faults.broken(state, event)
    return replace(after, mutes=state.mutes), todo


def replaced_but_still_proven(state: State, **changes: Any) -> State:
    """An opening that forgets to take the proof back: the step's own line is without effect."""
    return state if changes == {"proven": False} else replace(state, **changes)


def boot_that_believes_the_last_proof(state: State, event: events.Booted) -> Step:
    after, todo = parcels.booted(state, event)
    return replace(after, proven=bool(after.mutes)), todo


def boot_without_ends(state: State, event: events.Booted) -> Step:
    after, todo = parcels.booted(state, event)
    return replace(after, lasting=()), todo


def boot_that_ends_quiet_early(state: State, event: events.Booted) -> Step:
    after, todo = parcels.booted(state, event)
    return replace(after, lasting=tuple(replace(each, until=each.until / 2) for each in after.lasting)), todo
