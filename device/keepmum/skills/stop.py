"""Never mind: says nothing and does nothing."""

from __future__ import annotations

from keepmum.messages import Answer, Ask
from keepmum.skills.skill import say


class Stop:
    """An empty answer ends the conversation."""

    name = "stop"
    intents = ("stop.stop",)

    def answer(self, ask: Ask) -> Answer:
        """Nothing."""
        return say(ask, "")
