"""Counts what left and what was kept since the household's midnight, out of the ledger's rows as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from keepmum.consent import DAY, Kind, Reason
from keepmum.ledger import Fact, What
from keepmum.listener.announcement import Counts

_UNTOLD = frozenset({Reason.LOCAL_MODE.value, Reason.MUTED.value})
"""Refusals that nobody outside is told of, not even later: nothing heard then leaves, nor that something was heard."""


class Written(Protocol):
    """A row of the ledger."""

    @property
    def at(self) -> float: ...

    @property
    def what(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Fact]: ...


class Today:
    """Parcels that were handed to the uplink count as left, each once; refusals as kept. Of the speaker's own status
    neither counts: a count that tells of itself would never come to rest."""

    def __init__(self, rows: Iterable[Written], utc_offset: Callable[[], float]) -> None:
        """`rows` are those since midnight, or more; `utc_offset` is what the household's clock adds to UTC."""
        self._utc_offset = utc_offset
        self._day = 0.0
        self._status: set[Fact] = set()
        """Parcels that are the speaker's own and may still be handed over."""
        self._left: set[Fact] = set()
        self._kept = 0
        for row in rows:
            self.saw(row.at, row.what, row.facts)

    def saw(self, wall: float, what: str, facts: Mapping[str, object]) -> None:
        """A row was written at Unix time `wall`."""
        self._turn(wall)
        parcel, own = str(facts.get("parcel", "")), facts.get("kind") == Kind.STATUS
        if what == What.RELEASE and own:
            self._status.add(parcel)
        elif what == What.HANDOVER and parcel not in self._status:
            self._left.add(parcel)
        elif what == What.REFUSAL and not own and facts.get("reason") not in _UNTOLD:
            self._kept += 1
        elif what in (What.DELIVERED, What.DROPPED):
            self._status.discard(parcel)

    def counts(self, wall: float) -> Counts:
        """What there was until Unix time `wall`."""
        self._turn(wall)
        return Counts(len(self._left), self._kept)

    def _turn(self, wall: float) -> None:
        """A new day begins at nought; a clock that is set back does not begin one."""
        day = (wall + self._utc_offset()) // DAY
        if day > self._day:
            self._day, self._left, self._kept = day, set(), 0
