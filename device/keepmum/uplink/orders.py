"""What the uplink's policy asks for, as frozen data; `loop.py` carries it out in the order in which it is told."""

from __future__ import annotations

from dataclasses import dataclass

from keepmum.messages import Message


@dataclass(frozen=True)
class Connect:
    """Make a fresh connection, under a new name; `will` is the topic on which the broker says that we are gone."""

    will: str | None = None


@dataclass(frozen=True)
class Leave:
    """Hang up; `abrupt` throws away what is still on its way out."""

    abrupt: bool = False


@dataclass(frozen=True)
class Listen:
    """Subscribe."""

    topic: str


@dataclass(frozen=True)
class Unlisten:
    """Take a subscription back."""

    topic: str


@dataclass(frozen=True)
class Publish:
    """Publish with QoS 1, never retained; the broker forgets it after `expires` seconds (None: it may keep it)."""

    topic: str
    payload: bytes
    expires: int | None = None


ToBroker = Connect | Leave | Listen | Unlisten | Publish


@dataclass(frozen=True)
class Apart:
    """The same, on the connection that a demand has for itself."""

    order: ToBroker


Order = ToBroker | Apart | Message
"""A Message goes to the listener."""
