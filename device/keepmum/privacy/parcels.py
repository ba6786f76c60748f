"""The life of a parcel: wanted, sealed, handed over, delivered or dropped."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import DAY, Kind, Reason, Rung, Spent, decide
from keepmum.privacy import asking, consents
from keepmum.privacy.asking import refusal
from keepmum.privacy.effects import Erase, Note, Put, Seal, Step
from keepmum.privacy.events import Booted, Delivered, Failed, LedgerLost, Sealed, UplinkGone, UplinkReady, Wanted
from keepmum.privacy.outside import recalled, wait
from keepmum.privacy.state import MOMENT, MOST_TRIES, Boxed, State


def wanted(state: State, event: Wanted) -> Step:
    # Nobody but the room says yes to a clip, and it has not been asked yet.
    flow = replace(event.flow, approved=False) if event.flow.kind is Kind.CLIP else event.flow
    decision = decide(state.household, flow, state.wall)
    boxed = Boxed(event.id, flow, decision.consent, event.expires, state.wall, event.after)
    if decision.reason is Reason.NOT_ASKED and _can_be_played(boxed):
        # Everything else is in order: what it would leave under is what it leaves under once somebody has said yes.
        sure = decide(state.household, replace(flow, approved=True), state.wall)
        return asking.shelved(state, replace(boxed, consent=sure.consent), event.now)
    if not decision.allowed:
        return state, refusal(boxed, decision.reason.value)
    seal = Seal(event.id, flow, decision.consent, event.expires, event.after)
    return replace(state, sealing=(*state.sealing, boxed)), (seal,)


def _can_be_played(boxed: Boxed) -> bool:
    return boxed.flow.kind is Kind.CLIP and boxed.flow.rung is not Rung.METRICS


def sealed(state: State, event: Sealed) -> Step:
    objection = _objection(state, event)
    wanted_at = next((boxed.at for boxed in state.sealing if boxed.id == event.id), state.wall)
    boxed = Boxed(event.id, event.flow, event.consent, event.expires, wanted_at, event.after)
    state = replace(state, sealing=tuple(boxed for boxed in state.sealing if boxed.id != event.id))
    if objection is not None:
        return state, refusal(boxed, objection)
    row = Note(
        "release",
        {
            "parcel": event.id,
            "kind": event.flow.kind.value,
            "purpose": event.flow.purpose,
            "rung": event.flow.rung.name.lower(),
            "consent": event.consent,
            "to": event.flow.recipient,
            "bytes": event.size,
            "sha256": event.sha256,
            "seconds": round(event.flow.seconds, 2),
        },
    )
    return replace(state, box=(*state.box, boxed), spent=_spent(state, boxed)), (row, Put(boxed))


def _spent(state: State, boxed: Boxed) -> tuple[Spent, ...]:
    """One more of today's quota; yesterday's does not matter any more."""
    day = int(state.wall // DAY)
    today = [each for each in state.spent if each.day == day]
    if boxed.flow.kind is not Kind.CLIP:
        return tuple(today)
    used = sum(each.count for each in today if each.consent == boxed.consent)
    others = (each for each in today if each.consent != boxed.consent)
    return (*others, Spent(boxed.consent, day, used + 1))


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


def uplink_ready(state: State, _event: UplinkReady) -> Step:
    return replace(state, ready=state.handed is None), ()


def delivered(state: State, event: Delivered) -> Step:
    if event.id not in {boxed.id for boxed in state.box}:
        return state, ()
    # The row first: whoever falls over in between sends it once more, and does not take it for lost.
    return _without(state, event.id), (Note("delivered", {"parcel": event.id}), Erase(event.id))


def failed(state: State, event: Failed) -> Step:
    if event.id not in {boxed.id for boxed in state.box}:
        # The demand to destroy it, perhaps: when that is sent again is settled already.
        return replace(state, handed=None if state.handed == event.id else state.handed), ()
    if not event.final:
        return _later(state, event.id)
    row = Note("dropped", {"parcel": event.id, "reason": event.reason[:200]})
    return _without(state, event.id), (Erase(event.id), row)


def _later(state: State, parcel: str) -> Step:
    """One that cannot be delivered now waits, and does not keep the others from leaving; one day it is given up."""
    mine = next(boxed for boxed in state.box if boxed.id == parcel)
    if mine.flow.kind is Kind.CLIP:
        mine = replace(mine, tries=mine.tries + 1, after=state.wall + wait(mine.tries))
    else:
        mine = replace(mine, after=state.wall + MOMENT)
    if mine.tries >= MOST_TRIES:
        return _without(state, parcel), (Erase(parcel), Note("dropped", {"parcel": parcel, "reason": "given_up"}))
    left = _without(state, parcel)
    return replace(left, box=(*left.box, mine)), ()


def _without(state: State, parcel: str) -> State:
    box = tuple(boxed for boxed in state.box if boxed.id != parcel)
    return replace(state, box=box, handed=None if state.handed == parcel else state.handed)


def uplink_gone(state: State, _event: UplinkGone) -> Step:
    """Perhaps what it held was too much for it: then that waits as if it had failed."""
    held = state.handed if any(boxed.id == state.handed for boxed in state.box) else None
    after, effects = (state, ()) if held is None else _later(state, held)
    return replace(after, handed=None, ready=False), effects


def ledger_lost(state: State, _event: LedgerLost) -> Step:
    return replace(state, ledger=False, proposal=None, question=None), ()


def booted(state: State, event: Booted) -> Step:
    """Nothing is outside or half sealed after a start, nothing is proved, and no question stands for a finger."""
    press = state.press and replace(state.press, was_muted=False)  # one that is down already is perhaps stuck
    fresh = replace(
        state,
        box=event.box,
        sealing=(),
        handed=None,
        ready=False,
        press=press,
        proposal=None,
        proven=False,
        offered=event.offered,
        outside=event.outside,
        spent=event.spent,
        asking=(),
        question=None,
        taps=0,
    )
    # Whatever left under a consent of which nobody knows how it ended is wanted back: perhaps it was withdrawn, and the
    # speaker fell over before it could say so.
    known = event.ended | {consent.id for consent in state.consents}
    fresh, demands = recalled(fresh, {each.id for each in event.outside if each.consent not in known})
    valid, rows = consents.overtaken(fresh, event)
    lost = tuple(Note("dropped", {"parcel": parcel, "reason": "lost_power"}) for parcel in event.lost)
    return valid, (Note("start", {"muted": bool(state.mutes), "mode": state.mode.name.lower()}), *demands, *rows, *lost)
