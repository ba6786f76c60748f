"""What was handed over: which clips somebody else may have, and the demand that they be destroyed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from keepmum.privacy.effects import Effect, Note, Step
from keepmum.privacy.events import Deleted
from keepmum.privacy.state import DELETION_TERM, FIRST_WAIT, LONGEST_WAIT, Boxed, Outside, State


def wait(tries: int) -> float:
    """Seconds until the next attempt after so many that failed."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries, 16)))


def handed(state: State, boxed: Boxed) -> State:
    """From the first byte on the recipient may have it, until the retention that was agreed to ends."""
    retention = next((each.terms.retention for each in state.consents if each.id == boxed.consent), 0.0)
    others = tuple(each for each in state.outside if each.id != boxed.id)
    known = next((each for each in state.outside if each.id == boxed.id), None)
    mine = known or Outside(boxed.id, boxed.consent, boxed.at, 0.0)
    return replace(state, outside=(*others, replace(mine, until=state.wall + retention)))


def recalled(state: State, parcels: Collection[str]) -> Step:
    """Demand that these be destroyed; what was demanded before goes on."""
    asked = [each.id for each in state.outside if each.id in parcels and each.demanded is None]
    outside = tuple(
        replace(each, demanded=state.wall, next=state.wall) if each.id in asked else each for each in state.outside
    )
    return replace(state, outside=outside), tuple(_row(parcel, "demanded") for parcel in asked)


def next_demand(state: State) -> Outside | None:
    """The demand whose turn it is."""
    due = (each for each in state.outside if each.demanded is not None and each.next <= state.wall)
    return min(due, key=lambda each: each.next, default=None)


def sent(state: State, demand: Outside) -> tuple[State, Note]:
    """It is on its way once more; the next attempt comes later."""
    after = replace(demand, next=state.wall + wait(demand.tries), tries=demand.tries + 1)
    outside = tuple(after if each.id == demand.id else each for each in state.outside)
    return replace(state, outside=outside), _row(demand.id, "sent")


def deleted(state: State, event: Deleted) -> Step:
    """Only what was demanded can be confirmed."""
    if not any(each.id == event.id and each.demanded is not None for each in state.outside):
        return state, ()
    left = tuple(each for each in state.outside if each.id != event.id)
    handed_over = None if state.handed == event.id else state.handed
    row = Note("deletion", {"parcel": event.id, "state": "confirmed", "plays": event.plays})
    return replace(state, outside=left, handed=handed_over), (row,)


def aged(state: State) -> Step:
    """What is overdue is told once; what has to be destroyed by now in any case is no longer ours to follow."""
    waiting = {boxed.id for boxed in state.box}
    left: list[Outside] = []
    rows: list[Effect] = []
    for each in state.outside:
        if each.until <= state.wall and each.id not in waiting:
            rows += [_row(each.id, "unconfirmed")] if each.demanded is not None else []
            continue
        # Once late, always late: a clock that was set back while the speaker was off makes nobody punctual.
        overdue = not each.late and each.demanded is not None and state.wall - each.demanded >= DELETION_TERM
        rows += [_row(each.id, "overdue")] if overdue else []
        left.append(replace(each, late=True) if overdue else each)
    return replace(state, outside=tuple(left)), tuple(rows)


def _row(parcel: str, state: str) -> Note:
    return Note("deletion", {"parcel": parcel, "state": state})
