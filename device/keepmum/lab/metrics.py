"""What left, in numbers: how much, of whom, for how long, and how well it can be put together again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from keepmum.lab.event import DAY, Kind
from keepmum.lab.plan import Flow
from keepmum.lab.policy import Identifier, Party, Policy

MEGABYTE = 1_000_000
YEAR = 365.0
MONTHS = 12
TEN_YEARS = 3650.0
"""Days; the horizon of what is kept for ever."""


@dataclass(frozen=True)
class Metrics:
    """One policy over one timeline. None is what cannot be said: a share of nothing, or a cap that is not there."""

    clips_per_day: float
    """Recordings of wakes; a stream has none."""
    seconds_per_day: float
    """Of sound."""
    megabytes_per_day: float
    """Of sound, as 16-bit samples."""
    false_share: float | None
    """Clips that nobody meant for the speaker, of all clips."""
    bystander_s_per_day: float
    """Seconds of people who had not spoken to the speaker, in clips."""
    private_words_per_day: float
    """Words in clips that name or describe a person, before any redaction."""
    exposure_run: float
    """Second-days for which sound lay somewhere while the timeline ran."""
    exposure_10y: float
    """Second-days for which it lies somewhere in the ten years after each clip."""
    linkability: float
    """Pairs of clips that can be told to come from one household, of all pairs."""
    reviews_per_year: float
    """Clips of this household that somebody listens to, if nothing caps it."""
    reviews_capped: float | None
    """The same under the policy's cap."""
    texts_per_day: float
    """Transcripts that left."""


def measure(policy: Policy, flows: Collection[Flow], days: float) -> Metrics:
    """The metrics of what left under a policy in a timeline of `days`."""
    sound = [flow for flow in flows if flow.is_sound]
    clips = [flow for flow in sound if flow.event.kind is not Kind.DAY]
    reviews = sum(flow.review_p for flow in flows) * YEAR / days
    cap = policy.review.cap_per_month
    return Metrics(
        clips_per_day=len(clips) / days,
        seconds_per_day=sum(flow.seconds for flow in sound) / days,
        megabytes_per_day=sum(flow.bytes for flow in sound) / MEGABYTE / days,
        false_share=sum(flow.event.is_false for flow in clips) / len(clips) if clips else None,
        bystander_s_per_day=sum(flow.event.others for flow in clips) / days,
        private_words_per_day=sum(flow.event.private_words for flow in clips) / days,
        exposure_run=exposure(sound, until=days),
        exposure_10y=sum(flow.seconds * min(flow.retention, TEN_YEARS) for flow in sound),
        linkability=linkability(flows),
        reviews_per_year=reviews,
        reviews_capped=min(reviews, cap.value * MONTHS) if cap is not None else None,
        texts_per_day=sum(flow.what.endswith("transcript") for flow in flows) / days,
    )


def exposure(flows: Collection[Flow], until: float) -> float:
    """Second-days that sound lay somewhere before the day `until` of its timeline."""
    return sum(flow.seconds * min(flow.retention, max(until - flow.event.at / DAY, 0.0)) for flow in flows)


def linkability(flows: Collection[Flow], party: Party | None = None) -> float:
    """The part of all pairs of flows that share an identifier, 0 to 1; `party` counts only what it gets to see.

    The identifier that lasts longest decides: a shorter one within it links nothing more.
    """
    times = [event.at for event in {flow.event for flow in flows}]
    named = [identifier for flow in flows for identifier in flow.identifiers]
    seen = [identifier for identifier in dict.fromkeys(named) if party is None or party in identifier.seen_by]
    return max((_linked(identifier, times) for identifier in seen), default=0.0)


def _linked(identifier: Identifier, times: Sequence[float]) -> float:
    if identifier.scope == "single-use" or len(times) < 2:
        return 0.0
    if identifier.scope == "persistent" or identifier.days is None:
        return 1.0
    groups = Counter(int(at / DAY // identifier.days.value) for at in times)
    return sum(count * (count - 1) for count in groups.values()) / (len(times) * (len(times) - 1))
