"""What must be true of whatever leaves, in every house, one sentence each: sealed, put, handed over, wanted back.

Each function takes a move and says whether its sentence holds. None of them asks the shipped decision.
"""

from __future__ import annotations

from collections.abc import Callable

from privacy_place import GIVEN, World
from privacy_witness import MINUTE, ROW, SECONDS, withdraws
from privacy_world import Move

from keepmum.consent import DAY, Flow, Kind, Mode
from keepmum.privacy import effects, events

LARGEST_DAY = 60
"""Clips that leave in a day under one consent, whatever was agreed."""


def agreed(world: World, flow: Flow, consent: str) -> bool:
    """Whether somebody in the room agreed to this very flow by this very consent, and it is still so."""
    state = world.state
    return any(
        each.terms in world.offered
        and (each.purpose, each.recipient) == (flow.purpose, flow.recipient)
        and (each.terms.rung, each.terms.microphone) == (flow.rung, flow.microphone)
        and each.given <= state.wall < min(each.until, each.given + 90 * DAY)
        and _in_mode(state.mode, flow, asks=each.terms.asks)
        and flow.confirmed
        and 0 <= flow.seconds <= 20
        and 0 <= flow.bleeped <= 0.4
        and {"commands": Kind.ACTION, "status": Kind.STATUS}.get(flow.purpose, Kind.CLIP) is flow.kind
        for each in state.consents
        if each.id == consent
    )


def _in_mode(mode: Mode, flow: Flow, *, asks: bool) -> bool:
    if flow.kind is Kind.STATUS:
        return True
    return mode is Mode.SHARE and not asks if not flow.approved else mode in (Mode.ASK, Mode.SHARE)


def heard(flow: Flow) -> bool:
    """Everything but what the speaker tells of itself."""
    return flow.kind is not Kind.STATUS


def leaving(move: Move) -> list[Flow]:
    """What is sealed, put or handed over in this move."""
    flows = [each.flow for each in move.effects if isinstance(each, effects.Seal)]
    return flows + [each.boxed.flow for each in move.effects if isinstance(each, effects.Put | effects.HandOver)]


def muted_means_nothing_heard_leaves(move: Move) -> bool:
    """Muted, nothing that was heard is outside, sealed, put, handed over, or kept for an answer but under a finger."""
    after = move.after
    if move.fell or not after.state.mutes:
        return True
    box = {boxed.id: boxed for boxed in after.outbox}
    outside = any(parcel not in box or heard(box[parcel].flow) for parcel in after.outside)
    finger = after.witness.finger
    answerable = {finger.clip} if finger is not None else set()
    kept = {name for name, _ in after.shelf} - answerable
    return not outside and not kept and (move.failed or not any(heard(flow) for flow in leaving(move)))


def a_clip_is_approved_in_the_room(move: Move) -> bool:
    """Played since it was shelved, and within a minute of that a word came, or a hand that stayed for three seconds."""
    approved = [each.id for each in move.effects if isinstance(each, effects.Seal) and _said_yes(each.flow)]
    shelf = {name for name, _ in move.before.shelf}
    return all(name in shelf and (_by_word(move, name) or _by_hand(move, name)) for name in approved)


def _said_yes(flow: Flow) -> bool:
    return flow.kind is Kind.CLIP and flow.approved


def _by_word(move: Move, name: str) -> bool:
    event, playing = move.event, move.before.witness.playing
    if not isinstance(event, events.Answered) or playing is None or move.before.state.mutes:
        return False
    return event.yes and playing.clip == name and event.now - playing.since < MINUTE


def _by_hand(move: Move, name: str) -> bool:
    finger = move.before.witness.finger
    if not isinstance(move.event, events.Ticked | events.Released) or finger is None:
        return False
    return finger.clip == name and move.event.now - finger.since >= SECONDS


def the_shelf_is_what_the_core_believes(move: Move) -> bool:
    """What waits for an answer is kept, and what is kept waits for an answer."""
    asking = sorted(each.boxed.id for each in move.after.state.asking)
    return move.fell or asking == sorted(name for name, _ in move.after.shelf)


