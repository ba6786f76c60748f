"""Offers the numbers of a day once it is over, to whoever was promised them: counts, and nothing that was heard."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from keepmum.clip import new_id
from keepmum.consent import DAY, HOUSEHOLD, Consent, Flow, Kind, Reason, Rung
from keepmum.errors import LedgerError
from keepmum.ledger import Row, What
from keepmum.listener.keeper import Keeper
from keepmum.listener.offer import Door, Sender
from keepmum.listener.rungs import metrics

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks at the household's date."""

EARLIER = 7 * DAY
"""Seconds before a day in which what left on it can have been released."""

_UNTOLD = frozenset({f"refused.{Reason.MUTED}", f"refused.{Reason.LOCAL_MODE}", "mutes"})
"""Counts that nobody is told: how private somebody wanted to be, and that somebody spoke while the speaker was."""


class Daily:
    """Looks whether a day has ended whose numbers somebody agreed to send."""

    def __init__(
        self,
        door: Door,
        keeper: Keeper,
        rows: Callable[[float], Iterable[Row]],
        day: metrics.Day,
        sender: Sender,
    ) -> None:
        """`rows` gives the ledger's rows from a Unix time on, `day` what it does not tell."""
        self._door = door
        self._keeper = keeper
        self._rows = rows
        self._counted = day
        self._sender = sender
        self._since = 0.0
        """The Unix time from which on `day` has counted; 0 before the first look."""
        self._midnight = 0.0
        self._next = 0.0

    def look(self) -> None:
        """Offer yesterday's numbers, once, at the first moment of a day at which something heard may leave."""
        now, wall = self._keeper.moment()
        if self._keeper.state.mutes or now < self._next:
            return
        self._next = now + EVERY
        midnight = self._keeper.midnight()
        self._since = self._since or wall
        if midnight <= self._midnight:
            return
        self._midnight = midnight
        # What was counted before somebody agreed is told to nobody.
        agreed = [each for each in self._keeper.state.consents if _covers_numbers(each) and each.given < midnight]
        if agreed:
            self._offer(agreed, midnight)
        self._counted.reset()
        self._since = wall

    def _offer(self, agreed: list[Consent], midnight: float) -> None:
        try:
            rows = list(self._rows(midnight - DAY - EARLIER))
        except LedgerError as error:
            log.error("the numbers of the day cannot be counted: %s", error)
            return
        for consent in agreed:
            # An earlier run may have sent them today already.
            if not any(_sent(row, consent, midnight) for row in rows):
                self._send(consent, self._counts(rows, consent, midnight))

    def _counts(self, rows: list[Row], consent: Consent, midnight: float) -> Mapping[str, int]:
        until = [row for row in rows if row.at < midnight]
        told = dict(metrics.of_ledger(until, max(midnight - DAY, consent.given)))
        if consent.given <= self._since < midnight:
            told |= self._counted.counts
        return {name: count for name, count in told.items() if name not in _UNTOLD}

    def _send(self, consent: Consent, counts: Mapping[str, int]) -> None:
        parcel, made = new_id(), metrics.made_of(counts)
        flow = Flow(
            Kind.CLIP, consent.purpose, self._door.recipient, 0.0, True, False, Rung.METRICS, self._sender.microphone
        )
        self._door.hold_clip(self._sender.named(made, parcel, consent.purpose), made.pcm)
        self._keeper.offer(parcel, flow)


def _covers_numbers(consent: Consent) -> bool:
    return consent.purpose not in HOUSEHOLD and consent.terms.rung is Rung.METRICS


def _sent(row: Row, consent: Consent, midnight: float) -> bool:
    return row.what == What.RELEASE and row.at >= midnight and row.facts.get("consent") == consent.id
