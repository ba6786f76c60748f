"""What left under one policy, added up for each group of recordings: every figure is made of these sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from keepmum.lab.evaluate.replays import Decision, Replay
from keepmum.lab.evaluate.resampling import Groups, Vector
from keepmum.lab.event import Kind
from keepmum.lab.figure import Figure
from keepmum.lab.metrics import MEGABYTE

LEARNS = 1.0
"""Days that something has to be kept for anybody to learn from it."""


@dataclass(frozen=True)
class Tally:
    """Sums for each group, by name, and how many events there are behind each."""

    sums: Mapping[str, Vector]
    counts: Mapping[str, int]


def tally(replay: Replay, groups: Groups, horizon: float) -> Tally:
    """Add up one policy; `horizon` is for how many days what is kept for ever counts."""
    sums: dict[str, Vector] = defaultdict(lambda: np.zeros(groups.count))
    counts: dict[str, int] = defaultdict(int)
    for decision in replay.decisions:
        for name, amount in quantities(decision, replay, horizon).items():
            counts[name] += 1
            if decision.event.group:
                sums[name][groups.place(decision.event.group)] += amount
            else:
                sums[name] += groups.spread(amount)
    sums["hours"] = groups.hours
    return Tally(sums, counts)


def quantities(decision: Decision, replay: Replay, horizon: float) -> dict[str, float]:
    """Everything that one event adds to a sum; what adds nothing is not there."""
    found = {name: of(decision, replay, horizon) for name, of in _OF.items()}
    return {name: amount for name, amount in found.items() if amount}


def _sound(amount: Callable[[Decision], float]) -> Callable[[Decision, Replay, float], float]:
    """Counted where sound left."""
    return lambda decision, _replay, _horizon: amount(decision) if decision.sound else 0.0


def _is_clip(decision: Decision) -> bool:
    return decision.event.kind is not Kind.DAY


def _margin(figure: Callable[[Replay], Figure | None]) -> Callable[[Decision, Replay, float], float]:
    def seconds(decision: Decision, replay: Replay, _: float) -> float:
        said = figure(replay)
        return said.value / 1000 if said and decision.sound and _is_clip(decision) else 0.0

    return seconds


def _texts(decision: Decision) -> Iterable[float]:
    """Days for which each text that left is kept."""
    return (flow.retention for flow in decision.flows if flow.what.endswith("transcript"))


def _is_command(decision: Decision) -> bool:
    return decision.event.kind is Kind.WAKE


def _kept(decision: Decision, replay: Replay, _: float) -> float:
    if not _is_command(decision):
        return 0.0
    if replay.is_stream:
        return float(replay.policy.retention.audio_days.value >= LEARNS)
    return float(any(flow.retention >= LEARNS for flow in decision.flows))


_OF: Mapping[str, Callable[[Decision, Replay, float], float]] = {
    "clips": _sound(_is_clip),
    "false clips": _sound(lambda d: d.event.is_false),
    "seconds": _sound(lambda d: d.sound),
    "false seconds": _sound(lambda d: d.sound if d.event.is_false else 0.0),
    "speech": _sound(lambda d: d.event.speech),
    "others": _sound(lambda d: d.event.others),
    "media": _sound(lambda d: d.event.media),
    "private words": _sound(lambda d: d.event.private_words),
    "before": _margin(lambda replay: replay.policy.upload.preroll_ms),
    "after": _margin(lambda replay: replay.policy.upload.tail_ms),
    "megabytes": lambda d, _r, _h: sum(flow.bytes for flow in d.flows) / MEGABYTE,
    "texts": lambda d, _r, _h: float(sum(1 for _ in _texts(d))),
    "exposure": lambda d, _r, h: sum(flow.seconds * min(flow.retention, h) for flow in d.flows if flow.is_sound),
    "text exposure": lambda d, _r, h: sum(d.event.words * min(days, h) for days in _texts(d)),
    "reviews": lambda d, _r, _h: sum(flow.review_p for flow in d.flows),
    "heard": lambda d, _r, _h: sum(flow.review_p for flow in d.flows) * d.sound,
    "commands": lambda d, _r, _h: float(_is_command(d)),
    "commands sent": lambda d, r, _h: float(_is_command(d) and (r.is_stream or bool(d.flows))),
    "commands kept": _kept,
}
