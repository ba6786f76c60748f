"""Suggests a holiday out of its own short list, so that nobody learns where the household would like to go."""

from __future__ import annotations

from keepmum.messages import Answer, Ask
from keepmum.skills.skill import say

_IDEAS: dict[str, tuple[str, ...]] = {
    "sea": (
        "A house by the sea, out of season, with a kettle and a view.",
        "An island that has more bicycles than cars.",
        "A week of swimming before breakfast, anywhere warm.",
    ),
    "snow": (
        "A hut in the snow, with a sledge, soup and an early night.",
        "Learn to ski across the country, slowly, on flat ground.",
    ),
    "mountain": (
        "Walk from hut to hut for five days and carry little.",
        "A valley with a lake, and a train up the mountain.",
    ),
    "city": (
        "A city with a river. Take a boat through it, and the tram home.",
        "Three museums, three bakeries and one long walk in a city you have never seen.",
    ),
    "near": (
        "The next town on the railway line that you have never got off at.",
        "One night in a tent, an hour from home.",
    ),
    "family": (
        "A farm that lets children feed the animals.",
        "A canal boat: slow, and there is always a lock to work.",
    ),
}


class Holidays:
    """Goes through the list in order; the memory is how many were given."""

    name = "holidays"
    intents = ("holidays.idea",)

    def answer(self, ask: Ask) -> Answer:
        """The next idea, of the kind that was asked for if there is one."""
        ideas = _IDEAS.get(str(ask.slots.get("kind", ""))) or tuple(idea for row in _IDEAS.values() for idea in row)
        given = int(ask.memory) if ask.memory.isdecimal() else 0
        return say(ask, ideas[given % len(ideas)], memory=str(given + 1))
