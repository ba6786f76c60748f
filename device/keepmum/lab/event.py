"""What happens in a home, as every policy gets to see it: wakes, false wakes, and days that go by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

DAY = 86_400.0


class Kind(StrEnum):
    """What happened."""

    WAKE = "wake"
    """Somebody spoke to the speaker."""
    FALSE_WAKE = "false_wake"
    """It woke, and nobody had spoken to it."""
    BUTTON = "button"
    """Somebody pressed the button that makes it listen."""
    DAY = "day"
    """A day began; `seconds` is how long the microphone will be there to listen."""


@dataclass(frozen=True)
class Event:
    """One thing that happened, with what is true about it. The truth is the corpus's, not a recogniser's."""

    at: float
    """Seconds since the timeline begins."""
    kind: Kind
    seconds: float
    """Of what was said, from the wake word to the last word."""
    others: float = 0.0
    """Seconds of it in which somebody spoke who did not mean the speaker."""
    words: int = 0
    private_words: int = 0
    """Words that name or describe a person: names, addresses, illnesses."""
    confirmed: bool = False
    """Whether the device itself found the wake word again in the same sound."""
    understood: bool = True
    """Whether the device found a command in it that it knows; of anything else keepmum lets nothing out."""
    approved: bool = False
    """Whether somebody would say yes to this clip if asked."""
    group: str = ""
    """What it was recorded with; a confidence interval draws whole groups."""
    speech: float = 0.0
    """Seconds of it in which anybody spoke, by the truth."""
    media: float = 0.0
    """Seconds of it in which a television or a radio played."""

    @property
    def day(self) -> int:
        """From 0."""
        return int(self.at // DAY)

    @property
    def is_false(self) -> bool:
        """Whether nobody meant the speaker."""
        return self.kind is Kind.FALSE_WAKE

    @property
    def triggers(self) -> frozenset[str]:
        """What a policy can wait for in this event, as in `Upload.when`."""
        if self.kind is Kind.DAY:
            return frozenset({"always", "daily"})
        said = {"confirmed": self.confirmed and self.understood, "approved": self.approved}
        return frozenset({self.kind.value, *(word for word, is_so in said.items() if is_so)})


@dataclass(frozen=True)
class Timeline:
    """Everything that happened, in its order."""

    days: float
    events: tuple[Event, ...]

    def count(self, kind: Kind) -> int:
        """How many of a kind."""
        return sum(event.kind is kind for event in self.events)


_USUAL = {"group": "", "speech": 0.0, "media": 0.0, "understood": True}
"""What a household that nobody lives in does not know, and so does not write down."""


def lines(events: Iterable[Event]) -> Iterable[str]:
    """The events as JSON lines; the same events give the same bytes."""
    return (json.dumps(_said(event), sort_keys=True) for event in events)


def _said(event: Event) -> dict[str, Any]:
    return {name: value for name, value in asdict(event).items() if name not in _USUAL or value != _USUAL[name]}
