"""Sets the loudspeaker's volume, and tells it."""

from __future__ import annotations

from keepmum.messages import Answer, Ask, SetVolume
from keepmum.skills.skill import say

_STEP = 10


class Volume:
    """Up and down by ten percent; facts["volume"] is where it stands."""

    name = "volume"
    intents = ("volume.up", "volume.down", "volume.set", "volume.tell")

    def answer(self, ask: Ask) -> Answer:
        """The new volume, said at the new volume."""
        stands = int(ask.facts["volume"]) if ask.facts.get("volume", "").isdecimal() else None
        if ask.intent == "volume.set":
            return _set(ask, int(ask.slots["percent"]))
        if stands is None:
            return say(ask, "I do not know how loud I am. Say a number, like volume fifty.")
        if ask.intent == "volume.tell":
            return say(ask, f"My volume is {stands} percent.")
        return _set(ask, stands + (_STEP if ask.intent == "volume.up" else -_STEP))


def _set(ask: Ask, wanted: int) -> Answer:
    percent = min(100, max(0, wanted))
    return say(ask, f"Volume {percent} percent.", SetVolume(percent=percent))
