"""What must be true of every move in every house, one sentence each.

Each function takes a move and says whether its sentence holds. None of them asks the shipped decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf

from privacy_leaving import LEAVING, quota_is_kept
from privacy_order import allows_no_more, ends, louder_of, quieter
from privacy_wanted_back import WANTED_BACK, a_fall_keeps_what_was_withdrawn
from privacy_witness import BY_HAND, BY_TIME, FORGET, NO_MUTE, SAME, SECONDS, TENTHS, left
from privacy_world import Move, later

from keepmum.consent import DAY, Mode
from keepmum.privacy import Fault, Owner, effects, events
from keepmum.privacy.events import Cause, Event

ONE_HAND = frozenset({Owner.BUTTON, Owner.VOICE, Owner.PANEL, Owner.MQTT, Owner.STORM, Owner.QUIET})
"""Whom a short hold undoes. A guest takes a long one, and a fault none."""


def muted_means_closed(move: Move) -> bool:
    """Muted, the microphone is closed."""
    return move.fell or not move.after.state.mutes or not move.after.microphone


def open_unless_muted(move: Move) -> bool:
    """The microphone of a running listener is closed only because somebody holds it closed."""
    return move.fell or move.after.microphone or bool(move.after.state.mutes)


def an_owner_leaves_only_in_its_own_way(move: Move) -> bool:
    """Each goes by the hand, the time or the repair that may end it, and by nothing else."""
    gone = move.before.state.mutes - move.meant.mutes
    return not gone or all(_by_hand(move, owner) or _by_time(move, owner) or _by_repair(move, owner) for owner in gone)


def _by_hand(move: Move, owner: Owner) -> bool:
    """A finger that stayed down, or a switch that was put over and stayed there; no wish for quiet came later."""
    finger, switch, now = move.before.witness.finger, move.before.witness.switch, move.event.now
    if not isinstance(move.event, events.Ticked | events.Released):
        return False
    asked = finger is not None and (finger.proposal or finger.clip)
    if finger is not None and asked and now - finger.since >= SECONDS and owner is Owner.BUTTON:
        return True
    holds = [now - finger.since] if finger is not None and finger.muted else []
    holds += [now - switch.since] if switch is not None and switch.put_over and not switch.at_mute else []
    return any(held >= (TENTHS if owner in ONE_HAND else SECONDS) for held in holds) and owner is not Owner.FAULT


def _by_time(move: Move, owner: Owner) -> bool:
    """Its quiet was to end by itself, and its time is up on a clock that only goes forward."""
    over = move.before.witness.ends(owner) <= move.event.now
    return isinstance(move.event, events.Ticked) and owner in BY_TIME and over


def _by_repair(move: Move, owner: Owner) -> bool:
    """Everything that was broken is whole again: a microphone by trying it, a proof by giving it."""
    faults = move.before.witness.faults
    tried = isinstance(move.event, events.Retried) and faults == {Fault.MICROPHONE}
    proved = isinstance(move.event, events.Proved) and faults == {Fault.PROOF}
    return owner is Owner.FAULT and (tried or proved)


def what_a_hand_may_undo_it_undoes(move: Move) -> bool:
    """Whoever holds the button long enough, and whose wish is the last, is not left with a muted speaker."""
    finger = move.before.witness.finger
    if finger is None or not finger.muted or not isinstance(move.event, events.Ticked | events.Released):
        return True
    held = move.event.now - finger.since
    undone = BY_HAND if held >= SECONDS else ONE_HAND if held >= TENTHS else frozenset()
    return not undone & move.meant.mutes


def only_a_hand_allows_more(move: Move) -> bool:
    """Mode, consents and ledger loosen only by a finger that stays down as long as agreeing takes, as was asked."""
    before, after = move.before.state, move.meant
    if isinstance(move.event, events.Booted):
        before = replace(before, offered=after.offered)  # what can be agreed to is settled at a start
    if allows_no_more(after, before):
        return True
    finger = move.before.witness.finger
    if finger is None or not isinstance(move.event, events.Ticked | events.Released):
        return False
    given = set(after.consents) - set(before.consents)
    again = {each.id for each in before.consents if each.terms == finger.terms}
    asked = [each.terms == finger.terms and each.id in (again or {finger.proposal}) for each in given]
    # Of a consent that could not be signed, nothing is left but the mode.
    agreed = asked == [True] or (move.failed and not asked)
    return move.event.now - finger.since >= SECONDS and bool(finger.proposal) and agreed


def of_a_peer(event: Event) -> bool:
    """Whether it comes from outside the room: the uplink, the page, the hub, whoever proposes."""
    return isinstance(
        event,
        events.Quieter
        | events.Proposed
        | events.UplinkReady
        | events.Delivered
        | events.Deleted
        | events.Failed
        | events.UplinkGone,
    )


def no_peer_makes_it_louder(move: Move) -> bool:
    """Whatever comes from outside the room, and whatever happens to the microphone, lets out and takes in no more."""
    if not of_a_peer(move.event):
        return True
    before, wall = move.before.state, move.meant.wall
    if move.failed:
        before = later(before, move.event.now)  # the report of what failed came a step later
    if before.outside or before.spent:
        # What was confirmed, or is over by now, is not wanted back any more; yesterday's quota is nobody's.
        over = {move.event.id} if isinstance(move.event, events.Deleted) else set()
        kept = tuple(each for each in before.outside if each.until > wall and each.id not in over)
        before = replace(before, outside=kept, spent=tuple(each for each in before.spent if each.day >= wall // DAY))
    return quieter(move.meant, before)


def nobody_has_less_quiet_than_was_promised(move: Move) -> bool:
    """Neither the time that passes nor a restart shortens what somebody asked for."""
    state, witness = move.after.state, move.after.witness
    return all(each.until + SAME >= witness.ends(each.owner) for each in state.lasting)


def quiet_that_was_to_end_ends(move: Move) -> bool:
    """Whoever said how long has an end, across restarts too; nobody else has."""
    state, witness = move.after.state, move.after.witness
    ending = {each.owner for each in state.lasting}
    return {owner for owner, _ in witness.promised} <= ending <= state.mutes & BY_TIME


def a_fault_ends_only_by_its_own_repair(move: Move) -> bool:
    """A microphone by being tried again, a proof by being given; and while there is one, it holds the latch."""
    gone = move.before.state.faults - move.meant.faults
    repairs = {Fault.MICROPHONE: events.Retried, Fault.PROOF: events.Proved}
    own = all(isinstance(move.event, repairs[fault]) for fault in gone)
    return own and bool(move.meant.faults) == (Owner.FAULT in move.meant.mutes)


def what_is_broken_stays_known(move: Move) -> bool:
    """The core knows of every fault that happened and was not repaired."""
    return move.fell or move.after.state.faults == move.after.witness.faults


def red_is_proved(move: Move) -> bool:
    """Proven is what was seen to be closed since it was closed last, and nothing else."""
    return not move.after.state.proven or (move.after.witness.closed and bool(move.after.state.mutes))


def every_owner_has_its_rows(move: Move) -> bool:
    """Whoever comes or goes is in the ledger, with a cause that the core knows; a fault has rows of its own."""
    before, after = move.before.state.mutes - {Owner.FAULT}, move.meant.mutes - {Owner.FAULT}
    rows = [each for each in move.effects if isinstance(each, effects.Note) and each.what in ("mute", "unmute")]
    told = {(row.what, row.facts["owner"]) for row in rows}
    expected = {("mute", owner) for owner in after - before} | {("unmute", owner) for owner in before - after}
    return move.failed or (told == expected and all(row.facts["cause"] in list(Cause) for row in rows))


def a_wish_for_quiet_is_granted(move: Move) -> bool:
    """A press mutes, a switch does, and so does everything a peer may ask for but the three other wishes."""
    event, meant = move.event, move.meant
    if isinstance(event, events.Pressed) or (isinstance(event, events.Switched) and event.muted):
        return Owner.BUTTON in meant.mutes
    if isinstance(event, events.Broken):
        return Owner.FAULT in meant.mutes
    if not isinstance(event, events.Quieter) or event.want in FORGET:
        return True
    if event.want in NO_MUTE:
        return meant.mode is Mode.LOCAL and meant.proposal is None
    owner = Owner.GUEST if event.want == "guest" else event.owner
    return owner in meant.mutes and meant.proposal is None


def one_consent_for_each_purpose(move: Move) -> bool:
    """A new consent ends the old one, and none is given while no row could say so."""
    purposes = [consent.purpose for consent in move.meant.consents]
    given = set(move.meant.consents) - set(move.before.state.consents)
    return len(purposes) == len(set(purposes)) and (move.before.state.ledger or not given)


def no_fall_loosens(move: Move) -> bool:
    """A fall boots no louder than the louder of before and after; once the file was written, not than after."""
    if not move.fell:
        return True
    saved = move.done == len(move.effects) or any(isinstance(each, effects.Save) for each in move.effects[: move.done])
    than = move.meant if saved else louder_of(move.before.state, move.meant)
    file, now = move.after.file, move.event.now
    found = ends(file)
    closed = all(
        found.get(owner, -inf) >= left(until, now) for owner, until in ends(than).items() if owner is not Owner.FAULT
    )
    return closed and file.mode <= than.mode and set(file.consents) <= set(than.consents)


def only_the_microphone_is_late(move: Move) -> bool:
    """Closing comes before everything else, and opening after everything else."""
    order = [type(each) for each in move.effects]
    return move.failed or (effects.Close not in order[1:] and effects.Open not in order[:-1])


SENTENCES: tuple[Callable[[Move], bool], ...] = (
    muted_means_closed,
    open_unless_muted,
    an_owner_leaves_only_in_its_own_way,
    what_a_hand_may_undo_it_undoes,
    only_a_hand_allows_more,
    no_peer_makes_it_louder,
    nobody_has_less_quiet_than_was_promised,
    quiet_that_was_to_end_ends,
    a_fault_ends_only_by_its_own_repair,
    what_is_broken_stays_known,
    red_is_proved,
    every_owner_has_its_rows,
    a_wish_for_quiet_is_granted,
    one_consent_for_each_purpose,
    no_fall_loosens,
    only_the_microphone_is_late,
    *LEAVING,
    *WANTED_BACK,
)

AFTER_A_FALL: tuple[Callable[[Move], bool], ...] = (
    nobody_has_less_quiet_than_was_promised,
    quiet_that_was_to_end_ends,
    no_fall_loosens,
    a_fall_keeps_what_was_withdrawn,
    red_is_proved,
    quota_is_kept,
)
"""What can be said of a house whose listener fell over in the middle."""


def sentences(move: Move) -> tuple[Callable[[Move], bool], ...]:
    """Those that this move could break: what was meant is looked at in the whole move, and not once more in a fall."""
    return AFTER_A_FALL if move.fell else SENTENCES
