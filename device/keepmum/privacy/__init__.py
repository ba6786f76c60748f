"""The privacy core: one pure function from a state and an event to the next state and the effects.

Latch, mode, consents, outbox and hand-over are one machine, so that the shipped code itself can be searched
exhaustively. Nothing here opens a file, reads a clock or holds a sound; the keeper (`listener/keeper.py`)
carries the effects out, in order.

The rule is one line long: anyone may make it quieter, only someone in the room can make it louder. The only
events that loosen are a button that stays down or a switch that is put over, a quiet that said at its beginning how
long it lasts, and a fault that is repaired; the last two clear their own owner only.
"""

from keepmum.privacy.state import Boxed, Fault, Owner, State
from keepmum.privacy.step import step

__all__ = ["Boxed", "Fault", "Owner", "State", "step"]
