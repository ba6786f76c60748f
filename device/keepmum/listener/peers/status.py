"""How the speaker is, in one message: for `keepmum status`, the panel, and "who is listening?"."""

from __future__ import annotations

from keepmum.listener.capture import Capture
from keepmum.listener.ear import Ear
from keepmum.listener.look import look, moment
from keepmum.messages import StatusReport
from keepmum.privacy import State
from keepmum.terms import Terms

NO_RING = "the ring does not answer: what it shows may be old"


def report(
    state: State, *, ear: Ear, capture: Capture, peers: list[str], broker: str, rows: int, ring_lost: bool = False
) -> StatusReport:
    """The report for one moment."""
    shown = look(moment(state, ear, microphone_open=capture.is_open)).meaning
    return StatusReport(
        ear=ear.value,
        microphone="open" if capture.is_open else "closed",
        proof=", ".join(capture.asked) if state.proven else "",
        ring=NO_RING if ring_lost else shown,
        mutes=sorted(owner.value for owner in state.mutes),
        mode=state.mode.name.lower(),
        consents=[_named(consent.terms) for consent in state.consents],
        proposal=_named(state.proposal.terms) if state.proposal else "",
        waiting=len(state.box),
        asking=len(state.asking),
        outside=len(state.outside),
        overdue=sum(each.late for each in state.outside),
        peers=peers,
        broker=broker,
        rows=rows,
    )


def _named(terms: Terms) -> str:
    asked = ", asked each time" if terms.asks else ""
    return f"{terms.purpose.value} ({terms.rung.name.lower()}{asked}) to {terms.recipient}"
