"""What must be true of every move in every house, one sentence each.

Each function takes a move and says whether its sentence holds. None of them asks the shipped decision.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from privacy_witness import BY_HAND, BY_TIME, NO_MUTE, SECONDS, TENTHS, left
from privacy_world import Move

from keepmum.consent import DAY, Flow, Kind, Mode
from keepmum.privacy import Fault, Owner, State, effects, events
from keepmum.privacy.events import Cause
from keepmum.privacy.state import Lasting

ONE_HAND = frozenset({Owner.BUTTON, Owner.VOICE, Owner.PANEL, Owner.MQTT, Owner.STORM, Owner.QUIET})
"""Whom a short hold undoes. A guest takes a long one, and a fault none."""


def ends(state: State) -> dict[Owner, float]:
    """When each who holds the microphone closed lets go without a hand; `inf` is never."""
    return dict.fromkeys(state.mutes, inf) | {each.owner: each.until for each in state.lasting}


def quieter(one: State, other: State) -> bool:
    """Whether `one` lets out and takes in no more than `other`, now and later: a partial order."""
    mine = ends(one)
    closed = all(mine.get(owner, -inf) >= until for owner, until in ends(other).items())
    return closed and allows_no_more(one, other)


def allows_no_more(one: State, other: State) -> bool:
    """Whether `one` lets out no more than `other`, open as they may be."""
    return (
        one.mode <= other.mode
        and set(one.consents) <= set(other.consents)
        and one.ledger <= other.ledger
        and one.wall >= other.wall
    )


def louder_of(one: State, other: State) -> State:
    """The quietest state that both are quieter than."""
    mine, theirs = ends(one), ends(other)
    both = {owner: min(mine[owner], theirs[owner]) for owner in sorted(mine.keys() & theirs.keys())}
    return State(
        mutes=frozenset(both),
        lasting=tuple(Lasting(owner, until) for owner, until in both.items() if until < inf),
        mode=max(one.mode, other.mode),
        consents=tuple({*one.consents, *other.consents}),
        wall=min(one.wall, other.wall),
        ledger=one.ledger or other.ledger,
    )


def agreed(state: State, flow: Flow, consent: str) -> bool:
    """Whether somebody in the room agreed to this very flow by this very consent, and it is still so."""
    return any(
        each.purpose == flow.purpose
        and each.recipient == flow.recipient
        and each.given <= state.wall < each.given + 90 * DAY
        and state.mode in ((Mode.ASK, Mode.SHARE) if flow.approved else (Mode.SHARE,))
        and flow.confirmed
        and (flow.kind is Kind.ACTION) == (flow.purpose == "commands")
        for each in state.consents
        if each.id == consent
    )


def muted_means_closed(move: Move) -> bool:
    """Muted, the microphone is closed and nothing is outside, sealed, put or handed over."""
    if move.fell or not move.after.state.mutes:
        return True
    leaving = any(isinstance(each, effects.Seal | effects.Put | effects.HandOver) for each in move.effects)
    return not move.after.microphone and not move.after.outside and not leaving


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
    if finger is not None and finger.proposal and now - finger.since >= SECONDS and owner is Owner.BUTTON:
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
    """Mode, consents and ledger loosen only by a finger that stays down as long as agreeing takes."""
    before, after = move.before.state, move.meant
    if allows_no_more(after, before):
        return True
    finger = move.before.witness.finger
    if finger is None or not isinstance(move.event, events.Ticked | events.Released):
        return False
    given = set(after.consents) - set(before.consents)
    return move.event.now - finger.since >= SECONDS and [each.id for each in given] == [finger.proposal]


def nobody_has_less_quiet_than_was_promised(move: Move) -> bool:
    """Neither the time that passes nor a restart shortens what somebody asked for."""
    state, witness = move.after.state, move.after.witness
    return all(each.until >= witness.ends(each.owner) for each in state.lasting)


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
    if not isinstance(event, events.Quieter) or event.want == "forget":
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


def outside_is_agreed(move: Move) -> bool:
    """What is outside was sealed under the consent that is in force now, and its wake was confirmed."""
    after = move.after
    box = {boxed.id: boxed for boxed in after.outbox}
    return all(
        parcel in box and after.state.ledger and agreed(after.state, box[parcel].flow, box[parcel].consent)
        for parcel in after.outside
    )


def put_as_it_was_allowed(move: Move) -> bool:
    """What is put was allowed under that consent when it was wanted, and nobody had it forgotten since."""
    puts = [each.boxed for each in move.effects if isinstance(each, effects.Put)]
    allowed = {(each.seal.id, each.seal.flow, each.seal.consent) for each in move.before.sealing if not each.forgotten}
    return all((boxed.id, boxed.flow, boxed.consent) in allowed for boxed in puts)


def row_before_byte(move: Move) -> bool:
    """A release row precedes every put and a hand-over row every hand-over."""
    rows: set[tuple[str, object]] = set()
    for each in move.effects:
        if isinstance(each, effects.Note):
            rows.add((each.what, each.facts.get("parcel")))
        if isinstance(each, effects.Put) and ("release", each.boxed.id) not in rows:
            return False
        if isinstance(each, effects.HandOver) and ("handover", each.boxed.id) not in rows:
            return False
    return True


def local_means_nothing_leaves(move: Move) -> bool:
    """In local mode the outbox is empty and nothing is outside."""
    return move.fell or move.after.state.mode is not Mode.LOCAL or not (move.after.outbox or move.after.outside)


def withdrawn_means_nothing_leaves(move: Move) -> bool:
    """After a withdrawal no consent is left, the outbox is empty and nothing is outside."""
    if move.fell or not (isinstance(move.event, events.Quieter) and move.event.want == "withdraw"):
        return True
    return not (move.after.state.consents or move.after.outbox or move.after.outside)


def outbox_is_agreed(move: Move) -> bool:
    """What waits is what the core believes to wait, and all of it is covered at this moment."""
    after = move.after
    if move.fell:
        return True
    fresh = all(boxed.expires is None or after.state.wall < boxed.expires for boxed in after.outbox)
    covered = all(agreed(after.state, boxed.flow, boxed.consent) for boxed in after.outbox)
    # In whatever order: what failed once goes to the back of the state, and stays where it is on the disk.
    same = sorted(after.outbox, key=lambda boxed: boxed.id) == sorted(after.state.box, key=lambda boxed: boxed.id)
    return fresh and covered and (after.state.ledger or not after.outbox) and same


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


def one_outside(move: Move) -> bool:
    """At most one parcel is outside, and it is exactly the one that the core believes to be."""
    handed = move.after.state.handed
    return move.fell or move.after.outside == (frozenset() if handed is None else {handed})


def what_may_leave_leaves(move: Move) -> bool:
    """Nothing waits in an unmuted house while the uplink has asked and holds nothing."""
    state = move.after.state
    return move.fell or not state.ready or bool(state.mutes) or not state.box


def no_parcel_vanishes(move: Move) -> bool:
    """A parcel leaves the outbox only together with a row that says delivered, dropped or forgotten."""
    rows = {(each.what, each.facts.get("parcel")) for each in move.effects if isinstance(each, effects.Note)}
    return all(
        rows & {("delivered", each.id), ("dropped", each.id), ("forget", None)}
        for each in move.effects
        if isinstance(each, effects.Erase)
    )


def forgetting_takes_every_clip(move: Move) -> bool:
    """After somebody had everything forgotten, no clip waits."""
    if move.fell or not (isinstance(move.event, events.Quieter) and move.event.want == "forget"):
        return True
    return all(boxed.flow.kind is not Kind.CLIP for boxed in move.after.outbox)


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
    nobody_has_less_quiet_than_was_promised,
    quiet_that_was_to_end_ends,
    a_fault_ends_only_by_its_own_repair,
    what_is_broken_stays_known,
    red_is_proved,
    every_owner_has_its_rows,
    a_wish_for_quiet_is_granted,
    one_consent_for_each_purpose,
    outside_is_agreed,
    put_as_it_was_allowed,
    row_before_byte,
    local_means_nothing_leaves,
    withdrawn_means_nothing_leaves,
    outbox_is_agreed,
    no_fall_loosens,
    one_outside,
    what_may_leave_leaves,
    no_parcel_vanishes,
    forgetting_takes_every_clip,
    only_the_microphone_is_late,
)
