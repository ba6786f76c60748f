"""Patience: waits that grow, are never the same for all, and leave the broker in peace."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from keepmum.uplink.pace import Attempts, Backoff, Pace


@given(seed=st.integers(), failures=st.integers(1, 2_000))
def test_waits_stay_between_one_and_thirty_seconds(seed: int, failures: int) -> None:
    """However often it failed, the next wait is between the shortest and the longest."""
    backoff = Backoff(1.0, 30.0, random.Random(seed).random)
    waits = [backoff.next() for _ in range(failures)]
    assert all(1.0 <= wait <= 30.0 for wait in waits)
    assert min(waits[6:], default=15.0) >= 15.0


def test_success_shortens_the_next_wait() -> None:
    """After something worked, the waits begin anew."""
    backoff = Backoff(1.0, 30.0, lambda: 1.0)
    assert [backoff.next() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    backoff.reset()
    assert backoff.next() == 1.0


def fruitless(attempts: Attempts, seconds: float) -> list[float]:
    times, now = [], 0.0
    while now < seconds:
        times.append(now)
        attempts.tried(now)
        attempts.accepted(now)
        now = attempts.broken(now + 0.01)
    return times


@given(st.integers())
def test_at_most_six_fruitless_connections_in_any_minute(seed: int) -> None:
    """A broker that accepts and cuts at once sees us at most six times in any sixty seconds."""
    attempts = Attempts(Pace(longest=2.0), random.Random(seed).random)
    times = fruitless(attempts, 600.0)
    assert len(times) > 40
    assert all(late - early > 59.999 for early, late in zip(times, times[6:], strict=False))


def test_a_connection_that_brought_something_is_not_held_against_it() -> None:
    """On a poor link where every connection carries a part or two, the next one follows after a second."""
    attempts = Attempts(Pace(), lambda: 1.0)
    now = 0.0
    for _ in range(20):
        attempts.tried(now)
        attempts.accepted(now)
        attempts.got_through()
        attempts.got_through()
        due = attempts.broken(now)
        assert due == now + 1.0
        now = due


def test_an_outage_after_a_long_connection_begins_with_a_short_wait() -> None:
    """Failures of yesterday do not delay the reconnection of today."""
    attempts = Attempts(Pace(), lambda: 1.0)
    for _ in range(4):
        attempts.tried(0.0)
        attempts.broken(0.0)
    attempts.tried(1_000.0)
    attempts.accepted(1_000.0)
    assert attempts.broken(2_000.0) == 2_001.0