def outside_is_agreed(move: Move) -> bool:
    """What is outside was sealed under the consent that is in force now, and its wake was confirmed."""
    after = move.after
    box = {boxed.id: boxed for boxed in after.outbox}
    return all(
        parcel in box and after.state.ledger and agreed(after, box[parcel].flow, box[parcel].consent)
        for parcel in after.outside
    )


def put_as_it_was_allowed(move: Move) -> bool:
    """What is put was allowed under that consent when it was wanted, and nobody had it forgotten since."""
    puts = [each.boxed for each in move.effects if isinstance(each, effects.Put)]
    allowed = [each for each in move.before.sealing if not each.forgotten]
    told = {(each.seal.id, each.seal.flow, each.seal.consent, each.seal.after, each.at) for each in allowed}
    return all((boxed.id, boxed.flow, boxed.consent, boxed.after, boxed.at) in told for boxed in puts)


def row_before_byte(move: Move) -> bool:
    """A release row precedes every put, a hand-over row every hand-over, and a row every demand."""
    rows: set[tuple[str, object, object]] = set()
    for each in move.effects:
        if isinstance(each, effects.Note):
            rows.add((each.what, each.facts.get("parcel"), each.facts.get("state")))
        if isinstance(each, effects.Put) and ("release", each.boxed.id, None) not in rows:
            return False
        if isinstance(each, effects.HandOver) and ("handover", each.boxed.id, None) not in rows:
            return False
        if isinstance(each, effects.Demand) and ("deletion", each.outside.id, "sent") not in rows:
            return False
    return True


def local_means_nothing_heard_leaves(move: Move) -> bool:
    """In local mode nothing that was heard waits or is outside."""
    after = move.after
    if move.fell or after.state.mode is not Mode.LOCAL:
        return True
    box = {boxed.id: boxed for boxed in after.outbox}
    return not any(heard(boxed.flow) for boxed in box.values()) and after.outside <= box.keys()


def withdrawn_means_nothing_leaves(move: Move) -> bool:
    """From a withdrawal on, until somebody agrees to something, nothing is sealed or put or waits or is outside."""
    after = move.after
    if move.fell or not after.witness.withdrawn:
        return True
    return not (after.state.consents or after.outbox or after.outside or leaving(move))


def three_presses_withdraw(move: Move) -> bool:
    """In a row, and no fewer: consents end by a wish, by three presses, by time, or because nothing shows them."""
    if withdraws(move.before.witness, move.event):
        return not move.meant.consents and move.meant.mode is Mode.LOCAL
    if move.failed or not isinstance(move.event, events.Pressed):
        return True
    live = {each for each in move.before.state.consents if move.meant.wall < each.ends}
    return live <= set(move.meant.consents) and move.meant.taps < ROW


def outbox_is_agreed(move: Move) -> bool:
    """What waits is what the core believes to wait, and all of it is covered at this moment."""
    after = move.after
    if move.fell:
        return True
    fresh = all(boxed.expires is None or after.state.wall < boxed.expires for boxed in after.outbox)
    covered = all(agreed(after, boxed.flow, boxed.consent) for boxed in after.outbox)
    # In whatever order: what failed once goes to the back of the state, and stays where it is on the disk.
    waits = sorted((boxed.id, boxed.consent, boxed.at) for boxed in after.outbox)
    same = waits == sorted((boxed.id, boxed.consent, boxed.at) for boxed in after.state.box)
    return fresh and covered and (after.state.ledger or not after.outbox) and same


def quota_is_kept(move: Move) -> bool:
    """By the ledger's own count, no consent's clips of a day are more than was agreed to, nor more than sixty."""
    most = {each.id: min(each.terms.quota, LARGEST_DAY) for each in move.after.state.consents}
    return all(each.count <= most.get(each.consent, LARGEST_DAY) for each in move.after.rows.spent)


