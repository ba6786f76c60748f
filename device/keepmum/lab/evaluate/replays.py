"""Every wake under every policy: what left, or why nothing did; the refusals are figures, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keepmum.lab.event import Event, Timeline
from keepmum.lab.plan import Flow, Margins, State, Why, length, plan, why_not
from keepmum.lab.policy import Policy


@dataclass(frozen=True)
class Decision:
    """One event under one policy."""

    event: Event
    flows: tuple[Flow, ...]
    why_not: Why | None
    """None if something left."""
    seconds: float
    """Of the recording that left, or would have."""

    @property
    def sound(self) -> float:
        """Seconds of sound that left."""
        return sum(flow.seconds for flow in self.flows)


@dataclass(frozen=True)
class Replay:
    """One policy over a whole timeline."""

    policy: Policy
    decisions: tuple[Decision, ...]

    @property
    def flows(self) -> Iterator[Flow]:
        """Everything that left."""
        return (flow for decision in self.decisions for flow in decision.flows)

    @property
    def is_stream(self) -> bool:
        """Whether all sound leaves, woken or not."""
        return "always" in self.policy.upload.when


def replayed(timeline: Timeline, policy: Policy, margins: Margins | None = None, limits: bool = True) -> Replay:
    """A policy over a timeline; `margins` and `limits` as in keepmum.lab.plan.State."""
    return Replay(policy, tuple(_decisions(timeline.events, policy, State(margins, limits))))


def _decisions(events: Iterable[Event], policy: Policy, state: State) -> Iterator[Decision]:
    for event in events:
        flows = plan(event, policy, state)
        yield Decision(event, flows, why_not(event, policy, state), length(event, policy, state))
        state = state.after(event, flows)
