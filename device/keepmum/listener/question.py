"""Clips that somebody has to be asked about: offered to be heard, played to the room, and answered by the room alone.

The listener answers these sentences itself: whether something leaves may not hang on a process that only knows text.
Whoever types may say no. Hearing it and saying yes are for those who are in the room.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from keepmum.errors import PeerError, SealError
from keepmum.listener import phrases
from keepmum.listener.keeper import Keeper
from keepmum.listener.sentences.understand import Intent
from keepmum.listener.talk import Utterance
from keepmum.listener.tightening import tighten
from keepmum.privacy import Boxed, Owner, events

log = logging.getLogger(__name__)

HEAR, SEND, KEEP = "privacy.hear", "privacy.send", "privacy.keep"


class Question:
    """What waits for an answer, and the sentences about it."""

    def __init__(self, keeper: Keeper, aloud: Callable[[str], bytes], confirmed: Callable[[], bool]) -> None:
        """`aloud` gives what would leave as sound, or raises SealError; `confirmed` says whether Vosk found the wake
        phrase before the command that is being answered."""
        self._keeper = keeper
        self._aloud = aloud
        self._confirmed = confirmed
        self._announced: set[str] = set()

    @staticmethod
    def answers(intent: Intent) -> bool:
        """Whether this sentence is one of ours."""
        return intent.name in (HEAR, SEND, KEEP)

    def announcement(self) -> Utterance | None:
        """What to say of the newest clip that waits, once; nobody is nagged."""
        state, newest = self._keeper.state, self._newest()
        if newest is None or state.question is not None or state.proposal is not None or newest.id in self._announced:
            return None
        self._announced = {each for each in self._announced if self._waits(each)} | {newest.id}
        return Utterance(phrases.SOMETHING_YOU_SAID, holds=lambda: self._waits(newest.id))

    def heard(self, intent: Intent) -> Utterance:
        """Somebody in the room said it; what to say or play."""
        match intent.name:
            case "privacy.hear":
                return self._hear(simply="simply" in intent.slots)
            case "privacy.send":
                return Utterance(phrases.SAY_YES if "plain" in intent.slots else self._send())
            case _:
                return Utterance(self._keep(Owner.VOICE, last="last" in intent.slots))

    def typed(self, intent: Intent) -> str:
        """Somebody typed it; what to answer. Raises PeerError for what only somebody in the room can say."""
        if intent.name == KEEP:
            return self._keep(Owner.PANEL, last="last" in intent.slots)
        what = "hear what waits" if intent.name == HEAR else "let something leave"
        raise PeerError(
            f"only somebody in the room can {what}",
            "say it after the wake word; or, once it was played, hold the button",
        )

    # ---- what they do

    def _hear(self, *, simply: bool) -> Utterance:
        state, wanted = self._keeper.state, self._asked_about() or self._newest()
        if state.proposal is not None:
            return Utterance(phrases.A_HAND_AGREES if simply else phrases.FIRST_THE_BUTTON)
        if wanted is None:
            return Utterance(phrases.NOTHING_WAITS)
        if state.question is not None and simply:
            # A yes to what was played is too easily said to something else: sending has words of its own.
            return Utterance(phrases.HOLD_OR_SAY)
        self._announced.add(wanted.id)
        return Utterance(
            phrases.WOULD_LEAVE.get(wanted.flow.rung.name.lower(), phrases.WOULD_LEAVE["voice"]),
            recording=lambda: self._recording(wanted.id),
            then=lambda: self._played(wanted.id),
            holds=lambda: self._waits(wanted.id),
        )

    def _recording(self, parcel: str) -> bytes:
        try:
            return self._aloud(parcel)
        except SealError as error:
            log.error("what waits cannot be played: %s", error)
            return b""

    def _played(self, parcel: str) -> str:
        self._keeper.tell(events.Played(*self._keeper.moment(), parcel))
        question = self._keeper.state.question
        answerable = question is not None and question.id == parcel
        return phrases.HOLD_OR_SAY if answerable else phrases.NOT_ANSWERED_NOW

    def _send(self) -> str:
        """The core's row says aloud that it is approved."""
        question = self._keeper.state.question
        if question is None:
            return phrases.NOT_PLAYED if self._newest() is not None else phrases.NOTHING_WAITS
        if not self._confirmed():
            return phrases.NOT_SURE
        self._keeper.tell(events.Answered(*self._keeper.moment(), yes=True))
        state = self._keeper.state
        if self._waits(question.id):
            return phrases.TOO_LATE
        return "" if question.id in {each.id for each in (*state.box, *state.sealing)} else phrases.KEPT

    def _keep(self, owner: Owner, *, last: bool) -> str:
        """The core's row says aloud that it is declined. With nothing to say no to, "don't send it" means what was said
        last, and a mere "no" nothing."""
        if self._newest() is not None:
            self._keeper.tell(events.Answered(*self._keeper.moment(), yes=False))
            return ""
        if last:
            return tighten(self._keeper, "forget_last", owner)
        return phrases.A_HAND_AGREES if self._keeper.state.proposal is not None else ""

    def _newest(self) -> Boxed | None:
        asking = self._keeper.state.asking
        return asking[-1].boxed if asking else None

    def _asked_about(self) -> Boxed | None:
        """While a question stands, nothing else is played: a hand that is held meanwhile answers that question."""
        question = self._keeper.state.question
        asking = self._keeper.state.asking
        return next((each.boxed for each in asking if question is not None and each.boxed.id == question.id), None)

    def _waits(self, parcel: str) -> bool:
        return any(each.boxed.id == parcel for each in self._keeper.state.asking)
