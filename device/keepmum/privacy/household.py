"""What people and the microphone do to the state: the button, requests for quiet, proposals, faults."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import LONGEST_CONSENT, Consent, Kind, Mode, Purpose, needed
from keepmum.privacy.effects import Effect, Erase, Note, Step
from keepmum.privacy.events import Broken, Pressed, Proposed, Quieter, Released, Repaired, Ticked
from keepmum.privacy.state import AGREE_HOLD, HAND_CLEARS, PROPOSAL_LASTS, UNMUTE_HOLD, Owner, Press, Proposal, State


def pressed(state: State, event: Pressed) -> Step:
    """A press always closes the microphone; only staying down can do anything else."""
    timely, rows = _timed_out(state, event.now)
    # Contacts bounce: an edge without a release before it is the same press, and its hold begins again.
    was_muted = bool(state.mutes & HAND_CLEARS) if state.press is None else state.press.was_muted
    press = Press(event.now, was_muted)
    return replace(timely, mutes=state.mutes | {Owner.BUTTON}, press=press), rows


def _held(state: State, now: float) -> Step:
    """What a button that is still down has earned by now."""
    if state.press is None:
        return state, ()
    held = now - state.press.at
    if state.proposal is not None:
        return _agree(state) if held >= AGREE_HOLD else (state, ())
    if state.press.was_muted and held >= UNMUTE_HOLD:
        return replace(state, mutes=state.mutes - HAND_CLEARS, press=None), ()
    return state, ()


def _agree(state: State) -> Step:
    """The hand on the button gives the proposed consent and lifts the mute that its own press made."""
    proposal = state.proposal
    assert proposal is not None
    consent = Consent(proposal.id, proposal.purpose, proposal.recipient, state.wall, state.wall + LONGEST_CONSENT)
    others = tuple(old for old in state.consents if old.purpose != consent.purpose)
    given = replace(
        state,
        consents=(*others, consent),
        mode=max(state.mode, needed(consent.purpose)),
        mutes=state.mutes - HAND_CLEARS,
        proposal=None,
        press=None,
    )
    rows: list[Effect] = [
        Note(
            "consent",
            {"purpose": consent.purpose.value, "state": "given", "consent": consent.id, "to": consent.recipient},
        )
    ]
    if given.mode is not state.mode:
        rows.append(Note("mode", {"mode": given.mode.name.lower(), "by": Owner.BUTTON.value}))
    return given, tuple(rows)


def ticked(state: State, event: Ticked) -> Step:
    held, effects = _held(state, event.now)
    timely, rows = _timed_out(held, event.now)
    return timely, (*effects, *rows)


def _timed_out(state: State, now: float) -> Step:
    """A proposal that no finger answered in time is gone, however seldom somebody looks at the clock."""
    old = state.proposal
    if old is None or state.press is not None or now - old.opened < PROPOSAL_LASTS:
        return state, ()
    return replace(state, proposal=None), (_proposal_row(old, "expired"),)


def released(state: State, event: Released) -> Step:
    held, effects = _held(state, event.now)
    if held.press is None:
        return held, effects
    up = replace(held, press=None)
    if up.proposal is None:
        return up, effects
    # Letting go early is a no.
    return replace(up, proposal=None), (*effects, _proposal_row(up.proposal, "refused"))


def _proposal_row(proposal: Proposal, outcome: str) -> Note:
    return Note("proposal", {"purpose": proposal.purpose.value, "state": outcome})


def quieter(state: State, event: Quieter) -> Step:
    if event.want == "forget":
        return _forget(state, event.owner)
    if event.want == "local":
        return _to_local(state, event.owner)
    if event.want == "withdraw":
        return _withdraw(state, event.owner)
    # "mute", and any word we do not know: whoever it was wanted quiet.
    return replace(state, mutes=state.mutes | {event.owner}, proposal=None), ()


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
    return replace(state, proposal=proposal), (_proposal_row(proposal, "opened"),)


def broken(state: State, _event: Broken) -> Step:
    return replace(state, mutes=state.mutes | {Owner.FAULT}), ()


def repaired(state: State, _event: Repaired) -> Step:
    return replace(state, mutes=state.mutes - {Owner.FAULT}), ()
