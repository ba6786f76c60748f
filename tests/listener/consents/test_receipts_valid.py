"""A consent and its receipt say the same, or the consent is none."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from consents_desk import NOW, NUMBER, consent, given, receipts
from hypothesis import given as having
from hypothesis import strategies as st

from keepmum.errors import ReceiptError
from keepmum.listener.consents.receipt import GIVING
from keepmum.terms import DAY, Consent, Purpose, Rung, Terms

ENDS = ("withdrawn", "expired", "invalidated", "refused")


def altered(mine: Consent) -> dict[str, Consent]:
    """The same consent with each of its facts changed in turn."""
    others: dict[str, object] = {
        "purpose": Purpose.RESEARCH,
        "rung": Rung.VOICE,
        "asks": True,
        "notice": "0" * 64,
        "retention": 31 * DAY,
        "lasts": 89 * DAY,
        "quota": 21,
        "reviews": 3,
    }
    changed = {
        each.name: replace(mine, terms=replace(mine.terms, **{each.name: others.get(each.name, "f" * 32)}))  # type: ignore[arg-type]
        for each in fields(Terms)
    }
    return {**changed, "given": replace(mine, given=mine.given - 1), "until": replace(mine, until=mine.until + 1)}


@pytest.mark.parametrize("fact", [*(each.name for each in fields(Terms)), "given", "until"])
def test_a_consent_that_says_anything_else_is_not_valid(tmp_path: Path, fact: str) -> None:
    """Whoever edits the state file, in any of its facts, has a consent without a receipt."""
    mine = given(tmp_path)
    other = altered(mine)[fact]
    assert other != mine
    assert receipts(tmp_path).valid([mine, other], NOW) == {NUMBER}
    assert receipts(tmp_path).valid([other], NOW) == frozenset()


def test_only_the_ones_with_a_receipt_are_valid(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each other one is named once in the log, with what to do."""
    mine = given(tmp_path)
    other = consent("7" * 32)
    assert receipts(tmp_path).valid([mine, other], NOW) == {NUMBER}
    (line,) = caplog.messages
    assert line.startswith(f"{tmp_path / ('7' * 32)}.json is not there; that consent is over: ask for it again")


def test_one_from_the_future_is_not_valid(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The clock is the latest ever seen; what was given after it was given by nobody."""
    mine = given(tmp_path)
    assert receipts(tmp_path).valid([mine], NOW - 0.001) == frozenset()
    assert "is from the future: see whether the clock is right" in caplog.text
    assert receipts(tmp_path).valid([mine], NOW) == {NUMBER}


@having(
    st.lists(
        st.sampled_from(["requested", "given", "re-confirmed", "refused", "withdrawn", "expired", "invalidated"]),
        max_size=8,
    )
)
def test_no_history_of_events_revives_a_consent(tmp_path_factory: pytest.TempPathFactory, events: list[str]) -> None:
    """In whatever order they come: valid exactly when the newest event that was taken gives, and no end came before."""
    folder = tmp_path_factory.mktemp("history")
    book, taken = receipts(folder), []
    mine = consent()
    for event in events:
        try:
            book.sign(mine, event, NOW)
        except ReceiptError:
            continue
        taken.append(event)
    ended = any(event in ENDS for event in taken)
    assert receipts(folder).valid([mine], NOW) == ({NUMBER} if taken and taken[-1] in GIVING else set())
    assert not (ended and taken[-1] in GIVING)
