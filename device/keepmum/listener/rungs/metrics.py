"""The counters of one day: how many, by kind, and nothing about when or what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from keepmum.clip import Clip, new_id
from keepmum.ledger import Row, What
from keepmum.listener.news import Fact
from keepmum.listener.rungs.made import Made
from keepmum.terms import Rung

_STEPS = (1, 2, 5)


class Day:
    """What the ledger does not tell: wakes and commands since the last `reset`, in memory alone."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def watch(self, kind: str, facts: Mapping[str, Fact]) -> None:
        """Give this to `News.watch`."""
        if kind == "wake":
            self._counts["wakes.confirmed" if facts.get("accepted") else "wakes.rejected"] += 1
        elif kind == "heard":
            self._counts["commands.understood" if facts.get("intent") else "commands.not_understood"] += 1

    def reset(self) -> None:
        """Begin a new day."""
        self._counts.clear()

    @property
    def counts(self) -> Mapping[str, int]:
        """By name."""
        return dict(self._counts)


def of_ledger(rows: Iterable[Row], since: float) -> Mapping[str, int]:
    """Refusals by reason, parcels that left by rung, and mutes, from `since` on (Unix seconds).

    `rows` is the whole ledger: a parcel may leave long after the row that released it.
    """
    counts: Counter[str] = Counter()
    rungs: dict[object, str] = {}
    left: set[object] = set()
    for row in rows:
        parcel = row.facts.get("parcel")
        if row.what == What.RELEASE:
            rungs[parcel] = str(row.facts.get("rung", "unknown"))
        if row.at < since:
            continue
        if row.what == What.HANDOVER and parcel in rungs and parcel not in left:
            left.add(parcel)
            counts[f"left.{rungs[parcel]}"] += 1
        elif row.what == What.REFUSAL:
            counts[f"refused.{row.facts.get('reason', 'unknown')}"] += 1
        elif row.what == What.MUTE:
            counts["mutes"] += 1
    return dict(counts)


def coarse(count: int) -> int:
    """The count rounded down to 0, 1, 2, 5, 10, 20, 50, 100 …: enough for a fleet, too little for one evening."""
    steps = (step * 10**power for power in range(16) for step in _STEPS)
    return max((step for step in steps if step <= count), default=0)


def made_of(*counts: Mapping[str, int]) -> Made:
    """A day's counters, coarse, ready to leave. Nothing is told apart from them; who else sent some, the desk knows."""
    together: Counter[str] = Counter()
    for each in counts:
        together.update(each)
    counted = {name: coarse(count) for name, count in sorted(together.items())}
    return Made(Clip(new_id(), Rung.METRICS, counts=counted), bleeped=0.0)
