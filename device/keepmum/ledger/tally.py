"""What the ledger adds up to: how much left, how much was refused and why, how much arrived, and what the wire saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from keepmum.ledger.row import Row, What

SECRET_BYTES = 32
"""What a demand to destroy a clip consists of."""

NOT_SPEECH = frozenset({"status", "deletion"})
"""Kinds that hold nothing of what anybody said: they are on the wire, and not among what left of the household."""


@dataclass(frozen=True)
class Flow:
    """Parcels and their bytes."""

    count: int = 0
    bytes: int = 0

    def __add__(self, other: Flow) -> Flow:
        return Flow(self.count + other.count, self.bytes + other.bytes)


@dataclass(frozen=True)
class Tally:
    """The sums over one span of time."""

    left: Mapping[tuple[str, str], Flow] = field(default_factory=dict)
    """By kind and purpose: parcels handed to the uplink, each counted once however often it was tried; only what holds
    something that was said."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """By reason."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """By reason: parcels that were released and then not sent, or not sent again."""
    delivered: int = 0
    """Parcels whose arrival is proved."""
    sent: Mapping[str, Flow] = field(default_factory=dict)
    """By kind, `status` and `deletion` too: every hand-over, also a repeated one. A wire never carries more."""

    def as_facts(self) -> dict[str, object]:
        """The same in the shapes of JSON: what left as `<kind> <purpose>`, with parcels and bytes."""
        left = {f"{kind} {purpose}": [flow.count, flow.bytes] for (kind, purpose), flow in self.left.items()}
        return {
            "left": left,
            "refused": dict(self.refused),
            "dropped": dict(self.dropped),
            "delivered": self.delivered,
            "sent": {kind: [flow.count, flow.bytes] for kind, flow in self.sent.items()},
        }


@dataclass
class _Sums:
    """What was added up so far."""

    released: dict[object, Row] = field(default_factory=dict)
    handed: dict[object, Row | None] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    delivered: set[object] = field(default_factory=set)
    sent: dict[str, Flow] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        parcel = row.facts.get("parcel")
        match row.what:
            case What.HANDOVER:
                release = self.handed[parcel] = self.released.get(parcel)
                self._sent(_text(release, "kind"), _size(release))
            case What.DELETION if row.facts.get("state") == "sent":
                self._sent("deletion", SECRET_BYTES)
            case What.REFUSAL:
                self.refused[_text(row, "reason")] += 1
            case What.DROPPED:
                self.dropped[_text(row, "reason")] += 1
            case What.DELIVERED:
                self.delivered.add(parcel)
            case _:
                pass

    def _sent(self, kind: str, size: int) -> None:
        self.sent[kind] = self.sent.get(kind, Flow()) + Flow(1, size)

    def tally(self) -> Tally:
        arrived = sum(_text(self.released.get(parcel), "kind") not in NOT_SPEECH for parcel in self.delivered)
        return Tally(_flows(self.handed.values()), dict(self.refused), dict(self.dropped), arrived, self.sent)


def tally(rows: Iterable[Row], since: float) -> Tally:
    """Add up what happened from `since` on (Unix seconds).

    `rows` is the whole ledger: a parcel may be handed over long after the row that released it.
    """
    sums = _Sums()
    for row in rows:
        if row.what == What.RELEASE:
            sums.released[row.facts.get("parcel")] = row
        if row.at >= since:
            sums.add(row)
    return sums.tally()


def _flows(parcels: Iterable[Row | None]) -> dict[tuple[str, str], Flow]:
    flows: dict[tuple[str, str], Flow] = {}
    for row in parcels:
        key = (_text(row, "kind"), _text(row, "purpose"))
        if key[0] not in NOT_SPEECH:
            flows[key] = flows.get(key, Flow()) + Flow(1, _size(row))
    return flows


def _size(row: Row | None) -> int:
    size = row.facts.get("bytes", 0) if row else 0
    return size if isinstance(size, int) else 0


def _text(row: Row | None, fact: str) -> str:
    """A handover without a release cannot happen; if it did, the household should see it rather than miss it."""
    return str(row.facts.get(fact, "unknown")) if row else "unknown"
