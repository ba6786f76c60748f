"""Decides whether the listener is well, which keeps systemd's watchdog quiet, and says in a sentence how it is.

Stuck is not well: a loop that hangs in a call simply stops saying so. Nor is silently deaf. But a fault that is known,
shown and tried again is: a start would not mend it, and would take the rest of the speaker away meanwhile.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Protocol

from keepmum.privacy import Owner

DEAF = 10.0
"""Seconds without a block and without a reason; `watch.py` finds a reason after one, and opening may take a few."""
UNSEEN = 10.0
"""Seconds without a look at the button; the loop looks at least four times a second."""
UNREADABLE = 60.0
"""Seconds for which the button's level may be unknown. It mutes meanwhile, and only a start opens its line again."""
UNDRAWN = 10.0
"""Seconds without a picture on the ring; a still one is drawn again every two."""


@dataclass(frozen=True)
class Signs:
    """When each part was last seen to work: seconds of the forward-only clock."""

    heard: float
    """A block came, or the microphone had a reason to give none: a mute, or a fault that is tried again."""
    looked: float
    """Somebody looked at the button,"""
    read: float
    """and could tell its level."""
    drawn: float
    """The ring took its picture, or that it does not stands in the ledger."""
    readable: bool = True
    ring_lost: bool = False


def well(signs: Signs, now: float) -> str | None:
    """None, or the reason why the listener should be started anew."""
    checks = (
        (now - signs.heard > DEAF, "the microphone gives no sound, and nobody closed it"),
        (now - signs.looked > UNSEEN, "nobody looks at the button"),
        (now - signs.read > UNREADABLE, "the button cannot be read, and does not come back"),
        (now - signs.drawn > UNDRAWN, "the ring is not drawn, and no fault says so"),
    )
    return next((reason for wrong, reason in checks if wrong), None)


def sentence(mutes: Set[Owner], signs: Signs, unwell: str | None) -> str:
    """How it is, for `systemctl status`: the same while somebody speaks as while nobody does."""
    if Owner.FAULT in mutes:
        ear = "The microphone has a fault and is tried again."
    else:
        ear = "Muted." if mutes else "Listening for the wake word."
    more = (
        (not signs.readable, "The button cannot be read, so it is muted."),
        (signs.ring_lost, "The ring does not answer and is tried again."),
        (unwell is not None, f"Not well: {unwell}."),
    )
    return " ".join([ear, *(words for applies, words in more if applies)])


class Ears(Protocol):
    """What is asked of `Capture`."""

    blocks: int


class Finger(Protocol):
    """What is asked of `Hand`."""

    looked: float
    readable: bool


class Lamp(Protocol):
    """What is asked of `Light`."""

    drawn: float
    alive: bool


class Vitals:
    """Collects the signs, once a turn."""

    def __init__(self, ears: Ears, finger: Finger, lamp: Lamp) -> None:
        self._ears = ears
        self._finger = finger
        self._lamp = lamp
        self._blocks = -1
        self._heard = 0.0
        self._read: float | None = None

    def signs(self, mutes: Set[Owner], now: float) -> Signs:
        """What can be seen at `now`."""
        if mutes or self._ears.blocks != self._blocks:
            self._blocks, self._heard = self._ears.blocks, now
        if self._finger.readable or self._read is None:
            self._read = now
        lost = not self._lamp.alive
        drawn = now if lost else self._lamp.drawn
        return Signs(self._heard, self._finger.looked, self._read, drawn, self._finger.readable, lost)
