"""Clips that leave only if somebody says so: they wait closed, are played to the room, then answered or forgotten."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import decide
from keepmum.privacy.effects import Effect, Forget, Note, Seal, Shelve, Step
from keepmum.privacy.events import Answered, Played
from keepmum.privacy.state import ASKING_LASTS, MOST_ASKING, PROPOSAL_LASTS, Asking, Boxed, Question, State


def shelved(state: State, boxed: Boxed, now: float) -> Step:
    """One more clip waits; of too many, the oldest is forgotten."""
    full = replace(state, asking=(*state.asking, Asking(boxed, now)))
    row = Note("question", {"parcel": boxed.id, "state": "waiting"})
    crowd = [each.boxed.id for each in full.asking[:-MOST_ASKING]]
    after, effects = dropped(full, crowd, "crowded_out")
    return after, (Shelve(boxed.id), row, *effects)


def played(state: State, event: Played) -> Step:
    """Now it may be answered, unless something else waits for the same hand, or the microphone is closed."""
    busy = state.mutes or state.press is not None or state.proposal is not None
    if busy or not any(each.boxed.id == event.id for each in state.asking):
        return state, ()
    row = Note("question", {"parcel": event.id, "state": "played"})
    return replace(state, question=Question(event.id, event.now)), (row,)


def answered(state: State, event: Answered) -> Step:
    """A yes counts only for the clip that was just played to the end; a no also for one that was not."""
    question = state.question
    if question is not None and event.now - question.opened < PROPOSAL_LASTS and not state.mutes:
        return approved(state, question) if event.yes else dropped(state, [question.id], "declined")
    if event.yes or not state.asking:
        return state, ()
    return dropped(state, [state.asking[-1].boxed.id], "declined")


def approved(state: State, question: Question) -> Step:
    """Somebody in the room said yes to this very clip: it is decided once more, and sealed."""
    boxed = next((each.boxed for each in state.asking if each.boxed.id == question.id), None)
    closed = replace(state, question=None)
    if boxed is None:
        return closed, ()
    flow = replace(boxed.flow, approved=True)
    decision = decide(closed.household, flow, closed.wall)
    if not decision.allowed or decision.consent != boxed.consent:
        return dropped(closed, [boxed.id], decision.reason.value if not decision.allowed else "other_consent")
    sure = replace(boxed, flow=flow)
    left = tuple(each for each in closed.asking if each.boxed.id != boxed.id)
    row = Note("question", {"parcel": boxed.id, "state": "approved"})
    seal = Seal(boxed.id, flow, boxed.consent, boxed.expires, boxed.after)
    return replace(closed, asking=left, sealing=(*closed.sealing, sure)), (row, seal)


def dropped(state: State, parcels: list[str], reason: str) -> Step:
    """Forget these; memory is wiped before the row is written: the row is the promise that it was."""
    effects: list[Effect] = []
    for each in state.asking:
        if each.boxed.id in parcels:
            effects += refusal(each.boxed, reason)
    left = tuple(each for each in state.asking if each.boxed.id not in parcels)
    question = None if state.question is not None and state.question.id in parcels else state.question
    return replace(state, asking=left, question=question), tuple(effects)


def refusal(boxed: Boxed, reason: str) -> tuple[Effect, ...]:
    """Why something did not leave, and that it is wiped."""
    facts = {"kind": boxed.flow.kind.value, "purpose": boxed.flow.purpose[:40], "reason": reason}
    return Forget(boxed.id, reason), Note("refusal", facts)


def timed_out(state: State, now: float) -> Step:
    """Nobody answered for long; a finger that is down may still be about to."""
    if state.press is not None:
        return state, ()
    question = state.question
    if question is not None and now - question.opened >= PROPOSAL_LASTS:
        state = replace(state, question=None)
    old = [each.boxed.id for each in state.asking if now - each.since >= ASKING_LASTS]
    return dropped(state, old, "not_answered")


def swept(state: State) -> Step:
    """A closed microphone keeps nothing that waits, but for what the finger that closed it may be about to answer."""
    if not state.asking:
        return (replace(state, question=None), ()) if state.question is not None else (state, ())
    held = state.question.id if state.question is not None and state.press is not None else None
    effects: list[Effect] = []
    for each in state.asking:
        reason = _stale(state, each.boxed, held)
        if reason is not None:
            state, more = dropped(state, [each.boxed.id], reason)
            effects += more
    return state, tuple(effects)


def _stale(state: State, boxed: Boxed, held: str | None) -> str | None:
    if state.mutes and boxed.id != held:
        return "muted"
    sure = replace(boxed.flow, approved=True)
    decision = decide(replace(state.household, muted=False, spent=()), sure, state.wall)
    if not decision.allowed:
        return decision.reason.value
    return None if decision.consent == boxed.consent else "other_consent"
