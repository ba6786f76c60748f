"""The privacy core: one pure function from a state and an event to the next state and the effects.

Latch, mode, consents, outbox and hand-over are one machine, so that the shipped code itself can be searched
exhaustively. Nothing here opens a file, reads a clock or holds a sound; the keeper (`listener/keeper.py`)
carries the effects out, in order.

The rule is one line long: anyone may make it quieter, only someone in the room can make it louder. The only
events that loosen are a button that stays down, and a fault that is repaired (which clears only the fault).
"""

from keepmum.privacy.state import Boxed, Owner, State
from keepmum.privacy.step import step

__all__ = ["Boxed", "Owner", "State", "step"]
