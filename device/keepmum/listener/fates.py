"""What the ledger tells a new run about earlier ones: what may still be outside, what today has used, what is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from keepmum.consent import DAY, Kind, Spent
from keepmum.ledger import Row, What
from keepmum.privacy.outside import wait
from keepmum.privacy.state import Outside

FOLLOWED = 500 * DAY
"""Seconds to look back: the longest retention that a card can name, and some months."""

_GIVING = ("given", "re-confirmed")


@dataclass(frozen=True)
class Fates:
    """For `privacy.events.Booted`, and what is known to have arrived."""

    outside: tuple[Outside, ...] = ()
    spent: tuple[Spent, ...] = ()
    lost: tuple[str, ...] = ()
    """Released, and neither delivered nor dropped nor waiting."""
    delivered: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    """Consents that ended otherwise than by a withdrawal."""
    over: frozenset[str] = frozenset()
    """Consents of which the newest row says that they ended, however: none of them can be live."""
    readable: bool = True
    """Whether the ledger could be read; if not, nobody knows what is outside."""


@dataclass
class _Story:
    """What the rows say so far."""

    wall: float
    retention: dict[str, float] = field(default_factory=dict)
    released: dict[str, Row] = field(default_factory=dict)
    outside: dict[str, Outside] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    delivered: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    spent: dict[str, int] = field(default_factory=dict)

    def read(self, row: Row) -> None:
        """One more row."""
        parcel = str(row.facts.get("parcel", ""))
        match row.what:
            case What.CONSENT:
                self._consent(row)
            case What.RELEASE:
                self._release(row, parcel)
            case What.HANDOVER if parcel in self.released:
                self._handover(row, parcel)
            case What.DELETION if parcel in self.outside:
                self._deletion(row, parcel)
            case What.DELIVERED:
                self.delivered.add(parcel)
                self.finished.add(parcel)
            case What.DROPPED:
                self.finished.add(parcel)
            case What.RESET:
                self._forgotten()
            case _:
                pass

    def _consent(self, row: Row) -> None:
        consent, state = str(row.facts.get("consent", "")), row.facts.get("state")
        retention = row.facts.get("retention", 0.0)
        if isinstance(retention, int | float) and "retention" in row.facts:
            self.retention[consent] = float(retention)
        if state in _GIVING:
            self.over.discard(consent)
        else:
            self.over.add(consent)
        if state in ("replaced", "expired", "invalidated"):
            self.ended.add(consent)
        if state == "withdrawn":
            # The speaker may have fallen over before it wrote down what it wants back.
            for parcel in self.outside:
                self._demanded(parcel, row.at)

    def _forgotten(self) -> None:
        """The secrets that could recall anything are destroyed: what is outside is no longer ours to follow."""
        self.finished |= self.released.keys()
        for known in (self.retention, self.outside, self.delivered, self.spent):
            known.clear()

    def _release(self, row: Row, parcel: str) -> None:
        self.released[parcel] = row
        if row.facts.get("kind") == Kind.CLIP.value and row.at // DAY == self.wall // DAY:
            consent = str(row.facts.get("consent", ""))
            self.spent[consent] = self.spent.get(consent, 0) + 1

    def _handover(self, row: Row, parcel: str) -> None:
        release = self.released[parcel]
        if release.facts.get("kind") != Kind.CLIP.value:
            return
        consent = str(release.facts.get("consent", ""))
        mine = self.outside.get(parcel) or Outside(parcel, consent, release.at, 0.0)
        self.outside[parcel] = replace(mine, until=row.at + self.retention.get(consent, 0.0))

    def _deletion(self, row: Row, parcel: str) -> None:
        mine = self.outside[parcel]
        match row.facts.get("state"):
            case "demanded":
                self._demanded(parcel, row.at)
            case "sent":
                sent = min(row.at, self.wall)
                self.outside[parcel] = replace(mine, next=sent + wait(mine.tries), tries=mine.tries + 1)
            case "overdue":
                self.outside[parcel] = replace(mine, late=True)
            case "confirmed" | "unconfirmed":
                del self.outside[parcel]

    def _demanded(self, parcel: str, at: float) -> None:
        mine, at = self.outside[parcel], min(at, self.wall)  # a clock that ran ahead must not hold it back for years
        if mine.demanded is None:
            self.outside[parcel] = replace(mine, demanded=at, next=at)


def fates(rows: Iterable[Row], waiting: Collection[str], wall: float) -> Fates:
    """What the rows say; `waiting` is what is in the outbox, `wall` the latest Unix time ever seen."""
    story = _Story(wall)
    for row in rows:
        story.read(row)
    day = int(wall // DAY)
    return Fates(
        # What nobody has to have any more by now is not ours to follow, unless it was demanded: that is told once.
        outside=tuple(each for each in story.outside.values() if each.until > wall or each.demanded is not None),
        spent=tuple(Spent(consent, day, count) for consent, count in story.spent.items()),
        lost=tuple(parcel for parcel in story.released if parcel not in story.finished and parcel not in waiting),
        delivered=frozenset(story.delivered),
        ended=frozenset(story.ended),
        over=frozenset(story.over),
    )
