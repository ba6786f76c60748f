"""How the speaker is, in one message: for `keepmum status`, the panel, and "who is listening?"."""

from __future__ import annotations

from keepmum.listener.ear import Ear
from keepmum.listener.look import look, moment
from keepmum.messages import StatusReport
from keepmum.privacy import State


def report(state: State, *, ear: Ear, microphone_open: bool, peers: list[str], broker: str, rows: int) -> StatusReport:
    """The report for one moment."""
    return StatusReport(
        ear=ear.value,
        microphone="open" if microphone_open else "closed",
        ring=look(moment(state, ear, microphone_open=microphone_open)).meaning,
        mutes=sorted(owner.value for owner in state.mutes),
        mode=state.mode.name.lower(),
        consents=[f"{consent.purpose.value} to {consent.recipient}" for consent in state.consents],
        proposal=state.proposal.purpose.value if state.proposal else "",
        waiting=len(state.box),
        peers=peers,
        broker=broker,
        rows=rows,
    )
