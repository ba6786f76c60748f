"""Tells the weather that the household's own hub has left on its broker; nothing is asked outside the house."""

from __future__ import annotations

from keepmum.messages import Answer, Ask
from keepmum.skills.skill import say


class Weather:
    """facts["weather"] is a sentence, ready to be said."""

    name = "weather"
    intents = ("weather.tell",)

    def answer(self, ask: Ask) -> Answer:
        """What the hub said, or that it said nothing. About another day nothing is known."""
        known = ask.facts.get("weather", "").strip()
        if not known:
            return say(ask, "Nobody has told me about the weather. Your home hub can, over MQTT.")
        day = str(ask.slots.get("day", "today"))
        if day in ("today", "tonight"):
            return say(ask, known)
        return say(ask, f"About {day.removeprefix('on ').capitalize()} I only know this. {known}")
