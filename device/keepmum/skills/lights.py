"""Turns lights and other things on and off, and dims them."""

from __future__ import annotations

from keepmum.messages import Answer, Ask, HomeAction
from keepmum.skills import home, wording
from keepmum.skills.skill import say

_BRIGHTEST = 254
"""What Zigbee calls full brightness."""

_MOST = 8


class Lights:
    """A thing is `thing` (one name), or `fixture` in a `room`; the room "all" is the whole house."""

    name = "lights"
    intents = ("lights.turn_on", "lights.turn_off", "lights.dim")

    def answer(self, ask: Ask) -> Answer:
        """One home action for a thing, or one for each light in the house."""
        payload = _payload(ask)
        state = "off" if payload["state"] == "OFF" else "on"
        how = f"at {ask.slots['percent']} percent" if ask.intent == "lights.dim" and state == "on" else state
        if ask.slots.get("room") == "all":
            return say(
                ask,
                wording.sentence(f"everything {how}" if "fixture" not in ask.slots else f"all lights {how}"),
                *_all(ask, payload),
            )
        name, place = _thing(ask)
        return say(ask, wording.sentence(f"{name} {how}"), home.action(ask, name, place, payload))


def _payload(ask: Ask) -> dict[str, str | int]:
    if ask.intent == "lights.dim":
        percent = int(ask.slots["percent"])
        if percent:
            return {"state": "ON", "brightness": round(percent * _BRIGHTEST / 100)}
    return {"state": "ON" if ask.intent == "lights.turn_on" else "OFF"}


def _thing(ask: Ask) -> tuple[str, str]:
    """The spoken name, and the place below the home's topic."""
    if "thing" in ask.slots:
        return str(ask.slots["thing"]), str(ask.slots["thing"])
    fixture = str(ask.slots["fixture"])
    if "room" not in ask.slots:
        return fixture, fixture
    return f"{ask.slots['room']} {fixture}", f"{ask.slots['room']}/{fixture}"


def _all(ask: Ask, payload: dict[str, str | int]) -> list[HomeAction]:
    """The house's own topic for all, and the owner's lights, which have topics of their own."""
    wanted = ("light", "lamp") if "fixture" in ask.slots else ("",)
    named = [name for name in home.things(ask) if any(word in name for word in wanted)]
    place = "all/light" if "fixture" in ask.slots else "all"
    whole = home.action(ask, "", place, payload)
    return [whole, *(home.action(ask, name, name, payload) for name in named[: _MOST - 1])]
