"""What a skill is: a name, the intents it answers, and one pure function."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from keepmum.messages import Action, Answer, Ask


@runtime_checkable
class Skill(Protocol):
    """Everything comes in with the Ask: slots, time, memory, facts. Everything goes out with the Answer.

    A skill keeps nothing in itself: what it returns as `memory` stands in the next Ask. When `due` was set, it is
    asked `<name>.due` at that time, which need not stand among the intents.
    """

    @property
    def name(self) -> str:
        """One word in small letters: what stands before the dot of its intents."""
        ...

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents it answers, each `<name>.<verb>` as in the sentence file."""
        ...

    def answer(self, ask: Ask) -> Answer:
        """What to say and do."""
        ...


def say(ask: Ask, speech: str, *actions: Action, memory: str | None = None, due: float | None = None) -> Answer:
    """The answer to this Ask. `memory` and `due` stay as they were when left out; a `due` of 0 clears it."""
    return Answer(id=ask.id, speech=speech, actions=list(actions), memory=memory, due=due)


def local_time(ask: Ask) -> datetime:
    """What the household's clock shows; its time zone says UTC, but the hands are local."""
    return datetime.fromtimestamp(ask.now + ask.utc_offset, UTC)
