"""`keepmum lab deletion`: copies go from every place, and a recipient that lies about it is found out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keepmum.lab.experiments import deletion
from keepmum.lab.experiments.deletion import Fate, Stage, at_the_desk, controls, every_stage, figures
from keepmum.lab.experiments.house import House
from keepmum.lab.experiments.result import Figure

SPEED = 20.0


@pytest.fixture(scope="module")
def fates() -> Iterator[list[Fate]]:
    """One clip at each stage, recalled."""
    with House(3, speed=SPEED, lines=deletion._KEEPS) as house:
        yield list(every_stage(house, 1))


def of(found: tuple[Figure, ...], case: str, name: str) -> Figure:
    return next(each for each in found if (each.case, each.name) == (case, name))


def test_a_clip_goes_wherever_it_had_got_to(fates: list[Fate]) -> None:
    """It was there, in the speaker's outbox, the broker's file and the recipient's, and then it is in none of them."""
    assert [fate.stage for fate in fates] == list(Stage)
    assert all(fate.there and fate.seconds is not None for fate in fates)
    assert [fate.confirmed for fate in fates] == [None, True, True]
    assert not any(fate.lie or fate.open_sound for fate in fates)


def test_the_figures_say_so_with_their_intervals(fates: list[Fate]) -> None:
    """Every promise is kept; never has an upper limit, and times have a worst."""
    found = figures(fates)
    assert [each for each in found if not each.kept] == []
    never = of(found, Stage.DESK, "never deleted")
    assert (never.value, never.n) == (0.0, 1)
    assert never.high is not None
    assert never.high > 0.5
    assert (of(found, Stage.DESK, "time to delete, maximum").value or 0.0) > 0.0


@pytest.mark.parametrize("liar", deletion.LIARS)
def test_a_liar_is_found_out(liar: str, fates: list[Fate]) -> None:
    """It signs that the clip is gone, and its files hold it: the promise is broken, and the control has seen it."""
    with House(4, speed=SPEED, desk=liar) as house:
        lie = at_the_desk(house, patience=0.0)
    assert (lie.confirmed, lie.lie, lie.seconds) == (True, True, None)
    found = figures([lie])
    assert not of(found, "all stages", "signed as gone, and found").kept
    assert not of(found, Stage.DESK, "never deleted").kept
    search, told = controls(fates, {liar: [lie]})
    assert (search.caught, told.caught) == (True, True)


def test_an_honest_recipient_in_the_liars_place_is_not_called_caught(fates: list[Fate]) -> None:
    """And a search that found nothing before the recall has not shown that it can find anything."""
    assert not controls(fates, {"hoarder": fates[2:]})[1].caught
    blind = [Fate(Stage.SPEAKER, False, 0.1, 0)]
    assert not controls(blind, {})[0].caught
    assert not controls([], {"hoarder": []})[0].caught
