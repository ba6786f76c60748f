"""The life of a parcel: wanted, sealed, handed over, delivered or dropped."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import Flow, decide
from keepmum.privacy.effects import Effect, Erase, Forget, Note, Put, Seal, Step
from keepmum.privacy.events import Booted, Delivered, Failed, LedgerLost, Sealed, UplinkGone, UplinkReady, Wanted
from keepmum.privacy.state import Boxed, State


def wanted(state: State, event: Wanted) -> Step:
    decision = decide(state.household, event.flow, state.wall)
    if not decision.allowed:
        return state, _refusal(event.id, event.flow, decision.reason.value)
    boxed = Boxed(event.id, event.flow, decision.consent, event.expires)
    seal = Seal(event.id, event.flow, decision.consent, event.expires)
    return replace(state, sealing=(*state.sealing, boxed)), (seal,)


def sealed(state: State, event: Sealed) -> Step:
    objection = _objection(state, event)
    state = replace(state, sealing=tuple(boxed for boxed in state.sealing if boxed.id != event.id))
    if objection is not None:
        return state, _refusal(event.id, event.flow, objection)
    boxed = Boxed(event.id, event.flow, event.consent, event.expires)
    row = Note(
        "release",
        {
            "parcel": event.id,
            "kind": event.flow.kind.value,
            "purpose": event.flow.purpose,
            "consent": event.consent,
            "to": event.flow.recipient,
            "bytes": event.size,
            "sha256": event.sha256,
            "seconds": round(event.flow.seconds, 2),
        },
    )
    return replace(state, box=(*state.box, boxed)), (row, Put(boxed))


def _objection(state: State, event: Sealed) -> str | None:
    """Why what was allowed when it was wanted may not be put now, or None if it may."""
    decision = decide(state.household, event.flow, state.wall)
    if not decision.allowed:
        return decision.reason.value
    if decision.consent != event.consent:
        return "other_consent"
    if event.expires is not None and state.wall >= event.expires:
        return "too_late"
    if event.id not in {boxed.id for boxed in state.sealing}:
        return "forgotten"
    return "already_waiting" if event.id in {boxed.id for boxed in state.box} else None


def _refusal(parcel: str, flow: Flow, reason: str) -> tuple[Effect, ...]:
    """Memory is wiped before the row is written: the row is the promise that it was."""
    facts = {"kind": flow.kind.value, "purpose": flow.purpose[:40], "reason": reason}
    return Forget(parcel, reason), Note("refusal", facts)


def uplink_ready(state: State, _event: UplinkReady) -> Step:
    return replace(state, ready=state.handed is None), ()


def delivered(state: State, event: Delivered) -> Step:
    if event.id not in {boxed.id for boxed in state.box}:
        return state, ()
    return _without(state, event.id), (Erase(event.id), Note("delivered", {"parcel": event.id}))


def failed(state: State, event: Failed) -> Step:
    if event.id not in {boxed.id for boxed in state.box}:
        return state, ()
    if not event.final:
        return _to_the_back(state, event.id), ()
    row = Note("dropped", {"parcel": event.id, "reason": event.reason[:200]})
    return _without(state, event.id), (Erase(event.id), row)


def _to_the_back(state: State, parcel: str) -> State:
    """One that cannot be delivered now does not keep the others from leaving."""
    box = (*(boxed for boxed in state.box if boxed.id != parcel), *(b for b in state.box if b.id == parcel))
    return replace(state, box=box, handed=None if state.handed == parcel else state.handed)


def _without(state: State, parcel: str) -> State:
    box = tuple(boxed for boxed in state.box if boxed.id != parcel)
    return replace(state, box=box, handed=None if state.handed == parcel else state.handed)


def uplink_gone(state: State, _event: UplinkGone) -> Step:
    return replace(state, handed=None, ready=False), ()


def ledger_lost(state: State, _event: LedgerLost) -> Step:
    return replace(state, ledger=False, proposal=None), ()


def booted(state: State, event: Booted) -> Step:
    """Nothing is outside or half sealed after a start, nothing is proved, and no proposal stands for a finger."""
    press = state.press and replace(state.press, was_muted=False)  # one that is down already is perhaps stuck
    fresh = replace(
        state, box=event.box, sealing=(), handed=None, ready=False, press=press, proposal=None, proven=False
    )
    return fresh, (Note("start", {"muted": bool(state.mutes), "mode": state.mode.name.lower()}),)
