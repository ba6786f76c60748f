"""Does what somebody asks for that is quieter, whoever it is, and says plainly what came of it."""

from __future__ import annotations

from keepmum.consent import Kind
from keepmum.listener import phrases
from keepmum.listener.keeper import Keeper
from keepmum.messages import Want
from keepmum.privacy import Owner, State, events

_SAID = {"mute": phrases.MUTED, "guest": phrases.GUEST, "local": phrases.LOCAL}


def tighten(keeper: Keeper, want: Want, owner: Owner) -> str:
    """Do it at once; the sentence about it."""
    before = keeper.state
    keeper.tell(events.Quieter(*keeper.moment(), want, owner))
    after = keeper.state
    recalled = _demanded(after) - _demanded(before)
    if want == "withdraw":
        return " ".join([phrases.WITHDRAWN, *([phrases.recalled(len(recalled))] if recalled else [])])
    if want in _SAID:
        return _SAID[want]
    if recalled:
        return phrases.recalled(len(recalled))
    if _held(before) - _held(after):
        return phrases.FORGOTTEN
    return phrases.ASKED_ALREADY if _demanded(after) else phrases.NOTHING_TO_FORGET


def _demanded(state: State) -> set[str]:
    """What is to be destroyed elsewhere."""
    return {each.id for each in state.outside if each.demanded is not None}


def _held(state: State) -> set[str]:
    """The clips that are still here."""
    every = [*state.box, *state.sealing, *(each.boxed for each in state.asking)]
    return {boxed.id for boxed in every if boxed.flow.kind is Kind.CLIP}
