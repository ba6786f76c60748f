"""Does what an answer asks for. A skill can ask for quiet, for sound, and for a home action; never for more ears."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from keepmum.clip import new_id
from keepmum.consent import HOUSEHOLD, Flow, Kind, Purpose, Reason, Rung, Terms
from keepmum.errors import ReceiptError, StateError
from keepmum.listener import phrases
from keepmum.listener.keeper import Keeper
from keepmum.listener.release import Release
from keepmum.listener.tightening import tighten
from keepmum.messages import Action, Chime, HomeAction, Propose, SetVolume, Tighten
from keepmum.privacy import Owner, events

log = logging.getLogger(__name__)

ACTION_LASTS = 10.0
"""Seconds; a light that turns on an hour later is worse than one that does not."""

STRANGE_TOPIC = "strange_topic"
"""Why a home action for something that is none of the household's things was refused."""


class Actions:
    """The listener's hands."""

    def __init__(
        self,
        keeper: Keeper,
        release: Release,
        household_broker: str,
        set_volume: Callable[[int], None],
        *,
        home: Collection[str],
        microphone: str,
        spoken: Callable[[Terms], str],
    ) -> None:
        """`home` are the topics that belong to the household's things; nothing is published elsewhere. `microphone` is
        the one that hears, as in the consents' terms. `spoken` is the
        notice of some terms as it is said aloud; it raises ReceiptError if there is none."""
        self._keeper = keeper
        self._release = release
        self._broker = household_broker
        self._set_volume = set_volume
        self._home_topics = home
        self._microphone = microphone
        self._spoken = spoken
        self.chimes = 0
        """Alarm sounds to be played before the next answer."""
        self._then: Callable[[], str] | None = None

    def take_chimes(self) -> int:
        """How many alarm sounds to play now; the next answer has none again."""
        chimes, self.chimes = self.chimes, 0
        return chimes

    def take_then(self) -> Callable[[], str] | None:
        """What is to be done once the answer was heard to its end, if anything; the next answer has nothing again."""
        then, self._then = self._then, None
        return then

    def perform(self, action: Action, owner: Owner, *, asked: bool = True) -> str | None:
        """Do one thing; what must be said instead of the skill's own answer, if anything must.

        `asked` is false for a skill that speaks up by itself, at a time of its own choosing.
        """
        match action:
            case HomeAction(topic=topic, payload=payload):
                return self._home(topic, payload, asked)
            case SetVolume(percent=percent):
                return self._volume(percent)
            case Tighten(want=want):
                said = tighten(self._keeper, want, owner)
                # What happened to things that had left already no skill can know.
                return said if want == "withdraw" or want.startswith("forget") else None
            case Propose(purpose=purpose, rung=rung, asks=asks):
                return self._propose(purpose, Rung[rung.upper()], asks) if asked else phrases.NOT_NOW
            case Chime(times=times):
                self.chimes = times
        return None

    def _home(self, topic: str, payload: str, asked: bool) -> str | None:
        parcel = new_id()
        # The person has just said so, aloud: that is the approval. A skill's own idea has none, in no mode.
        flow = Flow(
            Kind.ACTION, Purpose.COMMANDS, self._broker, 0.0, True, asked, rung=Rung.TEXT, microphone=self._microphone
        )
        self._release.hold_action(parcel, topic, payload)
        obstacle = Reason.NOT_ASKED.value if not asked else "" if self._is_ours(topic) else STRANGE_TOPIC
        if obstacle:
            self._keeper.refuse(parcel, flow, obstacle)
            return phrases.KEPT
        reason = self._keeper.offer(parcel, flow, self._keeper.moment()[1] + ACTION_LASTS)
        return phrases.KEPT_TO_MYSELF.get(reason, phrases.KEPT) if reason else None

    def _is_ours(self, topic: str) -> bool:
        """A skill may reach the things that the owner named, not the rest of the broker."""
        return any(topic == ours or topic.startswith(f"{ours}/") for ours in self._home_topics)

    def _volume(self, percent: int) -> str | None:
        try:
            self._set_volume(percent)
        except StateError as error:
            log.error("%s", error)
            return phrases.NOT_KEPT
        return None

    def _propose(self, purpose: str, rung: Rung, asks: bool) -> str | None:
        """Say what it is about. The question itself is put once that was heard: whoever was not told cannot agree."""
        recipient = self._broker if purpose in HOUSEHOLD else self._release.recipient
        if not recipient:
            return phrases.NO_RECIPIENT
        if self._then is not None:
            return phrases.NOT_NOW
        terms = self._offered(purpose, rung, asks)
        if terms is None or self._is_busy:
            # The core puts the refusal into the ledger.
            self._put(new_id(), purpose, rung, asks)
            return phrases.NOT_NOW
        try:
            notice = self._spoken(terms)
        except ReceiptError as error:
            log.error("%s", error)
            return phrases.NOT_NOW
        self._then = lambda: self._put(new_id(), purpose, rung, asks)
        return f"{notice} {phrases.HOLD}"

    def _offered(self, purpose: str, rung: Rung, asks: bool) -> Terms | None:
        wanted = (purpose, rung, asks)
        offered = self._keeper.state.offered
        return next((each for each in offered if (each.purpose.value, each.rung, each.asks) == wanted), None)

    @property
    def _is_busy(self) -> bool:
        """Whether a hand could not answer just now, or would answer something else."""
        state = self._keeper.state
        waits = state.press is not None or state.proposal is not None or state.question is not None
        return bool(state.mutes) or waits or not state.ledger

    def _put(self, proposal: str, purpose: str, rung: Rung, asks: bool) -> str:
        """Put the question; what to say if it cannot be put any more."""
        self._keeper.tell(events.Proposed(*self._keeper.moment(), proposal, purpose, rung, asks))
        stands = self._keeper.state.proposal
        return "" if stands is not None and stands.id == proposal else phrases.NOT_NOW
