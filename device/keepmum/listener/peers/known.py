"""What the household may ask about its own agreements: what they are, and who has listened to what left under them."""

from __future__ import annotations

from collections.abc import Iterable

from keepmum.consent import DAY, Consent
from keepmum.ledger import Row, What
from keepmum.privacy import State


def agreed(state: State) -> list[dict[str, object]]:
    """Every consent that still holds, as JSON has it; `days` are the whole ones that are left."""
    return [_agreed(consent, state) for consent in state.consents if consent.ends > state.wall]


def _agreed(consent: Consent, state: State) -> dict[str, object]:
    return {
        "purpose": consent.purpose.value,
        "rung": consent.terms.rung.name.lower(),
        "asks": consent.terms.asks,
        "days": int((consent.ends - state.wall) // DAY),
        "reviews": consent.terms.reviews,
    }


def listened(rows: Iterable[Row]) -> dict[str, int]:
    """How many recordings are destroyed, and how often the recipient says that it had played them before."""
    told = [row.facts for row in rows if row.what == What.DELETION and row.facts.get("state") == "confirmed"]
    plays = (each.get("plays", 0) for each in told)
    return {"destroyed": len(told), "plays": sum(count for count in plays if isinstance(count, int))}
