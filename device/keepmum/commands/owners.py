"""Says in plain words who holds the microphone closed, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterable

CLOSED_BY = {
    "button": "the button",
    "voice": "a spoken wish",
    "panel": "the page or a command",
    "mqtt": "the household's hub",
    "quiet": "quiet hours",
    "guest": "guest mode",
    "storm": "too many wakes for nothing",
    "fault": "a fault",
}
"""By the listener's own names for them."""


def closed_by(owners: Iterable[str]) -> str:
    """Everybody who does, or nobody; an owner that this keepmum does not know keeps its own name."""
    return ", ".join(CLOSED_BY.get(owner, owner) for owner in owners) or "nobody"
