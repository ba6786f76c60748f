"""A household that nobody lives in: drawn from a seed, and held to totals where they are known."""

from __future__ import annotations

from random import Random
from statistics import mean

import pytest

from keepmum.errors import ConfigError
from keepmum.lab.dice import Dice, Total, chosen, lognormal, poisson, shuffled, successes
from keepmum.lab.event import DAY, Kind
from keepmum.lab.household import HOUR, Habits, household
from keepmum.lab.plan import Margins

MARGINS = Margins(0.5, 0.8)


def test_left_alone_it_is_drawn_freely() -> None:
    """Twenty households have 20 commands and 3.8 false wakes a day on average, within three standard errors."""
    homes = [household(Habits(days=10), seed, {}, MARGINS) for seed in range(20)]
    assert mean(home.count(Kind.WAKE) for home in homes) == pytest.approx(200, abs=3 * (200 / 20) ** 0.5)
    assert mean(home.count(Kind.FALSE_WAKE) for home in homes) == pytest.approx(38, abs=3 * (38 / 20) ** 0.5)
    assert len({home.count(Kind.WAKE) for home in homes}) > 5, "another seed is another household"


def test_it_lives_in_its_hours() -> None:
    """Commands while somebody is up, false wakes while somebody or the television speaks, and a day a day."""
    for event in household(Habits(days=5), 1, {}, MARGINS).events:
        begin, end = {Kind.WAKE: (7, 23), Kind.FALSE_WAKE: (18, 22)}.get(event.kind, (0, 0.1))
        assert begin * HOUR <= event.at % DAY <= end * HOUR
        assert event.private_words <= event.words
        assert 0 <= event.others <= event.seconds
        assert not (event.is_false and event.approved)


def test_totals_are_met_and_change_nothing_else() -> None:
    """A stage that is thrown again has a stream of its own: the days of the false wakes stay as they were."""
    free = household(Habits(), 7, {}, MARGINS)
    held = household(Habits(), 7, {"commands": Total(600, 0)}, MARGINS)
    assert held.count(Kind.WAKE) == 600 != free.count(Kind.WAKE)
    assert [event for event in held.events if event.is_false] == [event for event in free.events if event.is_false]


def test_totals_that_cannot_be_are_an_error() -> None:
    """After many throws, with the stage that could not be held to them."""
    dice = Dice(1, {"eyes": Total(7)})
    with pytest.raises(ConfigError, match="what is asked of its one die"):
        dice.throw("one die", lambda random: 1 + int(6 * random.random()), lambda eyes: {"eyes": eyes})


def test_a_total_says_how_near_is_near_enough() -> None:
    """A quarter of a per cent, so counts up to 400 are met exactly; or what is asked for."""
    assert Total(141).holds(141)
    assert not Total(141).holds(142)
    assert Total(1000).holds(1002)
    assert Total(100, within=0.1).holds(91)


def test_what_is_thrown_is_distributed_as_it_says() -> None:
    """Medians, tails, means and shares of twenty thousand throws."""
    random = Random(1)
    spans = sorted(lognormal(random, 4, 10) for _ in range(20_000))
    assert spans[10_000] == pytest.approx(4, rel=0.03)
    assert spans[18_000] == pytest.approx(10, rel=0.03)
    assert mean(poisson(random, 3.8) for _ in range(20_000)) == pytest.approx(3.8, rel=0.02)
    assert mean(successes(random, 10, 0.3) for _ in range(5_000)) == pytest.approx(3, rel=0.03)
    assert sorted(shuffled(random, range(50))) == list(range(50))
    firsts = [chosen(random, range(10), 3)[0] for _ in range(5_000)]
    assert mean(firsts) == pytest.approx(4.5, rel=0.03)
