"""Weeks follow each other without a gap, and every moment lies in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.errors import SealError
from keepmum.seal import WEEK, ends, epoch_of
from keepmum.seal.epoch import LAST


@given(st.floats(0, ends(LAST), exclude_max=True))
def test_every_moment_lies_in_one_week(wall: float) -> None:
    """A week holds the moments from the end of the one before to its own."""
    week = epoch_of(wall)
    assert ends(week - 1) <= wall < ends(week)


def test_a_week_ends_when_the_next_begins() -> None:
    """The last moment belongs to the week, its end to the next."""
    assert epoch_of(ends(2_959)) == 2_960
    assert epoch_of(ends(2_959) - 0.001) == 2_959
    assert ends(2_959) - ends(2_958) == WEEK == 7 * 24 * 3_600


@pytest.mark.parametrize("wall", [float("nan"), float("inf"), -1.0, ends(LAST)])
def test_a_moment_that_no_clock_shows_has_no_week(wall: float) -> None:
    """The error names the moment and says to set the clock."""
    with pytest.raises(SealError, match="in no week that has a key\n  hint: set the clock"):
        epoch_of(wall)
