"""What is said about a row that the household has been waiting for: what a hand did, and what nobody did in time."""

from __future__ import annotations

from collections.abc import Mapping

from keepmum.listener import phrases

SENTENCES: Mapping[tuple[object, object], str] = {
    ("consent", "given"): phrases.AGREED,
    ("consent", "re-confirmed"): phrases.AGREED_AGAIN,
    ("consent", "replaced"): phrases.REPLACED,
    ("consent", "expired"): phrases.EXPIRED,
    ("consent", "invalidated"): phrases.INVALIDATED,
    ("proposal", "refused"): phrases.NOT_AGREED,
    ("question", "approved"): phrases.APPROVED,
    ("refusal", "declined"): phrases.DECLINED,
    ("deletion", "overdue"): phrases.OVERDUE,
}
"""By what the row tells and its state, or its reason. Each stands in the ledger once, so it is said once."""


def sentence(kind: str, facts: Mapping[str, object]) -> str:
    """What to say about one piece of news; nothing about most."""
    if kind != "row":
        return ""
    return SENTENCES.get((facts.get("what"), facts.get("state", facts.get("reason"))), "")
