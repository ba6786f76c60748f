"""What leaves under a policy: one pure function, so that the same event and policy give the same flows everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from keepmum.lab.event import Event, Kind
from keepmum.lab.figure import Figure
from keepmum.lab.policy import SOUND, Identifier, Payload, Policy

BYTES_A_SECOND = 32_000
"""16,000 samples of 16 bits, before any compression, sealing or padding."""
BYTES_A_WORD = 6
"""A word of English with its space; assumed."""
BYTES_OF_METRICS = 200
"""A day's counters; assumed."""


@dataclass(frozen=True)
class Margins:
    """Seconds of sound before and after what was said."""

    lead: float
    tail: float


@dataclass(frozen=True)
class Flow:
    """Something that leaves."""

    policy: str
    event: Event
    what: Payload
    seconds: float
    """Of sound; 0 for text and numbers."""
    bytes: float
    """Of what is inside, before sealing and padding."""
    identifiers: tuple[Identifier, ...]
    retention: float
    """Days; infinite for ever."""
    review_p: float
    """How likely it is to be listened to, before any cap."""

    @property
    def is_sound(self) -> bool:
        """Whether it can be listened to."""
        return self.what in SOUND


class Why(StrEnum):
    """Why nothing leaves."""

    NOT_SENT = "not_sent"
    """The policy does not wait for such an event."""
    TOO_LONG = "too_long"
    QUOTA_USED = "quota_used"


@dataclass(frozen=True)
class State:
    """What a plan depends on besides the event."""

    margins: Margins | None = None
    """One recording for every policy; None takes each policy's own."""
    limits: bool = True
    """Whether the policy's own limits hold; the golden table was made without."""
    day: int = 0
    clips: int = 0
    """Clips that left on that day."""

    def after(self, event: Event, flows: tuple[Flow, ...]) -> State:
        """The state for the next event."""
        before = self.clips if event.day == self.day else 0
        return replace(self, day=event.day, clips=before + bool(flows and event.kind is not Kind.DAY))


def why_not(event: Event, policy: Policy, state: State) -> Why | None:
    """Why nothing leaves; None if something does. The first reason that applies."""
    if not event.triggers & set(policy.upload.when):
        return Why.NOT_SENT
    limits = policy.limits
    if limits is None or not state.limits or event.kind is Kind.DAY:
        return None
    if length(event, policy, state) > _or(limits.longest_s, math.inf):
        return Why.TOO_LONG
    today = state.clips if event.day == state.day else 0
    return Why.QUOTA_USED if today >= _or(limits.clips_per_day, math.inf) else None


def plan(event: Event, policy: Policy, state: State) -> tuple[Flow, ...]:
    """What leaves because of an event."""
    if why_not(event, policy, state) is not None:
        return ()
    return tuple(_flow(event, policy, state, place) for place in range(len(policy.upload.payload)))


def replay(
    events: Iterable[Event], policy: Policy, margins: Margins | None = None, limits: bool = True
) -> tuple[Flow, ...]:
    """Everything that leaves in the course of a timeline."""
    state = State(margins, limits)
    left: list[Flow] = []
    for event in events:
        flows = plan(event, policy, state)
        left += flows
        state = state.after(event, flows)
    return tuple(left)


def length(event: Event, policy: Policy, state: State) -> float:
    """Seconds of the recording that would leave."""
    if event.kind is Kind.DAY:
        return event.seconds
    own = Margins(_or(policy.upload.preroll_ms, 0) / 1000, _or(policy.upload.tail_ms, 0) / 1000)
    margins = state.margins or own
    cut = _or(policy.upload.cloud_reject, 0) if event.is_false else 0.0
    return margins.lead + (event.seconds + margins.tail) * (1 - cut)


def _flow(event: Event, policy: Policy, state: State, place: int) -> Flow:
    what = policy.upload.payload[place]
    seconds = length(event, policy, state) if what in SOUND else 0.0
    return Flow(
        policy.id,
        event,
        what,
        seconds,
        _bytes(what, seconds, event),
        policy.identifiers,
        _retention(what, policy, event),
        policy.review.rate.value if place == 0 else 0.0,  # one clip is listened to once, not once for each part
    )


def _bytes(what: Payload, seconds: float, event: Event) -> float:
    if what in SOUND:
        return seconds * BYTES_A_SECOND
    return BYTES_OF_METRICS if what == "metrics" else event.words * BYTES_A_WORD


def _retention(what: Payload, policy: Policy, event: Event) -> float:
    kept = policy.retention
    days = kept.audio_days.value if what in SOUND else kept.transcript_days.value
    return min(days, _or(kept.false_wake_days, math.inf)) if event.is_false else days


def _or(figure: Figure | None, otherwise: float) -> float:
    return figure.value if figure is not None else otherwise
