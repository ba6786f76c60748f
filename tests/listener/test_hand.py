"""The hand on the button: edges may be lost or made up, the level is the truth, and doubt is quiet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from listener_house import quieter

from keepmum.errors import ButtonError
from keepmum.listener.ear import Ear
from keepmum.listener.loop import Habits
from keepmum.privacy import Owner, State

Make = Callable[..., Any]


def deaf_to(ours: Any, *, down: bool) -> None:
    """From now on, edges of one kind are lost on their way."""
    changed = ours.home.button._changed
    ours.home.button.watch(lambda is_down: changed(is_down) if is_down is not down else None)


def switched(house: Make, state: State, text: str) -> Any:
    """A household whose button is a switch."""
    home = house(state, text=text)
    home.habits = Habits(switch=True)
    from listener_household import Household

    return Household(home)


def test_a_press_whose_edge_was_lost_still_mutes(household: Make, silent: State) -> None:
    """The level is looked at once a turn."""
    ours = household(silent, text="pause 1\nhold 0.4\npause 10")
    deaf_to(ours, down=True)
    ours.home.run(1.3)
    assert (ours.home.keeper.state.mutes, ours.home.capture.is_open) == ({Owner.BUTTON}, False)


@pytest.mark.parametrize("length", [0.008, 0.05, 0.2, 0.6])
def test_a_pulse_never_unmutes(household: Make, length: float) -> None:
    """Codecs pulse their interrupt on the button's line: a hundred short lows in a row open nothing."""
    ours = household(State(wall=1.0), text="pause 1\n" + f"hold {length}\npause 0.05\n" * 100 + "pause 5")
    ours.home.run(1 + 100 * (length + 0.05) + 4)
    assert (ours.home.keeper.state.mutes, ours.home.microphone.tried) == ({Owner.BUTTON}, [])


def test_a_button_that_cannot_be_read_mutes_and_earns_nothing(household: Make, silent: State, caplog: Any) -> None:
    """One log line, one row with the reason; held meanwhile, it opens nothing; readable again, it has to come up."""
    ours = household(silent, text="pause 1\nhold 30\npause 2\nhold 1\npause 100")

    def unreadable() -> bool:
        raise ButtonError("GPIO17 cannot be read", "look at the cable")

    ours.home.run(0.5)
    ours.home.button.is_down = unreadable
    ours.home.run(10)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON}
    assert caplog.text.count("GPIO17 cannot be read") == 1
    del ours.home.button.is_down
    ours.home.run(19)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON}
    ours.home.run(10)
    assert ours.home.keeper.state.mutes == frozenset()
    causes = [(row["what"], row["cause"]) for row in ours.home.rows("mute", "unmute")]
    assert causes[0] == ("mute", "button cannot be read")
    assert causes[-1] == ("unmute", "held")


def test_a_switch_mutes_at_once_and_listens_when_it_has_stood_there(house: Make, silent: State) -> None:
    """Down is muted for as long as it stays down; up has to last as long as a hold before anything opens."""
    ours = switched(house, silent, "pause 1\nhold 20\npause 100")
    ours.home.run(1.1)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON}
    ours.home.run(19)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON}
    ours.home.run(1.45)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON}
    ours.home.run(0.3)
    assert (ours.home.keeper.state.mutes, ours.loop.ear) == (frozenset(), Ear.WAITING)
    assert [row["cause"] for row in ours.home.rows("mute", "unmute")] == ["switched", "switched"]


def test_a_switch_that_chatters_stays_muted(house: Make, silent: State) -> None:
    """Contacts that open for less than a hold are no decision to listen."""
    ours = switched(house, silent, "pause 1\n" + "hold 0.3\npause 0.4\n" * 50 + "hold 1\npause 0.1")
    ours.home.run(1 + 50 * 0.7)
    assert [row["what"] for row in ours.home.rows("mute", "unmute")] == ["mute"]


