"""When clips leave: together, in the window, at a moment that nobody can foretell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.listener.batch import AT_ONCE, Batch
from keepmum.terms import DAY

MIDNIGHT = 20_000 * DAY
NIGHT = (3 * 3600.0, 5 * 3600.0)


def night(random: float = 0.5, offset: float = 0.0) -> Batch:
    return Batch("03:00-05:00", lambda: random, lambda: offset)


def test_at_once_holds_nothing_back() -> None:
    """Whoever wants to watch sees each clip leave as it is made."""
    assert Batch(AT_ONCE, lambda: 0.5, lambda: 0.0).after(MIDNIGHT) == 0.0


@given(st.floats(0, DAY, exclude_max=True), st.floats(0, 1, exclude_max=True), st.integers(-12, 14))
def test_the_moment_is_in_a_window_of_the_households_clock(second: float, random: float, hours: int) -> None:
    """Whenever a clip is made, it leaves later, within two days, between three and five at night."""
    wall = MIDNIGHT + second
    after = night(random, hours * 3600.0).after(wall)
    assert wall < after <= wall + 2 * DAY
    assert NIGHT[0] - 0.01 <= (after + hours * 3600.0) % DAY <= NIGHT[1] + 0.01


def test_all_clips_of_a_day_leave_together() -> None:
    """One moment for all of them: there is a batch, not a trace of when somebody spoke."""
    moments = iter((0.1, 0.9))
    batch = Batch("03:00-05:00", lambda: next(moments), lambda: 0.0)
    first = batch.after(MIDNIGHT + 8 * 3600)
    assert batch.after(MIDNIGHT + 20 * 3600) == first
    assert batch.after(first + 1) == pytest.approx(first + DAY + 0.8 * 7200)


def test_what_is_made_in_the_window_waits_for_the_next() -> None:
    """The rest of the present window would tell when it was made."""
    assert night().after(MIDNIGHT + 4 * 3600) == MIDNIGHT + DAY + 4 * 3600


def test_a_window_may_cross_midnight() -> None:
    """From eleven at night to one in the morning is two hours."""
    batch = Batch("23:00-01:00", lambda: 0.75, lambda: 0.0)
    assert batch.after(MIDNIGHT + 3600) == MIDNIGHT + DAY + 1800


def test_a_clock_that_was_set_back_holds_no_clip_for_years() -> None:
    """The moment is chosen anew when it is further away than any window."""
    batch = night()
    batch.after(MIDNIGHT + 1_000 * DAY)
    assert batch.after(MIDNIGHT) <= MIDNIGHT + 2 * DAY
