"""What the household may ask about its agreements is told as it stands in the state and in the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from listener_core import START, agreed, consent, terms

from keepmum.consent import DAY, Purpose, Rung
from keepmum.ledger import Row
from keepmum.listener.peers import known

ASKED = consent(replace(terms(Purpose.RESEARCH, Rung.TEXT, asks=True), reviews=2), given=START - 10 * DAY)


def row(what: str, **facts: Any) -> Row:
    """A row of the ledger."""
    return Row(0, START, what, facts, "", "")


def test_what_is_agreed_to_is_told_with_the_days_that_are_left() -> None:
    """How much, what for, whether each is asked about, and how often somebody may listen; never to whom it goes."""
    told = {"purpose": "research", "rung": "text", "asks": True, "days": 80, "reviews": 2}
    assert known.agreed(agreed(ASKED)) == [told]


def test_what_has_run_out_is_not_called_agreed() -> None:
    """Also before anybody has swept it out."""
    state = replace(agreed(ASKED), wall=START + 80 * DAY)
    assert known.agreed(state) == []


def test_who_has_listened_is_what_the_recipients_confirmed() -> None:
    """Only deletions that were confirmed count, and one that tells no number counts as none."""
    rows = [
        row("deletion", state="demanded"),
        row("deletion", state="confirmed", plays=2),
        row("deletion", state="confirmed", plays=1),
        row("deletion", state="confirmed"),
        row("release", plays=9),
    ]
    assert known.listened(rows) == {"destroyed": 3, "plays": 3}
    assert known.listened([]) == {"destroyed": 0, "plays": 0}
