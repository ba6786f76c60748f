"""What must be true of whatever somebody has forgotten or withdrawn, in every house, one sentence each.

Each function takes a move and says whether its sentence holds: of what waits here, and of what a recipient may have.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from privacy_witness import FORGET, withdraws
from privacy_world import Move

from keepmum.consent import Kind
from keepmum.privacy import effects, events


def forgetting_takes_what_is_meant(move: Move) -> bool:
    """After somebody had everything forgotten, no clip waits for anything; nor the newest, after the last was."""
    event, after = move.event, move.after
    if move.fell or not isinstance(event, events.Quieter) or event.want not in FORGET:
        return True
    waits = [boxed.at for boxed in after.outbox if boxed.flow.kind is Kind.CLIP] + [at for _, at in after.shelf]
    return all(at < _meant(move, event) for at in waits)


def _meant(move: Move, event: events.Quieter) -> float:
    if event.want != "forget_last":
        return event.since if event.want == "forget_today" else -inf
    before = move.before
    known = [boxed.at for boxed in before.outbox if boxed.flow.kind is Kind.CLIP] + [at for _, at in before.shelf]
    known += [each.at for each in before.sealing if each.seal.flow.kind is Kind.CLIP]
    return max(known + [each.at for each in before.theirs if not each.owed], default=inf)


def what_is_owed_is_demanded(move: Move) -> bool:
    """Whatever somebody may have, and a wish to forget or a withdrawal covers, is demanded until it is confirmed."""
    if move.fell:
        return True
    demanded = {each.id for each in move.after.state.outside if each.demanded is not None}
    return {each.id for each in move.after.theirs if each.owed} <= demanded


def what_is_owed_is_not_sent_again(move: Move) -> bool:
    """No clip goes out that somebody wanted back."""
    owed = {each.id for each in move.before.theirs if each.owed}
    return not any(isinstance(each, effects.HandOver) and each.boxed.id in owed for each in move.effects)


def what_may_be_outside_is_followed(move: Move) -> bool:
    """The core knows of everything that somebody may have, and the ledger tells the next run the same."""
    after = move.after
    if move.fell:
        return True
    followed = {each.id: each for each in after.state.outside}
    if not {each.id for each in after.theirs} <= followed.keys():
        return False
    if move.failed or not after.state.ledger:
        return True
    told = after.rows.outside({boxed.id for boxed in after.outbox}, after.state.wall)
    return {each.id: (each.demanded, each.late, each.next) for each in told} == {
        each.id: (each.demanded, each.late, each.next) for each in after.state.outside
    }


def a_fall_keeps_what_was_withdrawn(move: Move) -> bool:
    """Once a withdrawal was saved, the next start owes everything back, whatever the rows had come to."""
    if not move.fell or not withdraws(move.before.witness, move.event) or move.after.file.consents:
        return True
    ended = move.after.rows.ended
    return all(each.owed for each in move.after.theirs if each.consent not in ended)


WANTED_BACK: tuple[Callable[[Move], bool], ...] = (
    forgetting_takes_what_is_meant,
    what_is_owed_is_demanded,
    what_is_owed_is_not_sent_again,
    what_may_be_outside_is_followed,
    a_fall_keeps_what_was_withdrawn,
)
