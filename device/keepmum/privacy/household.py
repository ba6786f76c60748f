"""What people ask for that is quieter: a closed microphone, nothing out of the house, something forgotten."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import Kind
from keepmum.privacy import asking, consents
from keepmum.privacy.effects import Effect, Erase, Note, Step
from keepmum.privacy.events import Quieter
from keepmum.privacy.hand import spent
from keepmum.privacy.outside import recalled
from keepmum.privacy.state import GUEST_LASTS, HOUR, LONGEST_QUIET, TIME_CLEARS, Lasting, Owner, Press, State

LONGER = 30.0
"""Seconds by which a wish has to be longer than the one before to change anything: each change is written to the disk,
and whoever asks all the time is not to wear it out. Less than the minute by which quiet hours can differ."""

ONE_COMMAND = 5.0
"""Seconds within which clips were made of the same command."""


def quieter(state: State, event: Quieter) -> Step:
    match event.want:
        case "forget" | "forget_today" | "forget_last":
            return _forget(state, event)
        case "local":
            return consents.to_local(state, event.owner)
        case "withdraw":
            return consents.withdrawn(state, event.owner)
        case "guest":
            return _muted(state, Owner.GUEST, event.now, GUEST_LASTS), ()
        case _:
            # "mute", and any word we do not know: whoever it was wanted quiet.
            return _muted(state, event.owner, event.now, event.lasts), ()


def _muted(state: State, owner: Owner, now: float, lasts: float | None) -> State:
    """Muted by this owner, for so long if its quiet can end by itself; an earlier, longer wish still holds."""
    before = next((each.until for each in state.lasting if each.owner is owner), None)
    others = tuple(each for each in state.lasting if each.owner is not owner)
    endless = owner in state.mutes and before is None
    if owner in TIME_CLEARS and lasts is not None and lasts > 0 and not endless:
        until = now + min(lasts, LONGEST_QUIET)
        if before is not None and until < before + LONGER:
            until = before
        others = (*others, Lasting(owner, until, int((until - now) // HOUR)))
    # A button that asks for quiet without being pressed (it cannot be read, say) has to come up before it earns
    # anything; and whoever asks while a finger is down is not undone by what that finger wanted before.
    press = Press(now, was_muted=False) if owner is Owner.BUTTON else spent(state.press)
    return replace(state, mutes=state.mutes | {owner}, lasting=others, proposal=None, question=None, press=press)


def _forget(state: State, event: Quieter) -> Step:
    """Every clip from then on is erased where we have it, and recalled where somebody else may; home actions are no
    recordings."""
    since = _since(state, event)
    box = [boxed for boxed in state.box if boxed.flow.kind is Kind.CLIP and boxed.at >= since]
    sealing = [boxed for boxed in state.sealing if boxed.flow.kind is Kind.CLIP and boxed.at >= since]
    waiting = [each.boxed.id for each in state.asking if each.boxed.at >= since]
    without, refusals = asking.dropped(state, waiting, "forgotten")
    recall, demands = recalled(without, {each.id for each in state.outside if each.at >= since})
    # What still waits may have been handed over before, and counts once.
    mine = {boxed.id for boxed in (*box, *sealing)} | {*waiting}
    count = len(mine | {each.id for each in state.outside if each.at >= since and each.demanded is None})
    if not count:
        return state, ()  # nothing was there: whoever asks a thousand times does not fill the ledger
    row = Note("forget", {"which": event.want, "clips": count, "by": event.owner.value})
    effects: list[Effect] = []
    for boxed in box:
        # Each has its own end in the ledger: a start that finds it nowhere would think that it was lost.
        effects += [Erase(boxed.id), Note("dropped", {"parcel": boxed.id, "reason": "forgotten"})]
    gone = {boxed.id for boxed in (*box, *sealing)}
    left = replace(
        recall,
        box=tuple(boxed for boxed in recall.box if boxed.id not in gone),
        sealing=tuple(boxed for boxed in recall.sealing if boxed.id not in gone),
    )
    return left, (*demands, *effects, *refusals, row)


def _since(state: State, event: Quieter) -> float:
    """The Unix time from which on everything is meant."""
    if event.want == "forget":
        return float("-inf")
    if event.want == "forget_today":
        return event.since
    every = [*state.box, *state.sealing, *(each.boxed for each in state.asking)]
    latest = [boxed.at for boxed in every if boxed.flow.kind is Kind.CLIP]
    latest += [each.at for each in state.outside if each.demanded is None]
    return max(latest, default=0.0) - ONE_COMMAND
