"""`keepmum lab faults`: nothing leaks late, and an uplink that was not stopped or never rests is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from keepmum.lab.experiments import faults
from keepmum.lab.experiments.faults import CASES, MOST_TRIES, Case, Outcome, busiest, late_parts, live, told
from keepmum.lab.experiments.house import House
from keepmum.lab.experiments.result import Figure
from keepmum.lab.experiments.wire_tap import Published

KNOWN: Mapping[str, Case] = {case.name: case for case in CASES}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One house, in which everything fails in turn."""
    with House(5, speed=60.0) as one:
        yield one


def of(found: tuple[Figure, ...], name: str) -> Figure:
    return next(each for each in found if each.name == name)


@pytest.mark.parametrize(
    "name", ["broker down for 1 min", "speaker's disk full", "clock set back a year", "line breaks"]
)
def test_nothing_leaks_late(house: House, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Clips wait or are refused, somebody withdraws, it works again: not a byte of them leaves."""
    monkeypatch.setattr(faults, "SETTLES", 1.1)
    outcome = live(house, KNOWN[name])
    found = told(outcome)
    assert [each for each in found if not each.kept] == []
    full = name == "speaker's disk full"
    assert (of(found, "outbox, at most").value == 0) is full, "what cannot be written down is not kept, the rest waits"


def test_a_broker_that_is_down_is_tried_again_and_not_too_often(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two or more times in its first minute, six at most, and the rate has its interval."""
    monkeypatch.setattr(faults, "SETTLES", 0.0)
    outcome = live(house, KNOWN["broker down for 1 min"])
    assert 2 <= sum(at < 60 for at in outcome.tries) <= MOST_TRIES
    figure = of(told(outcome), "fruitless connections")
    assert figure.low is not None
    assert figure.value is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high


def test_an_uplink_that_is_not_told_of_a_withdrawal_is_caught() -> None:
    """Planted: the line forgets to say stop, and the clip in the uplink's hands goes on."""
    control = faults.unstopped(5)
    assert control.caught, control.by


def test_an_uplink_that_never_rests_is_caught() -> None:
    """Planted: it knocks again at once. Many more than six connections come to nothing in a minute."""
    control = faults.impatient(5)
    assert control.caught, control.by


def test_only_what_was_in_hand_has_a_second_more() -> None:
    """Everything else that begins after the withdrawal is late, and so is what was in hand a second later."""
    parts = [Published(f"keepmum/clips/{parcel}", b"x", at) for parcel in ("held", "other") for at in (9.0, 10.5, 11.5)]
    late = late_parts([*parts, Published("keepmum/deletions/held", b"x" * 32, 12.0)], 10.0, "held")
    assert [(each.topic[-4:], each.at) for each in late] == [("held", 11.5), ("ther", 10.5), ("ther", 11.5)]


def test_a_late_byte_and_a_seventh_try_break_the_promise() -> None:
    """What is promised is judged, whatever it is called."""
    case = KNOWN["broker down for 1 min"]
    late = [Published("keepmum/clips/1", b"x" * 7, 1.0)]
    found = told(Outcome(case, late, 100, 3, [float(each) for each in range(7)], 60.0))
    assert [each.name for each in found if not each.kept] == [
        "late bytes after the withdrawal",
        "outbox after the withdrawal",
        "fruitless in any minute, at most",
    ]


def test_the_busiest_minute_is_found_wherever_it_begins() -> None:
    """Six within a minute, though no minute of the clock has more than three."""
    assert busiest([57.0, 58.0, 59.0, 61.0, 62.0, 63.0, 200.0], speed=1.0) == 6
    assert busiest([], speed=1.0) == 0