def nothing_leaves_before_its_window(move: Move) -> bool:
    """Neither before the moment that was said when it was wanted, nor before the next attempt."""
    window = {boxed.id: boxed.after for boxed in (*move.before.outbox, *move.after.outbox)}
    handed = [each.boxed for each in move.effects if isinstance(each, effects.HandOver)]
    return all(max(boxed.after, window.get(boxed.id, 0.0)) <= move.meant.wall for boxed in handed)


def one_outside(move: Move) -> bool:
    """At most one thing is in the uplink's hands, and it is exactly the one that the core believes to be there."""
    handed = move.after.state.handed
    held = [*move.after.outside, *move.after.demands]
    return move.fell or held == ([] if handed is None else [handed])


def what_may_leave_leaves(move: Move) -> bool:
    """Nothing whose time has come waits while the uplink has asked and holds nothing."""
    state = move.after.state
    if move.fell or not state.ready or not state.ledger:
        return True
    due = [boxed for boxed in state.box if boxed.after <= state.wall and not (state.mutes and heard(boxed.flow))]
    return not due and not any(each.demanded is not None and each.next <= state.wall for each in state.outside)


def no_parcel_vanishes(move: Move) -> bool:
    """A parcel leaves the outbox only together with a row that says delivered or dropped."""
    rows = {(each.what, each.facts.get("parcel")) for each in move.effects if isinstance(each, effects.Note)}
    return all(
        rows & {("delivered", each.id), ("dropped", each.id)}
        for each in move.effects
        if isinstance(each, effects.Erase)
    )


def what_was_released_has_an_end(move: Move) -> bool:
    """By the ledger, every parcel arrived, was dropped, or still waits; after a fall the next start says so."""
    after = move.after
    if move.fell or move.failed or not after.state.ledger:
        return True
    return not after.rows.lost({boxed.id for boxed in after.outbox})


def a_consent_counts_when_it_is_signed(move: Move) -> bool:
    """Whatever is in force has its receipt and is offered now; nothing moves under it before that is written."""
    after = move.after
    if move.fell:
        return True
    shown = all(each in after.receipts and each.terms in after.offered for each in after.state.consents)
    return shown and _signed_first(move)


def _signed_first(move: Move) -> bool:
    new = {each.id for each in set(move.meant.consents) - set(move.before.state.consents)}
    for each in move.effects:
        if isinstance(each, effects.Sign) and each.event in GIVEN:
            new -= {each.consent.id}
        under = each.consent if isinstance(each, effects.Seal) else ""
        under = each.boxed.consent if isinstance(each, effects.Put | effects.HandOver) else under
        if under in new:
            return False
    return True


def receipts_say_how_consents_end(move: Move) -> bool:
    """Whoever comes or goes has a word in the receipt: given, re-confirmed, withdrawn, expired or invalidated."""
    if move.failed:
        return True
    words = {(each.consent.id, each.event) for each in move.effects if isinstance(each, effects.Sign)}
    before = {each.id for each in move.before.state.consents}
    after = {each.id for each in move.meant.consents}
    ended = {name for name, word in words if word in ("withdrawn", "expired", "invalidated")}
    given = {name for name, word in words if word in GIVEN}
    return before - after <= ended and after - before <= given


LEAVING: tuple[Callable[[Move], bool], ...] = (
    muted_means_nothing_heard_leaves,
    a_clip_is_approved_in_the_room,
    the_shelf_is_what_the_core_believes,
    outside_is_agreed,
    put_as_it_was_allowed,
    row_before_byte,
    local_means_nothing_heard_leaves,
    withdrawn_means_nothing_leaves,
    three_presses_withdraw,
    outbox_is_agreed,
    quota_is_kept,
    nothing_leaves_before_its_window,
    one_outside,
    what_may_leave_leaves,
    no_parcel_vanishes,
    what_was_released_has_an_end,
    a_consent_counts_when_it_is_signed,
    receipts_say_how_consents_end,
)
