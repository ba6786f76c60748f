"""The ring's look, a pure function of what is true: the ear, the capture stream and what is leaving.

The light shows the microphone, not the intention: red stands for a closed stream that was read back, and for
nothing else.
"""

from __future__ import annotations

from keepmum.hardware import Colour, Look, Motion
from keepmum.listener.ear import Ear

CONTRADICTION = Look(Colour.AMBER, Motion.BLINK, "muted, but the microphone is open: do not trust me")
DEAF = Look(Colour.AMBER, Motion.BLINK, "no microphone")
MUTED = Look(Colour.RED, Motion.STILL, "muted: the microphone is closed")
LEAVING = Look(Colour.VIOLET, Motion.PULSE, "something is leaving")
PROPOSED = Look(Colour.WHITE, Motion.PULSE, "hold the button to agree")

_OPEN: dict[Ear, Look] = {
    Ear.WAITING: Look(Colour.GREEN, Motion.STILL, "waiting for the wake word"),
    Ear.CONFIRMING: Look(Colour.GREEN, Motion.STILL, "waiting for the wake word"),
    Ear.HEARING: Look(Colour.CYAN, Motion.SPIN, "hearing you"),
    Ear.THINKING: Look(Colour.BLUE, Motion.SPIN, "thinking"),
    Ear.SPEAKING: Look(Colour.BLUE, Motion.PULSE, "speaking"),
}


def look(ear: Ear, *, microphone_open: bool, leaving: bool, proposed: bool) -> Look:
    """The look for this moment; the first line that applies wins."""
    if ear is Ear.MUTED:
        return CONTRADICTION if microphone_open else MUTED
    if ear is Ear.FAULT or not microphone_open:
        return DEAF
    if leaving:
        return LEAVING
    if proposed:
        return PROPOSED
    return _OPEN[ear]
