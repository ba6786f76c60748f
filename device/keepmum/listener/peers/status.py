"""How the speaker is, in one message: for `keepmum status`, the panel, and "who is listening?"."""

from __future__ import annotations

from keepmum.listener.capture import Capture
from keepmum.listener.ear import Ear
from keepmum.listener.look import look, moment
from keepmum.messages import StatusReport
from keepmum.privacy import State

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
        consents=[f"{consent.purpose.value} to {consent.recipient}" for consent in state.consents],
        proposal=state.proposal.terms.purpose.value if state.proposal else "",
        waiting=len(state.box),
        peers=peers,
        broker=broker,
        rows=rows,
    )
