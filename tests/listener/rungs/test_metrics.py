"""A day's counters tell how many, coarsely, and neither when nor what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.clip import pack
from keepmum.ledger import GENESIS, Row, What
from keepmum.listener.news import News
from keepmum.listener.rungs.metrics import Day, coarse, made_of, of_ledger
from keepmum.terms import Rung


def _row(what: What, at: float, **facts: str) -> Row:
    return Row(n=0, at=at, what=what.value, facts=facts, prev=GENESIS, hash=GENESIS)


ROWS = [
    _row(What.RELEASE, 5.0, parcel="a", rung="text"),
    _row(What.HANDOVER, 6.0, parcel="a"),
    _row(What.RELEASE, 9.0, parcel="b", rung="voice"),
    _row(What.MUTE, 11.0, owner="button"),
    _row(What.HANDOVER, 12.0, parcel="b"),
    _row(What.HANDOVER, 13.0, parcel="b"),
    _row(What.HANDOVER, 13.0, parcel="nobody"),
    _row(What.REFUSAL, 14.0, reason="no_consent"),
    _row(What.REFUSAL, 15.0, reason="muted"),
    _row(What.REFUSAL, 16.0, reason="muted"),
]


def test_the_ledger_is_counted_from_a_moment_on() -> None:
    """Refusals by reason, mutes, and each parcel that left once, under the rung it was released at."""
    assert of_ledger(ROWS, 10.0) == {"mutes": 1, "left.voice": 1, "refused.no_consent": 1, "refused.muted": 2}


def test_a_day_counts_wakes_and_commands() -> None:
    """Confirmed and rejected wakes, commands that were understood and those that were not; never which."""
    news, day = News(show_words=True), Day()
    news.watch(day.watch)
    news.tell("wake", {"phrase": "alexa", "accepted": True})
    news.tell("wake", {"phrase": "alexa", "accepted": False})
    news.tell("heard", {"intent": "lights.turn_on"}, "turn on margaret's light")
    news.tell("heard", {"intent": ""}, "mumble")
    news.tell("reply", {"seconds": 1.0}, "done")
    assert set(day.counts.items()) == {
        ("wakes.confirmed", 1),
        ("wakes.rejected", 1),
        ("commands.understood", 1),
        ("commands.not_understood", 1),
    }
    day.reset()
    assert day.counts == {}


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, 1), (4, 2), (9, 5), (10, 10), (49, 20), (12_345, 10_000)])
def test_counts_are_coarse(count: int, told: int) -> None:
    """Rounded down to one, two or five of a decimal place."""
    assert coarse(count) == told


@given(st.integers(0, 2**53))
def test_a_coarse_count_is_never_more(count: int) -> None:
    """It is at most the count, and less than two and a half times too small."""
    assert coarse(count) <= count < 2.5 * coarse(count) + 1


def test_what_leaves_is_numbers_alone() -> None:
    """A day's clip has names of counters and coarse numbers, no sound and no time, and nothing to be played."""
    made = made_of({"wakes.confirmed": 7}, of_ledger(ROWS, 0.0))
    assert made.clip.counts == {
        "left.text": 1,
        "left.voice": 1,
        "mutes": 1,
        "refused.muted": 2,
        "refused.no_consent": 1,
        "wakes.confirmed": 5,
    }
    assert (made.clip.rung, made.seconds, made.bleeped, bytes(made.aloud)) == (Rung.METRICS, 0.0, 0.0, b"")
    assert pack(made.clip).count(b"\n") == 2
