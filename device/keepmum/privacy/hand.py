"""What a hand on the button does to the state, and what time does: the only ways to become louder."""

from __future__ import annotations

from dataclasses import replace

from keepmum.privacy import asking, consents
from keepmum.privacy.effects import Step
from keepmum.privacy.events import Pressed, Released, Switched, Ticked
from keepmum.privacy.state import (
    AGREE_HOLD,
    HAND_CLEARS,
    HOUR,
    LONG_HAND_CLEARS,
    PROPOSAL_LASTS,
    TAP_GAP,
    TAPS,
    UNMUTE_HOLD,
    Owner,
    Press,
    State,
)


def pressed(state: State, event: Pressed) -> Step:
    """A press always closes the microphone; only staying down can do anything else."""
    proposed, rows = _timed_out(state, event.now)
    timely, more = asking.timed_out(proposed, event.now)
    rows = (*rows, *more)
    # Contacts bounce: an edge without a release before it is the same press, and its hold begins again.
    was_muted = bool(state.mutes & LONG_HAND_CLEARS) if state.press is None else state.press.was_muted
    press = Press(event.now, was_muted)
    taps = _taps(state, event.now)
    closed = replace(timely, mutes=state.mutes | {Owner.BUTTON}, press=press, taps=taps, tapped=event.now)
    if taps < TAPS:
        return closed, rows
    quiet, more = consents.withdrawn(replace(closed, taps=0), Owner.BUTTON)
    return quiet, (*rows, *more)


def _taps(state: State, now: float) -> int:
    """Presses in a row, this one included; a contact that bounces is one press."""
    in_a_row = state.taps if now - state.tapped <= TAP_GAP else 0
    return max(in_a_row, 1) if state.press is not None else in_a_row + 1


def switched(state: State, event: Switched) -> Step:
    """Put to mute, a switch mutes at once; put to listen, it has to stay there as long as a button would.

    And it has to have stood at mute for as long before: a pulse on its line is nobody who put it over.
    """
    if event.muted:
        press = Press(event.now, was_muted=False, switch=True)
        return replace(state, mutes=state.mutes | {Owner.BUTTON}, press=press, proposal=None, question=None), ()
    was = state.press
    put_over = was is not None and (was.was_muted or event.now - was.at >= UNMUTE_HOLD)
    return replace(state, press=Press(event.now, was_muted=True, switch=True) if put_over else None), ()


def _held(state: State, now: float) -> Step:
    """What a button that is still down has earned by now."""
    if state.press is None:
        return state, ()
    held = now - state.press.at
    if (state.proposal is not None or state.question is not None) and not state.press.switch:
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
    """The hand on the button says yes to what was asked, and lifts the mute that its own press made."""
    lifted = replace(_cleared(state, frozenset({Owner.BUTTON})), press=spent(state.press))
    if state.proposal is not None:
        return consents.agreed(lifted, state.proposal)
    assert state.question is not None
    return asking.approved(lifted, state.question)


def ticked(state: State, event: Ticked) -> Step:
    # A finger that is down when the last quiet ends has nothing left to undo, and must not keep it for a later one.
    held, effects = _held(_outlasted(state, event.now), event.now)
    timely, rows = _timed_out(held, event.now)
    asked, more = asking.timed_out(timely, event.now)
    if asked.taps and event.now - asked.tapped > TAP_GAP:
        asked = replace(asked, taps=0, tapped=0.0)
    return asked, (*effects, *rows, *more)


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
    return replace(state, proposal=None), consents.turned_down(old, "expired")


def released(state: State, event: Released) -> Step:
    held, effects = _held(state, event.now)
    if held.press is None:
        return held, effects
    up = replace(held, press=None)
    # Letting go early is a no.
    if up.proposal is not None:
        return replace(up, proposal=None), (*effects, *consents.turned_down(up.proposal, "refused"))
    if up.question is not None:
        up, no = asking.dropped(up, [up.question.id], "declined")
        return up, (*effects, *no)
    return up, effects
