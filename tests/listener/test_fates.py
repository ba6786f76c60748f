"""What a new run learns from the ledger: who may have a clip, what is wanted back, what today used, what is lost."""

from __future__ import annotations

from typing import Any

import pytest

from keepmum.consent import DAY, Spent
from keepmum.ledger import GENESIS, Row
from keepmum.listener.fates import fates
from keepmum.privacy.outside import wait
from keepmum.privacy.state import Outside

NOON = 20_000 * DAY + DAY / 2
CLIP, OTHER, LIGHT, AGREED = "1" * 32, "2" * 32, "3" * 32, "c" * 32
MONTH = 30 * DAY


class Book:
    """Rows as the ledger gives them; a minute between two."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.row("consent", consent=AGREED, state="given", retention=MONTH)

    def row(self, what: str, **facts: Any) -> Book:
        at = NOON + 60 * len(self.rows)
        self.rows.append(Row(len(self.rows), at, what, facts, GENESIS, GENESIS))
        return self

    def release(self, parcel: str = CLIP, kind: str = "clip") -> Book:
        return self.row("release", parcel=parcel, kind=kind, consent=AGREED, bytes=9)

    def hand(self, parcel: str = CLIP) -> Book:
        return self.row("handover", parcel=parcel)

    def deletion(self, state: str, parcel: str = CLIP) -> Book:
        return self.row("deletion", parcel=parcel, state=state)

    def told(self, waiting: tuple[str, ...] = (), later: float = 3_600.0) -> Any:
        return fates(self.rows, waiting, NOON + later)


@pytest.fixture
def book() -> Book:
    """A consent with a retention of thirty days was given at noon."""
    return Book()


def test_a_clip_that_was_handed_over_may_be_outside_until_its_retention_ends(book: Book) -> None:
    """Whether or not it was ever delivered."""
    (one,) = book.release().hand().told().outside
    assert one == Outside(CLIP, AGREED, NOON + 60, NOON + 120 + MONTH)
    assert book.told(later=MONTH + 180).outside == ()


def test_what_was_not_handed_over_is_not_outside(book: Book) -> None:
    """Neither a clip that only waits nor a home action, which is no recording."""
    book.release().release(LIGHT, "action").hand(LIGHT)
    assert book.told().outside == ()


def test_a_demand_goes_on_where_it_was(book: Book) -> None:
    """Demanded and sent twice: the next attempt is as far away as it would have been."""
    book.release().hand().deletion("demanded").deletion("sent").deletion("sent").deletion("overdue")
    (one,) = book.told().outside
    assert (one.demanded, one.tries, one.late, one.next) == (NOON + 180, 2, True, NOON + 300 + wait(1))


def test_a_demand_that_was_sent_by_a_clock_ten_years_ahead_is_sent_again(book: Book) -> None:
    """The clock was put right and the speaker restarted: nobody has to wait ten years to be forgotten."""
    book.release().hand().deletion("demanded").deletion("sent")
    (one,) = fates(book.rows, (), NOON - 3_650 * DAY).outside
    assert (one.demanded, one.next) == (NOON - 3_650 * DAY, NOON - 3_650 * DAY + wait(0))


@pytest.mark.parametrize("end", ["confirmed", "unconfirmed"])
def test_what_is_settled_is_forgotten(book: Book, end: str) -> None:
    """A confirmed deletion, and one that nobody confirmed before its retention was over."""
    assert book.release().hand().deletion("demanded").deletion(end).told().outside == ()


def test_a_withdrawal_demands_even_if_the_speaker_fell_over_before_it_said_so(book: Book) -> None:
    """The row about the consent is enough."""
    book.release().hand().row("consent", consent=AGREED, state="withdrawn")
    (one,) = book.told().outside
    assert one.demanded == NOON + 180


def test_a_consent_that_was_replaced_or_has_expired_demands_nothing(book: Book) -> None:
    """What left under it was agreed to when it left; the core is told that its end is known."""
    for state in ("replaced", "expired", "invalidated"):
        book.release().hand().row("consent", consent=AGREED, state=state)
        assert book.told().outside[0].demanded is None
        assert book.told().ended == {AGREED}


@pytest.mark.parametrize("state", ["withdrawn", "given", "re-confirmed"])
def test_the_end_of_other_consents_is_not_known(book: Book, state: str) -> None:
    """Of one that the file lacks and the ledger did not end, the core wants everything back."""
    assert book.row("consent", consent=AGREED, state=state).told().ended == frozenset()


@pytest.mark.parametrize("state", ["replaced", "expired", "invalidated", "withdrawn"])
def test_what_the_ledger_ended_is_over_whatever_stands_in_a_file(book: Book, state: str) -> None:
    """However it ended, the newest row counts."""
    assert book.told().over == frozenset()
    assert book.row("consent", consent=AGREED, state="re-confirmed").told().over == frozenset()
    assert book.row("consent", consent=AGREED, state=state).told().over == {AGREED}


def test_a_demand_is_followed_beyond_its_retention(book: Book) -> None:
    """The core tells once that nobody confirmed it."""
    book.release().hand().deletion("demanded")
    assert book.told(later=MONTH + DAY).outside[0].id == CLIP


def test_today_counts_clips_alone(book: Book) -> None:
    """Each release of a clip since midnight counts for its consent; home actions do not, nor does yesterday."""
    book.release().release(OTHER).release(LIGHT, "action")
    assert book.told().spent == (Spent(AGREED, 20_000, 2),)
    assert book.told(later=DAY).spent == ()


def test_what_was_released_and_is_nowhere_is_lost(book: Book) -> None:
    """It waited in a memory that lost its power; what waits, arrived or was dropped is not lost."""
    book.release().release(OTHER).release(LIGHT, "action").row("dropped", parcel=LIGHT, reason="too_late")
    assert book.told(waiting=(OTHER,)).lost == (CLIP,)
    assert book.row("delivered", parcel=CLIP).told(waiting=(OTHER,)).lost == ()
    assert book.told().delivered == {CLIP}


def test_after_a_reset_nothing_is_followed(book: Book) -> None:
    """Nobody could recall it any more: the secrets went with the identity."""
    told = book.release().hand().deletion("demanded").release(OTHER).row("reset").told()
    assert (told.outside, told.spent, told.lost, told.delivered) == ((), (), (), frozenset())
