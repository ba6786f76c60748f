"""What a hand on the button does to the state, and what time does: the only ways to become louder."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import LONGEST_CONSENT, Consent, needed
from keepmum.privacy.effects import Effect, Note, Step
from keepmum.privacy.events import Pressed, Released, Switched, Ticked
from keepmum.privacy.state import (
    AGREE_HOLD,
    HAND_CLEARS,
    HOUR,
    LONG_HAND_CLEARS,
    PROPOSAL_LASTS,
    UNMUTE_HOLD,
    Owner,
    Press,
    Proposal,
    State,
)


def pressed(state: State, event: Pressed) -> Step:
    """A press always closes the microphone; only staying down can do anything else."""
    timely, rows = _timed_out(state, event.now)
    # Contacts bounce: an edge without a release before it is the same press, and its hold begins again.
    was_muted = bool(state.mutes & LONG_HAND_CLEARS) if state.press is None else state.press.was_muted
    press = Press(event.now, was_muted)
    return replace(timely, mutes=state.mutes | {Owner.BUTTON}, press=press), rows


def switched(state: State, event: Switched) -> Step:
    """Put to mute, a switch mutes at once; put to listen, it has to stay there as long as a button would.

    And it has to have stood at mute for as long before: a pulse on its line is nobody who put it over.
    """
    if event.muted:
        press = Press(event.now, was_muted=False, switch=True)
        return replace(state, mutes=state.mutes | {Owner.BUTTON}, press=press, proposal=None), ()
    was = state.press
    put_over = was is not None and (was.was_muted or event.now - was.at >= UNMUTE_HOLD)
    return replace(state, press=Press(event.now, was_muted=True, switch=True) if put_over else None), ()


def _held(state: State, now: float) -> Step:
    """What a button that is still down has earned by now."""
    if state.press is None:
        return state, ()
    held = now - state.press.at
    if state.proposal is not None and not state.press.switch:
        return _agree(state) if held >= AGREE_HOLD else (state, ())
    if not state.press.was_muted or held < UNMUTE_HOLD:
        return state, ()
    if held >= AGREE_HOLD:
        return replace(_cleared(state, LONG_HAND_CLEARS), press=spent(state.press)), ()
    cleared = _cleared(state, HAND_CLEARS)
    return cleared if cleared.mutes & LONG_HAND_CLEARS else replace(cleared, press=spent(state.press)), ()


def spent(press: Press | None) -> Press | None:
    """The same finger, which can undo nothing any more until it has come up; a switch, until it is put over again."""
    if press is None or (press.switch and press.was_muted):
        return None
    return replace(press, was_muted=False)


def _cleared(state: State, owners: frozenset[Owner]) -> State:
    lasting = tuple(each for each in state.lasting if each.owner not in owners)
    return replace(state, mutes=state.mutes - owners, lasting=lasting)


def _agree(state: State) -> Step:
    """The hand on the button gives the proposed consent and lifts the mute that its own press made."""
    proposal = state.proposal
    assert proposal is not None
    consent = Consent(proposal.id, proposal.purpose, proposal.recipient, state.wall, state.wall + LONGEST_CONSENT)
    others = tuple(old for old in state.consents if old.purpose != consent.purpose)
    given = replace(
        _cleared(state, frozenset({Owner.BUTTON})),
        consents=(*others, consent),
        mode=max(state.mode, needed(consent.purpose)),
        proposal=None,
        press=spent(state.press),
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
    # A finger that is down when the last quiet ends has nothing left to undo, and must not keep it for a later one.
    held, effects = _held(_outlasted(state, event.now), event.now)
    timely, rows = _timed_out(held, event.now)
    return timely, (*effects, *rows)


def _outlasted(state: State, now: float) -> State:
    """What was to be quiet for a while only is over."""
    if not state.lasting:
        return state
    over = frozenset(each.owner for each in state.lasting if each.until <= now)
    left = (replace(each, hours=int((each.until - now) // HOUR)) for each in state.lasting if each.owner not in over)
    return replace(state, mutes=state.mutes - over, lasting=tuple(left))


def _timed_out(state: State, now: float) -> Step:
    """A proposal that no finger answered in time is gone, however seldom somebody looks at the clock."""
    old = state.proposal
    if old is None or state.press is not None or now - old.opened < PROPOSAL_LASTS:
        return state, ()
    return replace(state, proposal=None), (proposal_row(old, "expired"),)


def released(state: State, event: Released) -> Step:
    held, effects = _held(state, event.now)
    if held.press is None:
        return held, effects
    up = replace(held, press=None)
    if up.proposal is None:
        return up, effects
    # Letting go early is a no.
    return replace(up, proposal=None), (*effects, proposal_row(up.proposal, "refused"))


def proposal_row(proposal: Proposal, outcome: str) -> Note:
    return Note("proposal", {"purpose": proposal.purpose.value, "state": outcome})