def test_a_switch_that_stands_at_mute_at_the_start_mutes(house: Make, silent: State) -> None:
    """It gave no edge; its place is read, before the microphone could be opened."""
    home = house(silent)
    home.habits = Habits(switch=True)
    home.room.button_is_down = True
    from listener_household import Household

    ours = Household(home)
    assert (home.keeper.state.mutes, home.microphone.tried) == ({Owner.BUTTON}, [])
    assert [row["cause"] for row in home.rows("mute")] == ["down at start"]
    home.run(5)
    assert ours.loop.ear is Ear.MUTED


def test_a_switch_that_stands_at_listen_at_the_start_has_not_been_moved(house: Make) -> None:
    """What was kept says muted, or cannot be read: the switch has to be moved before anything opens."""
    ours = switched(house, State(wall=1.0), "pause 100")
    ours.home.run(10)
    assert (ours.home.keeper.state.mutes, ours.home.microphone.tried) == ({Owner.BUTTON}, [])


def test_a_release_that_nobody_saw_is_not_counted_as_holding(household: Make) -> None:
    """The loop stood still while a finger came up, and the edge was lost: what counts is when it was seen down."""
    ours = household(State(wall=1.0), text="pause 1\nhold 0.3\npause 100")
    deaf_to(ours, down=False)
    ours.home.run(1.1)
    assert ours.home.keeper.state.earning
    ours.home.pass_time(5)
    ours.home.run(1)
    assert (ours.home.keeper.state.mutes, ours.home.microphone.tried) == ({Owner.BUTTON}, [])
    assert not ours.home.keeper.state.earning


@pytest.mark.parametrize("text", ["pause 1\nhold 0.01\npause 100", "pause 1\nhold 0.6\npause 100"])
def test_a_pulse_on_the_line_of_a_switch_undoes_nobodys_wish(house: Make, silent: State, text: str) -> None:
    """It stands where it listens, somebody mutes by voice, and the line twitches: that was no hand."""
    ours = switched(house, silent, text)
    quieter(ours.home, owner=Owner.VOICE)
    ours.home.run(60)
    assert ours.home.keeper.state.mutes == {Owner.VOICE, Owner.BUTTON}


def test_a_switch_that_is_found_again_undoes_nobodys_wish(house: Make, silent: State) -> None:
    """It could not be read for a while; that it says "listen" afterwards, as it did before, was no hand either."""
    ours = switched(house, silent, "pause 30\nhold 5\npause 100")
    quieter(ours.home, owner=Owner.VOICE)

    def unreadable() -> bool:
        raise ButtonError("GPIO17 cannot be read", "look at the cable")

    ours.home.button.is_down = unreadable
    ours.home.run(2)
    del ours.home.button.is_down
    ours.home.run(25)
    assert ours.home.keeper.state.mutes == {Owner.VOICE, Owner.BUTTON}
    ours.home.run(20)
    assert ours.home.keeper.state.mutes == frozenset()


def test_whoever_wishes_for_quiet_under_a_finger_still_has_it(household: Make) -> None:
    """The hand came down before; it has to come down again."""
    ours = household(State(wall=1.0), text="pause 1\nhold 5\npause 1\nhold 1\npause 100")
    ours.home.run(1.4)
    quieter(ours.home, owner=Owner.PANEL)
    ours.home.run(5)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON, Owner.PANEL}
    ours.home.run(3)
    assert ours.home.keeper.state.mutes == frozenset()


def test_bouncing_for_seconds_neither_opens_nor_piles_up(household: Make) -> None:
    """Ten thousand edges are one press at most."""
    ours = household(State(wall=1.0))
    for _ in range(5_000):
        ours.home.button._changed(True)
        ours.home.button._changed(False)
    ours.home.run(5)
    assert (ours.home.keeper.state.mutes, ours.home.microphone.tried) == ({Owner.BUTTON}, [])
    assert not ours.loop._presses._edges
