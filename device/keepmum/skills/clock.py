"""Tells the time and the date."""

from __future__ import annotations

from keepmum.messages import Answer, Ask
from keepmum.skills import wording
from keepmum.skills.skill import local_time, say

_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


class Clock:
    """The household's clock."""

    name = "clock"
    intents = ("clock.time", "clock.date")

    def answer(self, ask: Ask) -> Answer:
        """The time as "It is 7 30 in the evening.", the date as "It is Sunday, the 22nd of November."."""
        now = local_time(ask)
        if ask.intent == "clock.time":
            return say(ask, f"It is {wording.time(now.hour, now.minute)}.")
        return say(ask, f"It is {now:%A}, the {now.day}{_ORDINALS.get(now.day, 'th')} of {now:%B}.")
