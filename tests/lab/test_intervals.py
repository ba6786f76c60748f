"""The intervals are those of the textbooks."""

from __future__ import annotations

import pytest

from keepmum.lab.intervals import garwood, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)]
)
def test_a_share_has_wilsons_interval(count: int, of: int, low: float, high: float) -> None:
    """Also where none or all of them happened."""
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (755, 702.0989, 810.8309)]
)
def test_a_count_has_garwoods_interval(count: int, low: float, high: float) -> None:
    """Exact for events that chance brings; from tables of chi squared."""
    assert garwood(count) == pytest.approx((low, high), abs=1e-3)
