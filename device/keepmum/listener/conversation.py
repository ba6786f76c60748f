"""Who answers a sentence: the listener itself where it is about its own promises, otherwise the skills."""

from __future__ import annotations

from collections.abc import Callable

from keepmum.errors import PeerError
from keepmum.listener.offer import Offer
from keepmum.listener.peers.actions import Actions
from keepmum.listener.peers.to_skills import Reply, ToSkills
from keepmum.listener.question import Question
from keepmum.listener.sentences.understand import Intent
from keepmum.listener.talk import Talk, Utterance
from keepmum.messages import Propose
from keepmum.privacy import Owner

Answered = Callable[[Utterance | None], None]
"""Takes what is to be said, or None if no answer came."""


class Conversation:
    """From an intent to what is said about it."""

    def __init__(self, skills: ToSkills, actions: Actions, question: Question, offer: Offer, talk: Talk) -> None:
        self._skills = skills
        self._actions = actions
        self._question = question
        self._offer = offer
        self._talk = talk

    def spoken(self, intent: Intent, answered: Answered) -> None:
        """Somebody in the room said it; `answered` is called once, now or later."""
        if self._question.answers(intent):
            # An answer about a clip is no clip: nobody would ever be done with being asked.
            self._offer.skip()
            answered(self._question.heard(intent))
            return

        def reply(speech: str | None) -> None:
            answered(self._utterance(speech))

        self._skills.ask(intent.name, intent.slots, Owner.VOICE, reply)

    def typed(self, intent: Intent, reply: Reply) -> None:
        """Somebody typed it; the answer is also said aloud. Raises PeerError for what only the room can say."""

        def answered(speech: str | None) -> None:
            utterance = self._utterance(speech)
            if utterance is not None and utterance.text:
                self._talk.later(utterance)
            reply(speech)

        if self._question.answers(intent):
            answered(self._question.typed(intent))
        else:
            self._skills.ask(intent.name, intent.slots, Owner.PANEL, answered)

    def proposed(self, proposal: Propose) -> None:
        """Somebody proposes it from the page: the room is told what it is about, as after a spoken request.

        Raises PeerError, and nobody is told anything, if it cannot be agreed to just now.
        """
        said = self._actions.perform(proposal, Owner.PANEL)
        utterance = self._utterance(said)
        if utterance is None or utterance.then is None:
            raise PeerError(said or "that cannot be proposed")
        self._talk.later(utterance)

    def look(self) -> None:
        """A skill that wants to be asked is asked, when nobody else speaks."""
        skill = self._skills.due()
        if skill is not None:
            self._skills.ask(f"{skill}.due", {}, Owner.VOICE, self._rang)

    def when_quiet(self) -> None:
        """The ear waits and nobody speaks: the time for what takes time, and for a question."""
        self._offer.make()
        announcement = self._question.announcement()
        if announcement is not None:
            self._talk.later(announcement)

    def _utterance(self, speech: str | None) -> Utterance | None:
        then = self._actions.take_then()
        return None if speech is None else Utterance(speech, then=then)

    def _rang(self, speech: str | None) -> None:
        if speech or self._actions.chimes:
            self._talk.later(Utterance(speech or ""))
