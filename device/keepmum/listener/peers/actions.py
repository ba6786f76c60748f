"""Does what an answer asks for. A skill can ask for quiet, for sound, and for a home action; never for more ears."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from keepmum.clip import new_id
from keepmum.consent import HOUSEHOLD, Flow, Kind, Purpose, Reason, Rung
from keepmum.errors import StateError
from keepmum.listener import phrases
from keepmum.listener.keeper import Keeper
from keepmum.listener.release import Release
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
    ) -> None:
        """`home` are the topics that belong to the household's things; nothing is published elsewhere."""
        self._keeper = keeper
        self._release = release
        self._broker = household_broker
        self._set_volume = set_volume
        self._home_topics = home
        self.chimes = 0
        """Alarm sounds to be played before the next answer."""

    def take_chimes(self) -> int:
        """How many alarm sounds to play now; the next answer has none again."""
        chimes, self.chimes = self.chimes, 0
        return chimes

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
                self._keeper.tell(events.Quieter(*self._keeper.moment(), want, owner))
            case Propose(purpose=purpose, rung=rung, asks=asks):
                return self._propose(purpose, Rung[rung.upper()], asks) if asked else phrases.NOT_NOW
            case Chime(times=times):
                self.chimes = times
        return None

    def _home(self, topic: str, payload: str, asked: bool) -> str | None:
        parcel = new_id()
        # The person has just said so, aloud: that is the approval. A skill's own idea has none, in no mode.
        flow = Flow(Kind.ACTION, Purpose.COMMANDS, self._broker, 0.0, confirmed=True, approved=asked)
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
        recipient = self._broker if purpose in HOUSEHOLD else self._release.recipient
        mine = new_id()
        self._keeper.tell(events.Proposed(*self._keeper.moment(), mine, purpose, rung, asks))
        stands = self._keeper.state.proposal
        # Another proposal may stand already: nobody may agree to that one in the belief that it is this one.
        if stands is not None and stands.id == mine:
            return phrases.PROPOSED[purpose]
        return phrases.NOT_NOW if recipient else phrases.NO_RECIPIENT
