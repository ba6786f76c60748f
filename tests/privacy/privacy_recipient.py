"""What a recipient may have of this house, whatever it says, and what it owes: to destroy what somebody wants back."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from privacy_witness import FORGET

from keepmum.consent import Kind
from keepmum.privacy import Boxed, State, events
from keepmum.privacy.events import Event

ONE_COMMAND = 5.0


class Theirs(NamedTuple):
    """A clip that was handed to the uplink."""

    id: str
    consent: str
    at: float
    """Unix time at which it was wanted."""
    until: float
    """Unix time at which it has to be destroyed in any case."""
    owed: bool = False
    """Somebody has it forgotten, or has withdrawn: it has to be demanded until it is confirmed."""


def received(theirs: tuple[Theirs, ...], boxed: Boxed, state: State) -> tuple[Theirs, ...]:
    """One more, or the same once more."""
    if boxed.flow.kind is not Kind.CLIP:
        return theirs
    kept = next((each.terms.retention for each in state.consents if each.id == boxed.consent), 0.0)
    owed = any(each.owed for each in theirs if each.id == boxed.id)
    others = (each for each in theirs if each.id != boxed.id)
    # An earlier run may have handed it over: of when it was wanted, the ledger knows when it was released.
    at = next((each.at for each in state.outside if each.id == boxed.id), boxed.at)
    return tuple(sorted([*others, Theirs(boxed.id, boxed.consent, at, state.wall + kept, owed)]))


def expected(theirs: tuple[Theirs, ...], since: float) -> tuple[Theirs, ...]:
    """The same, of which everything from then on is owed."""
    if since == inf or not theirs:
        return theirs
    return tuple(each._replace(owed=each.owed or each.at >= since) for each in theirs)


def forgotten_since(event: Event, wanted: Iterable[float]) -> float:
    """From which moment on this event wants everything forgotten; `inf` if it does not."""
    if not isinstance(event, events.Quieter) or event.want not in FORGET:
        return inf
    if event.want == "forget_last":
        return max(wanted, default=inf) - ONE_COMMAND
    return event.since if event.want == "forget_today" else -inf
