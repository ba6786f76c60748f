"""What happens between two moments that everything else takes for one: a stall, an opening, an end half-way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from listener_house import quieter

from keepmum.errors import ButtonError
from keepmum.listener.loop import Habits
from keepmum.privacy import Owner, State

Make = Callable[..., Any]
MUTED = State(wall=1.0)


def still_muted(ours: Any) -> bool:
    """Nobody has even tried to open the microphone."""
    return not ours.home.microphone.tried and bool(ours.home.keeper.state.mutes)


# ---- a short press is no hold, however long the loop stands still


def test_a_stall_in_the_middle_of_a_turn_makes_no_hold_of_a_press(household: Make) -> None:
    """The finger is up again when the clock is looked at: what counts is when somebody last looked at the finger."""
    ours = household(MUTED, text="pause 1\nhold 0.2\npause 100")
    ours.home.run(1.1)
    look, ours.loop._quiet.look = ours.loop._quiet.look, lambda: ours.home.pass_time(5)
    ours.loop.turn()
    ours.loop._quiet.look = look
    ours.home.run(1)
    assert still_muted(ours)


def test_a_release_that_is_told_late_is_not_counted_as_holding(household: Make) -> None:
    """The whole process stood still: the edge is told when it goes on, with the wrong time."""
    ours = household(MUTED, text="pause 1\nhold 0.2\npause 100")
    changed, late = ours.home.button._changed, []
    ours.home.button.watch(lambda down: changed(down) if down else late.append(down))
    ours.home.run(1.1)
    ours.home.pass_time(5)
    assert late == [False]
    changed(False)
    ours.home.run(1)
    assert still_muted(ours)


def test_two_presses_around_a_stall_are_no_hold(household: Make) -> None:
    """Down before it and down after it, with every edge in between lost: nobody saw that it was held."""
    ours = household(MUTED, text="pause 1\nhold 0.2\npause 3\nhold 0.4\npause 100")
    ours.home.run(1.1)
    ours.home.button.watch(lambda _down: None)
    ours.home.pass_time(3.2)
    assert ours.home.button.is_down()
    ours.home.run(2)
    assert still_muted(ours)


def test_a_hold_after_a_stall_still_opens(household: Make) -> None:
    """A finger that stays down is believed, counted from the first look after it."""
    ours = household(MUTED, text="pause 1\nhold 5\npause 100")
    ours.home.run(1.1)
    ours.home.pass_time(2)
    ours.home.run(0.5)
    assert still_muted(ours)
    ours.home.run(0.5)
    assert ours.home.capture.is_open


def test_edges_of_a_button_that_cannot_be_read_earn_nothing(household: Make) -> None:
    """Not even a press and a release that come together, after a stall."""
    ours = household(MUTED, text="pause 1\nhold 1\npause 100")

    def unreadable() -> bool:
        raise ButtonError("GPIO17 cannot be read", "look at the cable")

    ours.home.run(0.5)
    ours.home.button.is_down = unreadable
    ours.home.run(0.3)
    ours.home.pass_time(3)
    ours.home.run(2)
    assert still_muted(ours)


@pytest.mark.parametrize("lost", [True, False])
def test_a_pulse_on_a_switch_during_a_stall_undoes_nobodys_wish(house: Make, silent: State, lost: bool) -> None:
    """Whether its end is told late or not at all: the switch was not seen to stand at mute."""
    from listener_household import Household

    home = house(silent, text="pause 1\nhold 0.02\npause 100")
    home.habits = Habits(switch=True)
    ours = Household(home)
    quieter(home, owner=Owner.VOICE)
    changed = home.button._changed
    home.button.watch(lambda down: changed(down) if down else None)
    home.run(0.9)
    home.pass_time(5)
    if not lost:
        changed(False)
    home.run(5)
    assert home.keeper.state.mutes == {Owner.VOICE, Owner.BUTTON}
    assert ours.loop.ear.value == "muted"
