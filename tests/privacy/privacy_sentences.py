"""What must be true of every move in every house, one sentence each.

Each function takes a move and says whether its sentence holds. None of them asks the shipped decision.
"""

from __future__ import annotations

from collections.abc import Callable

from privacy_world import Move

from keepmum.consent import DAY, Flow, Kind, Mode
from keepmum.privacy import Owner, State, effects, events
from keepmum.privacy.state import AGREE_HOLD, UNMUTE_HOLD


def quieter(one: State, other: State) -> bool:
    """Whether `one` lets out and takes in no more than `other`: a partial order."""
    return (
        one.mutes >= other.mutes
        and one.mode <= other.mode
        and set(one.consents) <= set(other.consents)
        and one.ledger <= other.ledger
        and one.wall >= other.wall
    )


def louder_of(one: State, other: State) -> State:
    """The quietest state that both are quieter than."""
    return State(
        mutes=one.mutes & other.mutes,
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


def only_a_held_button_loosens(move: Move) -> bool:
    """Nothing loosens but a finger that stays on the button, and a repair, which clears the fault alone."""
    before, after = move.before.state, move.meant
    if isinstance(move.event, events.Repaired):
        before = State(before.mutes - {Owner.FAULT}, before.mode, before.consents, ledger=before.ledger)
    if quieter(after, before):
        return True
    finger = move.before.finger
    if finger is None or not isinstance(move.event, events.Ticked | events.Released):
        return False
    held, given = move.event.now - finger.since, set(after.consents) - set(before.consents)
    if not given:
        return held >= UNMUTE_HOLD and finger.muted and after.mode <= before.mode
    return held >= AGREE_HOLD and [each.id for each in given] == [finger.proposal]


def a_wish_for_quiet_is_granted(move: Move) -> bool:
    """A press mutes, and so does everything a peer may ask for that is not one of the three other wishes."""
    event, meant = move.event, move.meant
    if isinstance(event, events.Pressed):
        return Owner.BUTTON in meant.mutes
    if not isinstance(event, events.Quieter) or event.want == "forget":
        return True
    if event.want in {"local", "withdraw"}:
        return meant.mode is Mode.LOCAL and meant.proposal is None
    return event.owner in meant.mutes and meant.proposal is None


def a_hand_never_clears_a_fault(move: Move) -> bool:
    """Only a repair, or a new start, takes the fault away."""
    here, gone = Owner.FAULT in move.before.state.mutes, Owner.FAULT not in move.meant.mutes
    return not (here and gone) or isinstance(move.event, events.Repaired)


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
    kept = State(than.mutes - {Owner.FAULT}, than.mode, than.consents, ledger=True)
    return quieter(move.after.file, kept)


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
    only_a_held_button_loosens,
    a_wish_for_quiet_is_granted,
    a_hand_never_clears_a_fault,
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
