"""What goes wrong with the microphone, and what shows that it is right again."""

from __future__ import annotations

from dataclasses import replace

from keepmum.privacy.effects import Note, Step
from keepmum.privacy.events import Broken, Cause, Proved, Retried, Sounded
from keepmum.privacy.state import Fault, Owner, State


def broken(state: State, event: Broken) -> Step:
    known = event.fault in state.faults
    proven = state.proven and event.fault is not Fault.PROOF
    # A microphone that is on trial and has to be closed for another reason is still on trial afterwards.
    trial = state.trial and event.fault is not Fault.MICROPHONE
    worse = replace(
        state, faults=state.faults | {event.fault}, mutes=state.mutes | {Owner.FAULT}, proven=proven, trial=trial
    )
    if known or (state.trial and event.fault is Fault.MICROPHONE):
        # It was never well in between: one fault is one row, however often it is tried again.
        return worse, ()
    return worse, (Note("fault", {"fault": event.fault.value, "state": "begun", "cause": event.cause.value}),)


def retried(state: State, _event: Retried) -> Step:
    """Only a microphone that nothing else keeps closed is tried again."""
    if state.mutes != {Owner.FAULT} or state.faults != {Fault.MICROPHONE}:
        return state, ()
    return replace(state, mutes=frozenset(), faults=frozenset(), trial=True), ()


def sounded(state: State, _event: Sounded) -> Step:
    if not state.trial:
        return state, ()
    return replace(state, trial=False), (_ended(Fault.MICROPHONE, Cause.SOUND),)


def proved(state: State, _event: Proved) -> Step:
    """A microphone that is meant to be open proves nothing by being closed."""
    if not state.mutes:
        return state, ()
    if Fault.PROOF not in state.faults:
        return replace(state, proven=True), ()
    faults = state.faults - {Fault.PROOF}
    mutes = state.mutes if faults else state.mutes - {Owner.FAULT}
    return replace(state, proven=True, faults=faults, mutes=mutes), (_ended(Fault.PROOF, Cause.PROOF),)


def _ended(fault: Fault, cause: Cause) -> Note:
    return Note("fault", {"fault": fault.value, "state": "ended", "cause": cause.value})
