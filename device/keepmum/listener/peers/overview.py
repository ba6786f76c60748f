"""What a household wants to see of its own agreements and of today, in one message without a word that was said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping

from keepmum.consent import DAY
from keepmum.errors import LedgerError
from keepmum.hardware import Colour, Look, Motion
from keepmum.ledger import Ledger, tally
from keepmum.messages import Agreed, Left, Offered, OverviewReport
from keepmum.privacy import State
from keepmum.terms import HOUSEHOLD, Terms

log = logging.getLogger(__name__)

_BEFORE = 7 * DAY
"""What leaves today may have been released days before: it waited for somebody to answer, or for its window."""


class Day:
    """What left since midnight. The ledger is read again only when it has grown: reading takes time from the ear."""

    def __init__(self, ledger: Ledger, midnight: Callable[[], float]) -> None:
        """`midnight` gives the Unix time at which the household's day began."""
        self._ledger = ledger
        self._midnight = midnight
        self._read: tuple[int, int] | None = None
        self._left: list[Left] | None = None

    def left(self) -> list[Left] | None:
        """The sums, or None if the ledger cannot be read."""
        midnight = self._midnight()
        now = (self._ledger.size, round(midnight))
        if now != self._read:
            self._read, self._left = now, self._added_up(midnight)
        return self._left

    def _added_up(self, midnight: float) -> list[Left] | None:
        try:
            flows = tally(self._ledger.rows(midnight - _BEFORE), midnight).left
        except LedgerError as error:
            log.error("the page cannot say what left today: %s", error)
            return None
        return [
            Left(kind=kind, purpose=purpose, parcels=flow.count, bytes=flow.bytes)
            for (kind, purpose), flow in sorted(flows.items())
        ]


def report(state: State, shown: Look | None, names: Mapping[str, str], left: list[Left] | None) -> OverviewReport:
    """The answer for one moment; `shown` is the ring's look, None if the ring does not answer, and `names` are those of
    recipients by fingerprint."""
    proposal = state.proposal
    return OverviewReport(
        colour=(shown.colour if shown else Colour.OFF).name.lower(),
        motion=(shown.motion if shown else Motion.STILL).value,
        proposal=Offered.model_validate(_told(proposal.terms, names)) if proposal else None,
        question=state.question is not None,
        agreed=list(_agreed(state, names)),
        offered=[Offered.model_validate(_told(terms, names)) for terms in sorted(state.offered, key=_order)],
        left=left,
    )


def _agreed(state: State, names: Mapping[str, str]) -> Iterator[Agreed]:
    for consent in sorted(state.consents, key=lambda consent: _order(consent.terms)):
        if consent.ends > state.wall:
            yield Agreed.model_validate({**_told(consent.terms, names), "until": consent.ends})


def _told(terms: Terms, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "purpose": terms.purpose.value,
        "rung": terms.rung.name.lower(),
        "asks": terms.asks,
        "to": names.get(terms.recipient, terms.recipient),
        "retention": terms.retention,
    }


def _order(terms: Terms) -> tuple[bool, str, int, bool]:
    """The household's own first, then the least that leaves."""
    return terms.purpose not in HOUSEHOLD, terms.purpose.value, terms.rung.value, not terms.asks
