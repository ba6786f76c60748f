"""The metrics, counted by hand on a few events."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from keepmum.lab.event import DAY, Event, Kind
from keepmum.lab.metrics import exposure, linkability, measure
from keepmum.lab.plan import Margins, replay
from keepmum.lab.policy import Policy

Mine = Callable[..., Policy]
Wake = Callable[..., Event]
BARE = Margins(0, 0)
ROTATING = "scope: rotating, days: {value: 1, conf: A}"


@pytest.fixture
def week(wake: Wake) -> list[Event]:
    """Two commands on the first day, one false wake on the third, and one of twelve words that nobody should hear."""
    return [
        wake(0.0, seconds=4.0, others=1.0, words=6, private_words=1),
        wake(0.5 * DAY, seconds=2.0, words=4),
        wake(2.0 * DAY, Kind.FALSE_WAKE, 10.0, others=10.0, words=30, private_words=3),
    ]


def test_what_left_is_counted(mine: Mine, week: list[Event]) -> None:
    """Over ten days, by day."""
    metrics = measure(mine(), replay(week, mine(), BARE), 10)
    assert metrics.clips_per_day == pytest.approx(0.3)
    assert metrics.texts_per_day == pytest.approx(0.3)
    assert metrics.seconds_per_day == pytest.approx(1.6)
    assert metrics.megabytes_per_day == pytest.approx(1.6 * 0.032)
    assert metrics.false_share == pytest.approx(1 / 3)
    assert metrics.bystander_s_per_day == pytest.approx(1.1)
    assert metrics.private_words_per_day == pytest.approx(0.4)


def test_exposure_is_seconds_times_days(mine: Mine, week: list[Event]) -> None:
    """While the timeline runs: until its end. In ten years: from each clip on, and for ever is ten years."""
    policy = mine(("audio_days: inf", "audio_days: 3"))
    metrics = measure(policy, replay(week, policy, BARE), 4)
    assert metrics.exposure_run == pytest.approx(4 * 3 + 2 * 3 + 10 * 2)
    assert metrics.exposure_10y == pytest.approx(16 * 3)
    assert measure(mine(), replay(week, mine(), BARE), 4).exposure_10y == pytest.approx(16 * 3650)
    late = replay([week[2]], policy, BARE)
    assert exposure([flow for flow in late if flow.is_sound], until=1) == 0, "nothing lies before it came"


def test_who_is_listened_to_and_how_often(mine: Mine, week: list[Event]) -> None:
    """A year's clips times the rate; a cap holds where it is lower, and is not there where nobody set one."""
    rate = ("rate: {value: 0.002, conf: A, range: [0, 0.01]}", "rate: {value: 0.5, conf: A}")
    capped = mine((rate[0], f"{rate[1]}\n  cap_per_month: {{value: 4, conf: A}}"))
    metrics = measure(capped, replay(week, capped, BARE), 3)
    assert metrics.reviews_per_year == pytest.approx(0.5 * 365)
    assert metrics.reviews_capped == 48
    assert measure(mine(), replay(week, mine(), BARE), 3).reviews_capped is None


@pytest.mark.parametrize(
    ("scope", "linked"),
    [("scope: persistent", 1), ("scope: single-use", 0), (ROTATING, 1 / 3), (ROTATING.replace("1,", "7,"), 1)],
)
def test_how_well_clips_can_be_put_together(mine: Mine, week: list[Event], scope: str, linked: float) -> None:
    """Of three pairs: all, none, those of one day, those of one week."""
    policy = mine(("scope: persistent", scope))
    assert linkability(replay(week, policy)) == pytest.approx(linked)


def test_linking_takes_somebody_who_sees_the_identifier(mine: Mine, week: list[Event]) -> None:
    """The reviewer does not; and of nothing or one clip there is no pair."""
    flows = replay(week, mine())
    assert (linkability(flows, "service"), linkability(flows, "reviewer")) == (1, 0)
    assert (linkability(()), linkability(replay(week[:1], mine()))) == (0, 0)


def test_a_policy_that_sends_nothing_has_no_share_of_anything(mine: Mine, week: list[Event]) -> None:
    """None is not nought."""
    silent = mine(("when: [wake, false_wake]\n  payload: [audio, transcript]", "when: []"))
    metrics = measure(silent, replay(week, silent), 10)
    assert metrics.false_share is None
    assert (metrics.clips_per_day, metrics.exposure_10y, metrics.linkability) == (0, 0, 0)
