"""The ring's look, a pure function of what is true: the ear, the capture stream, the proof and what is leaving.

The light shows the microphone, not the intention: still red stands for a closed stream that was read back, and for
nothing else. The ladder below is the whole of it; the picture in the README is drawn from the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keepmum.hardware import Colour, Look, Motion
from keepmum.listener.ear import Ear
from keepmum.privacy.state import Fault, State


@dataclass(frozen=True)
class Moment:
    """What the look depends on."""

    ear: Ear
    microphone_open: bool
    """Whether the capture stream is open."""
    proven: bool = False
    """Whether it has been shown to be closed since it was closed."""
    unproven: bool = False
    """Whether something contradicted that."""
    deaf: bool = False
    """Whether it was opened after a fault, and no sound has come yet."""
    leaving: bool = False
    """Whether the uplink holds a parcel."""
    proposed: bool = False
    """Whether a consent waits for a hand."""
    overdue: bool = False
    """Whether somebody has not confirmed a deletion in time."""


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: when it applies, in words and in code, and what is shown then."""

    when: str
    applies: Callable[[Moment], bool]
    look: Look


def moment(state: State, ear: Ear, *, microphone_open: bool) -> Moment:
    """This moment, out of the privacy state."""
    return Moment(
        ear=ear,
        microphone_open=microphone_open,
        proven=state.proven,
        unproven=Fault.PROOF in state.faults,
        deaf=state.trial,
        leaving=state.handed is not None,
        proposed=state.proposal is not None or state.question is not None,
        overdue=state.overdue,
    )


def _is(*ears: Ear) -> Callable[[Moment], bool]:
    return lambda now: now.ear in ears


UNKNOWN = Look(Colour.WHITE, Motion.STILL, "unknown: the speaker is not running")
"""Set from outside when the listener has ended, however it ended."""

ALARM = Look(Colour.AMBER, Motion.ALARM, "do not trust me: it should be closed, and something says that it is not")
MUTED = Look(Colour.RED, Motion.STILL, "muted: the microphone is closed")
CLOSING = Look(Colour.AMBER, Motion.PULSE, "closing the microphone")
DEAF = Look(Colour.AMBER, Motion.BLINK, "no microphone")
LEAVING = Look(Colour.VIOLET, Motion.PULSE, "something is leaving")
PROPOSED = Look(Colour.WHITE, Motion.PULSE, "hold the button to agree")
OVERDUE = Look(Colour.AMBER, Motion.STILL, "somebody has not confirmed a deletion in time")
WAITING = Look(Colour.GREEN, Motion.STILL, "waiting for the wake word")

LADDER = (
    Rung(
        "muted, and something contradicts a closed microphone",
        lambda now: now.unproven or (now.ear is Ear.MUTED and now.microphone_open),
        ALARM,
    ),
    Rung("muted, closed and shown to be", lambda now: now.ear is Ear.MUTED and now.proven, MUTED),
    Rung("muted, not shown to be closed yet", _is(Ear.MUTED), CLOSING),
    Rung(
        "no sound can be had",
        lambda now: now.ear is Ear.FAULT or not now.microphone_open or now.deaf,
        DEAF,
    ),
    Rung("the uplink holds a parcel", lambda now: now.leaving, LEAVING),
    Rung("a consent waits for a hand", lambda now: now.proposed, PROPOSED),
    Rung("a command is being heard", _is(Ear.HEARING), Look(Colour.CYAN, Motion.SPIN, "hearing you")),
    Rung("the skills have the word", _is(Ear.THINKING), Look(Colour.BLUE, Motion.SPIN, "thinking")),
    Rung("the answer is being played", _is(Ear.SPEAKING), Look(Colour.BLUE, Motion.PULSE, "speaking")),
    Rung("a deletion is overdue", lambda now: now.overdue, OVERDUE),
    Rung("nothing else", lambda _now: True, WAITING),
)
"""The first rung that applies is shown."""


def look(now: Moment) -> Look:
    """The look for this moment."""
    return next(rung.look for rung in LADDER if rung.applies(now))
