"""Decides whether the uplink is well, which keeps systemd's watchdog quiet, and says in a sentence how it is.

A broker that is away is no illness: a start would not bring it back. A loop that hangs in a call stops saying anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from keepmum.uplink.state import State

OVERDUE = 30.0
"""Seconds between two turns of a part; the loop comes round at least twice in the time that a watchdog allows, and
setting up a connection may keep it for ten."""


@dataclass(frozen=True)
class Signs:
    """When each part last had its turn: seconds of the forward-only clock."""

    heard: float
    """All that the listener had said was read, or nobody was there."""
    served: float
    """The broker's connections were looked after, or there is no broker."""
    listener: bool = False
    """Whether the listener is there."""


def well(signs: Signs, now: float) -> str | None:
    """None, or the reason why the uplink should be started anew."""
    if now - signs.heard > OVERDUE:
        return "the listener is not heard, and its Stop would not be"
    if now - signs.served > OVERDUE:
        return "the broker's connection is not looked after"
    return None


def sentence(signs: Signs, state: State, *, configured: bool) -> str:
    """How it is, for `systemctl status`: the same while something leaves as while nothing does."""
    if not configured:
        return "Offline: no broker is configured."
    if not signs.listener:
        return "Offline: waiting for the listener."
    return "Offline: the broker is tried again." if state in (State.OFFLINE, State.CONNECTING) else "Online."
