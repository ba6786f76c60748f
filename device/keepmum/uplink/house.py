"""What the house may say to the speaker over MQTT: words that make it quieter, the weather, that the hub is back."""

from __future__ import annotations

from typing import get_args

from keepmum.messages import HomeFact, Message, Tighten, Want
from keepmum.uplink.events import Came

TIGHTEN = "keepmum/tighten"
"""Whoever may publish here can mute, but nobody can loosen: there is no word for it."""
ONLINE = b"online"
"""What Home Assistant says when it has started, below its discovery prefix; whoever forgot us is told anew."""
GAP = 2.0
"""Seconds between two of the same kind; an earlier one waits instead of being lost, for it asks for quiet."""
_LONGEST = 2_000
_WANTS: dict[bytes, Want] = {want.encode(): want for want in get_args(Want)}


class House:
    """Turns what comes on the house's topics into messages for the listener, at a bearable rate."""

    def __init__(self, weather_topic: str | None, discovery: str | None = None) -> None:
        """`discovery` is Home Assistant's prefix, if the speaker is to announce itself there."""
        self._weather = weather_topic
        self._hub = f"{discovery}/status" if discovery else None
        self._held: dict[str, Message] = {}
        self._free: dict[str, float] = {}
        self.ignored = 0
        """Messages that were none of these."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(topic for topic in (TIGHTEN, self._weather, self._hub) if topic)

    def heard(self, came: Came, now: float) -> list[Message]:
        """Take in one message; what `due` says now is the answer."""
        if came.topic == TIGHTEN and not came.retained and came.untrusted_payload in _WANTS:
            want = _WANTS[came.untrusted_payload]
            self._held[want] = Tighten(want=want)
        elif came.topic == self._weather and (text := _sentence(came.untrusted_payload)) is not None:
            self._held["weather"] = HomeFact(name="weather", value=text)
        elif came.topic == self._hub and came.untrusted_payload == ONLINE:
            self._held["hub"] = HomeFact(name="hub", value="online")
        else:
            self.ignored += 1
        return self.due(now)

    def due(self, now: float) -> list[Message]:
        """What may be relayed now."""
        ready = [kind for kind in self._held if self._free.get(kind, now) <= now]
        self._free.update(dict.fromkeys(ready, now + GAP))
        return [self._held.pop(kind) for kind in ready]

    def wake_at(self) -> float | None:
        """When `due` has something to say, if nothing else happens."""
        return min((self._free.get(kind, float("-inf")) for kind in self._held), default=None)


def _sentence(untrusted_payload: bytes) -> str | None:
    """Printable text that is not too long, or None."""
    try:
        text = untrusted_payload.decode().strip()
    except UnicodeDecodeError:
        return None
    return text if len(text) <= _LONGEST and (text.isprintable() or not text) else None
