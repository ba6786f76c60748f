"""What people ask for: quiet of several kinds, and proposals of something louder that only a hand can answer."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import Kind, Mode, Purpose
from keepmum.privacy.effects import Effect, Erase, Note, Step
from keepmum.privacy.events import Proposed, Quieter
from keepmum.privacy.hand import proposal_row, spent
from keepmum.privacy.state import (
    GUEST_LASTS,
    HOUR,
    LONGEST_QUIET,
    TIME_CLEARS,
    Lasting,
    Owner,
    Press,
    Proposal,
    State,
)


def quieter(state: State, event: Quieter) -> Step:
    if event.want == "forget":
        return _forget(state, event.owner)
    if event.want == "local":
        return _to_local(state, event.owner)
    if event.want == "withdraw":
        return _withdraw(state, event.owner)
    if event.want == "guest":
        return _muted(state, Owner.GUEST, event.now, GUEST_LASTS), ()
    # "mute", and any word we do not know: whoever it was wanted quiet.
    return _muted(state, event.owner, event.now, event.lasts), ()


def _muted(state: State, owner: Owner, now: float, lasts: float | None) -> State:
    """Muted by this owner, for so long if its quiet can end by itself; an earlier, longer wish still holds."""
    before = next((each.until for each in state.lasting if each.owner is owner), None)
    others = tuple(each for each in state.lasting if each.owner is not owner)
    endless = owner in state.mutes and before is None
    if owner in TIME_CLEARS and lasts is not None and lasts > 0 and not endless:
        until = max(now + min(lasts, LONGEST_QUIET), before if before is not None else now)
        others = (*others, Lasting(owner, until, int((until - now) // HOUR)))
    # A button that asks for quiet without being pressed (it cannot be read, say) has to come up before it earns
    # anything; and whoever asks while a finger is down is not undone by what that finger wanted before.
    press = Press(now, was_muted=False) if owner is Owner.BUTTON else spent(state.press)
    return replace(state, mutes=state.mutes | {owner}, lasting=others, proposal=None, press=press)


def _forget(state: State, owner: Owner) -> Step:
    """Every clip that still waits, or is still being sealed, is erased; a home action is not a recording."""
    gone = [boxed for boxed in state.box if boxed.flow.kind is Kind.CLIP]
    effects: list[Effect] = [Erase(boxed.id) for boxed in gone]
    effects.append(Note("forget", {"clips": len(gone), "by": owner.value}))
    box = tuple(boxed for boxed in state.box if boxed.flow.kind is not Kind.CLIP)
    sealing = tuple(boxed for boxed in state.sealing if boxed.flow.kind is not Kind.CLIP)
    return replace(state, box=box, sealing=sealing), tuple(effects)


def _to_local(state: State, owner: Owner) -> Step:
    if state.mode is Mode.LOCAL:
        return replace(state, proposal=None), ()
    return replace(state, mode=Mode.LOCAL, proposal=None), (Note("mode", {"mode": "local", "by": owner.value}),)


def _withdraw(state: State, owner: Owner) -> Step:
    local, effects = _to_local(state, owner)
    rows = tuple(
        Note("consent", {"purpose": consent.purpose.value, "state": "withdrawn", "by": owner.value})
        for consent in state.consents
    )
    return replace(local, consents=()), (*effects, *rows)


def proposed(state: State, event: Proposed) -> Step:
    known = event.purpose in {purpose.value for purpose in Purpose}
    named = known and event.recipient and event.id
    # A finger that is down, or about to come down, answers what was asked before, not what a peer slips in; and
    # what cannot be recorded cannot be agreed to.
    busy = state.mutes or state.press is not None or state.proposal is not None
    if not named or busy or not state.ledger:
        # A purpose that nobody knows is a peer's own word, and could be one that was heard.
        purpose = event.purpose if known else "unknown"
        return state, (Note("proposal", {"purpose": purpose, "state": "impossible"}),)
    proposal = Proposal(event.id, Purpose(event.purpose), event.recipient, event.now)
    return replace(state, proposal=proposal), (proposal_row(proposal, "opened"),)
