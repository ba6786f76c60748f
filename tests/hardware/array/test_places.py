"""Where microphones stand, and which places cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from keepmum.errors import ConfigError
from keepmum.hardware.array.places import front, leads, used


def test_channels_in_order(settings) -> None:
    """Channels come in the order of their numbers, with the places that belong to them."""
    channels, places = used(*settings({3: (0, 10), 1: (5, 0), 2: (-5, 0)}))
    assert channels == [1, 2, 3]
    assert places.tolist() == [[5, 0], [-5, 0], [0, 10]]


def test_a_channel_that_is_not_delivered(settings) -> None:
    """A place for a channel that the microphone does not have is named with its key, and so is how many there are."""
    with pytest.raises(ConfigError, match=r"hardware\.array\.microphones\.4 .* hardware\.microphone\.channels is 4"):
        used(*settings({0: (0, 0), 4: (30, 0)}))


@pytest.mark.parametrize("places", [{}, {2: (10.0, 10.0)}])
def test_too_few(settings, places) -> None:
    """A beam needs two places."""
    with pytest.raises(ConfigError, match=rf"hardware\.array\.microphones has {len(places)}, .* at least two"):
        used(*settings(places))


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ((0.033, 0.033), "apart"),
        ((33_000, 0), "33000 mm apart"),
        ((0, 0), "0 mm apart"),
        ((math.nan, 3), "no place"),
        ((3, math.inf), "no place"),
    ],
)
def test_places_that_cannot_be(settings, place, told) -> None:
    """Metres or micrometres for millimetres, two microphones in one place, and numbers that are none."""
    with pytest.raises(ConfigError, match=told) as error:
        used(*settings({0: (0, 0), 1: place}))
    assert "millimetres" in error.value.hint


def test_everything_at_once(settings) -> None:
    """All that is wrong stands in one error."""
    with pytest.raises(ConfigError) as error:
        used(*settings({0: (0, 0), 1: (0, 0), 5: (30, 0), 6: (60, 0)}))
    assert error.value.what.count("\n") == 2


def test_who_hears_first() -> None:
    """A voice from the right reaches the right microphone first, one from behind the rear one."""
    places = np.array([[30.0, 0.0], [0.0, 30.0], [-30.0, 0.0], [0.0, -30.0]])
    ahead = 0.030 / 343.0 * 16_000
    assert leads(places, 90.0) == pytest.approx([ahead, 0, -ahead, 0])
    assert leads(places, 180.0) == pytest.approx([0, -ahead, 0, ahead])
    assert leads(places, [0.0, 270.0]).shape == (2, 4)


@pytest.mark.parametrize(
    ("places", "square_to_it"),
    [
        ([[-29, 0], [29, 0]], 0),
        ([[0, -29], [0, 29]], 90),
        ([[-20, -20], [20, 20]], -45),
        ([[-20, 20], [20, -20]], 45),
        ([[-75, 5], [-25, 5], [25, 5], [75, 5]], 0),
    ],
)
def test_the_front_of_a_line(places, square_to_it) -> None:
    """The half in which a line looks is the one with the mark; a line from front to back looks to the right."""
    assert front(np.array(places, float)) == pytest.approx(square_to_it, abs=1e-6)


def test_an_area_has_no_front() -> None:
    """Three microphones that are no line tell all around."""
    assert front(np.array([[0, 0], [30, 0], [0, 30]], float)) is None
