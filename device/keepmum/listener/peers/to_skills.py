"""The line to the skills: one question at a time, an answer within five seconds, their memory kept for them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keepmum.clock import Clock
from keepmum.errors import StateError
from keepmum.listener import phrases
from keepmum.listener.news import News
from keepmum.listener.peers.actions import Actions
from keepmum.listener.peers.doors import Reception, Visitor
from keepmum.listener.peers.memory import Memory
from keepmum.messages import Answer, Ask, Message, SkillsHello, Slot
from keepmum.privacy import Owner

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds until we apologise for the skills."""

_PAUSE = 30.0
"""Seconds until a due skill that failed is asked again."""

MOST_DUE, WHILE = 30, 600.0
"""Questions to skills that say that they are due, in so many seconds: each answer may write to the disk."""

Reply = Callable[[str | None], None]
"""Takes what is to be said: a sentence, "" for nothing, None if no answer came."""


@dataclass(frozen=True)
class _Question:
    id: int
    intent: str
    owner: Owner
    deadline: float
    reply: Reply

    @property
    def skill(self) -> str:
        return self.intent.partition(".")[0]

    @property
    def is_due(self) -> bool:
        return self.intent.endswith(".due")


class ToSkills:
    """Asks the skills and does what they answer."""

    def __init__(
        self, clock: Clock, actions: Actions, memory: Memory, facts: Callable[[str], Mapping[str, str]], news: News
    ) -> None:
        self._clock = clock
        self._actions = actions
        self._memory = memory
        self._facts = facts
        self._news = news
        self._visitor: Visitor | None = None
        self._question: _Question | None = None
        self._asked = 0
        self._not_before = 0.0
        self._rang: deque[float] = deque(maxlen=MOST_DUE)
        """When skills were asked because they were due."""
        self.utc_offset: Callable[[], float] = lambda: 0.0
        """Seconds to add to UTC for the household's clock; looked up when a question is asked."""

    def reception(self) -> Reception:
        """For the door."""
        return Reception(1, self._came, self._said, self._left)

    @property
    def pending(self) -> bool:
        """Whether the skills have the word."""
        return self._question is not None

    @property
    def deadline(self) -> float | None:
        """When they lose it."""
        return self._question.deadline if self._question else None

    def ask(self, intent: str, slots: Mapping[str, Slot], owner: Owner, reply: Reply) -> None:
        """Ask the skill before the intent's dot; `reply` is called once, now or later."""
        self.drop()
        self._asked += 1
        self._question = _Question(self._asked, intent, owner, self._clock.now() + PATIENCE, reply)
        if self._question.is_due:
            self._rang.append(self._clock.now())
        if not self._send(self._question, slots):
            self._fail()

    def _send(self, question: _Question, slots: Mapping[str, Slot]) -> bool:
        if self._visitor is None:
            return False
        try:
            ask = Ask(
                id=question.id,
                intent=question.intent,
                slots=dict(slots),
                now=self._clock.wall(),
                utc_offset=self.utc_offset(),
                memory=self._memory.of(question.skill).memory,
                facts=dict(self._facts(question.intent)),
            )
            return self._visitor.send(ask)
        except ValueError:
            # Pydantic's or BadMessage; the former would repeat the question, and with it what was heard.
            log.error("a question for %r is too large to be asked", question.skill)
            return False

    def drop(self) -> None:
        """Nobody waits for the answer any more."""
        self._finish(None)

    def _fail(self) -> None:
        if self._question is not None and self._question.is_due:
            # It would be asked again at once.
            self._not_before = self._clock.now() + _PAUSE
        self._finish(None)

    def look_at_the_clock(self) -> None:
        """Give up a question that took too long."""
        if self._question is not None and self._clock.now() >= self._question.deadline:
            self._fail()

    def due(self) -> str | None:
        """A skill that wants to be asked, unless one is being asked now."""
        if self._question or self._visitor is None or self._clock.now() < self._not_before:
            return None
        if len(self._rang) == MOST_DUE and self._clock.now() < self._rang[0] + WHILE:
            return None
        return self._memory.due(self._clock.wall())

    def _finish(self, speech: str | None) -> None:
        question, self._question = self._question, None
        if question is not None:
            question.reply(speech)

    def _came(self, visitor: Visitor) -> None:
        self._visitor = visitor

    def _left(self, _visitor: Visitor) -> None:
        self._visitor = None
        self._news.tell("peer", {"role": "skills", "here": False})
        self._fail()

    def _said(self, _visitor: Visitor, message: Message) -> None:
        match message:
            case SkillsHello(intents=intents):
                log.info("the skills answer %d intents", len(intents))
                self._news.tell("peer", {"role": "skills", "here": True})
            case Answer() if self._question is not None and message.id == self._question.id:
                self._finish(self._act(message, self._question))
            case _:
                log.info("an answer to a question that nobody waits for")

    def _act(self, answer: Answer, question: _Question) -> str:
        speech = answer.speech
        # An alarm that says nothing about the next time has rung its last.
        rang = 0.0 if question.is_due else None
        kept = self._keep(question.skill, answer.memory, rang if answer.due is None else answer.due)
        if not kept and not question.is_due:
            speech = phrases.NOT_KEPT
        done = [self._actions.perform(action, question.owner, asked=not question.is_due) for action in answer.actions]
        # Each once, and none left out: what is proposed is said, whatever comes after it in the answer.
        return " ".join(dict.fromkeys(instead for instead in done if instead is not None)) or speech

    def _keep(self, skill: str, memory: str | None, due: float | None) -> bool:
        try:
            self._memory.keep(skill, memory, due)
        except StateError as error:
            log.error("%s", error)
            return False
        return True
