"""What the ledger adds up to: how much left, how much was refused and why, how much arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from keepmum.ledger.row import Row, What


@dataclass(frozen=True)
class Flow:
    """Parcels and their bytes."""

    count: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Tally:
    """The sums over one span of time."""

    left: Mapping[tuple[str, str], Flow] = field(default_factory=dict)
    """By kind and purpose: parcels handed to the uplink, each counted once however often it was tried."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """By reason."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """By reason: parcels that were released and then not sent, or not sent again."""
    delivered: int = 0
    """Parcels whose arrival is proved."""

    def as_facts(self) -> dict[str, object]:
        """The same in the shapes of JSON: what left as `<kind> <purpose>`, with parcels and bytes."""
        left = {f"{kind} {purpose}": [flow.count, flow.bytes] for (kind, purpose), flow in self.left.items()}
        return {
            "left": left,
            "refused": dict(self.refused),
            "dropped": dict(self.dropped),
            "delivered": self.delivered,
        }


def tally(rows: Iterable[Row], since: float) -> Tally:
    """Add up what happened from `since` on (Unix seconds).

    `rows` is the whole ledger: a parcel may be handed over long after the row that released it.
    """
    released: dict[object, Row] = {}
    handed: dict[object, Row | None] = {}
    refused: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    delivered: set[object] = set()
    for row in rows:
        parcel = row.facts.get("parcel")
        if row.what == What.RELEASE:
            released[parcel] = row
        if row.at < since:
            continue
        if row.what == What.HANDOVER:
            handed[parcel] = released.get(parcel)
        elif row.what == What.REFUSAL:
            refused[_text(row, "reason")] += 1
        elif row.what == What.DROPPED:
            dropped[_text(row, "reason")] += 1
        elif row.what == What.DELIVERED:
            delivered.add(parcel)
    return Tally(_flows(handed.values()), dict(refused), dict(dropped), len(delivered))


def _flows(parcels: Iterable[Row | None]) -> dict[tuple[str, str], Flow]:
    flows: dict[tuple[str, str], Flow] = {}
    for row in parcels:
        key = (_text(row, "kind"), _text(row, "purpose"))
        size = row.facts.get("bytes", 0) if row else 0
        before = flows.get(key, Flow())
        flows[key] = Flow(before.count + 1, before.bytes + (size if isinstance(size, int) else 0))
    return flows


def _text(row: Row | None, fact: str) -> str:
    """A handover without a release cannot happen; if it did, the household should see it rather than miss it."""
    return str(row.facts.get(fact, "unknown")) if row else "unknown"
