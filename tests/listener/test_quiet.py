"""Quiet hours mute by the household's clock, and end by the forward-only one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keepmum.listener.loop import Habits
from keepmum.listener.quiet import QuietHours
from keepmum.listener.storm import Storm
from keepmum.privacy import Owner, State, events
from keepmum.quiet_hours import left

Make = Callable[..., Any]
MIDNIGHT = 1_790_035_200.0
HOUR = 3600.0


@pytest.mark.parametrize(
    ("hours", "clock", "offset", "expected"),
    [
        (("22:30-06:30",), 22.5, 0, 8.0),
        (("22:30-06:30",), 22.49, 0, 0),
        (("22:30-06:30",), 0.0, 0, 6.5),
        (("22:30-06:30",), 6.25, 0, 0.25),
        (("22:30-06:30",), 6.5, 0, 0),
        (("13:00-14:00",), 12.5, 1, 0.5),
        (("13:00-14:00", "13:30-16:00"), 13.75, 0, 2.25),
        (("08:00-08:00",), 9.0, 0, 23.0),
        ((), 3.0, 0, 0),
    ],
)
def test_how_much_longer(hours: tuple[str, ...], clock: float, offset: float, expected: float) -> None:
    """Across midnight, in the household's own time, and the longest of those that overlap."""
    assert left(hours, MIDNIGHT + clock * HOUR, offset * HOUR) == pytest.approx(expected * HOUR)


def quiet(house: Make, silent: State, hours: str, text: str = "pause 3000") -> Any:
    home = house(silent, text=text)
    home.habits = Habits(quiet_hours=(hours,))
    from listener_household import Household

    return Household(home)


def test_quiet_hours_begin_and_end_by_themselves(house: Make, silent: State) -> None:
    """Muted in time with its reason, red meanwhile, and listening again when they are over."""
    # The house's clock begins at 14:13:20 UTC.
    ours = quiet(house, silent, "14:14-14:16")
    ours.home.run(30)
    assert ours.home.keeper.state.mutes == frozenset()
    ours.home.run(15)
    assert ours.home.keeper.state.mutes == {Owner.QUIET}
    assert ours.home.ring.look.meaning == "muted: the microphone is closed"
    ours.home.run(120)
    assert ours.home.keeper.state.mutes == frozenset()
    causes = [(row["what"], row["owner"], row["cause"]) for row in ours.home.rows("mute", "unmute")]
    assert causes == [("mute", "quiet", "quiet hours"), ("unmute", "quiet", "time is up")]


def test_a_hand_ends_them_early_and_is_not_overruled(house: Make, silent: State) -> None:
    """Whoever is in the room may listen at night; the next night is quiet again."""
    ours = quiet(house, silent, "14:00-15:00", "pause 5\nhold 1\npause 3000")
    assert (ours.home.keeper.state.mutes, ours.home.microphone.tried) == ({Owner.QUIET}, [])
    ours.home.run(60)
    assert ours.home.keeper.state.mutes == frozenset()


def test_a_clock_that_jumps_does_not_end_them(house: Make, silent: State) -> None:
    """Setting the household's clock forward, from wherever, opens no microphone."""
    ours = quiet(house, silent, "14:00-15:00")
    ours.home.room._wall_at_start += 12 * HOUR
    ours.home.run(60)
    assert ours.home.keeper.state.mutes == {Owner.QUIET}


def moments_open(home: Any, hours: tuple[str, ...], lasts: float) -> list[float]:
    """When the house listened although its only wish is to be quiet at these hours: looked at around every minute."""
    quiet, found = QuietHours(hours, home.keeper, lambda: 0.0), []
    for minute in range(int(lasts / 60)):
        for around in (39.7, 40.4, 41.1):  # its clock begins at 14:13:20
            home.room._now = int((minute * 60 + around) * 1e9)
            quiet.look()
            home.keeper.tell(events.Ticked(*home.keeper.moment()))
            found += [home.room.now()] if not home.keeper.state.mutes else []
    return found


@pytest.mark.parametrize(
    ("hours", "lasts"),
    [
        (("14:00-15:00", "15:00-16:00"), 1.4 * HOUR),
        (("14:00-15:00", "14:40-16:00"), 1.4 * HOUR),
        (("13:00-13:00",), 72 * HOUR),
        (("14:33-14:30", "14:30-14:33"), 72 * HOUR),
    ],
)
def test_quiet_hours_that_touch_leave_no_gap(house: Make, silent: State, hours: tuple[str, ...], lasts: float) -> None:
    """One after the other, one into the other, and the whole day, day after day."""
    home = house(silent)
    home.keeper.start()
    assert moments_open(home, hours, lasts) == []


def test_so_many_wakes_for_nothing_are_a_storm() -> None:
    """Only within the time, only when there are enough, and the count begins anew afterwards."""
    storm = Storm(3, 60.0)
    assert [storm.wasted(at) for at in (0.0, 50.0, 61.0, 100.0, 101.0, 102.0)] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]
    assert not any(Storm(0, 60.0).wasted(float(at)) for at in range(1_000))


def test_a_command_in_between_ends_a_storm() -> None:
    """A household that talks to it unclearly is no storm."""
    storm = Storm(3, 60.0)
    for at in range(20):
        assert not storm.wasted(float(at))
        if at % 2:
            storm.served()


def test_commands_that_are_understood_keep_it_open(house: Make, silent: State) -> None:
    """Two wakes for nothing, a command, two for nothing: the speaker goes on listening."""
    from listener_household import WAY, Household

    from keepmum.listener.ear import Ear, Happening

    home = house(silent, text="pause 1000")
    home.habits = Habits(storm=3, storm_seconds=600.0)
    ours = Household(home)
    wasted = (Ear.WAITING, Happening.CANDIDATE), (Ear.CONFIRMING, Happening.CONFIRMED), (Ear.HEARING, Happening.NOTHING)
    for way in (wasted, wasted, WAY, wasted, wasted):
        ours.hears(*way)
        if way is WAY:
            ours.answer(ours.asked())
        home.run(8)
    assert home.keeper.state.mutes == frozenset()


def test_a_storm_mutes_says_so_and_needs_a_hand(house: Make, silent: State) -> None:
    """The third wake that nobody meant closes the microphone, with a row and a sentence; a hold opens it again."""
    from listener_household import Household

    from keepmum.listener.ear import Ear, Happening

    home = house(silent, text="pause 60\nhold 1\npause 1000")
    home.habits = Habits(storm=3, storm_seconds=600.0)
    ours = Household(home)
    for _ in range(3):
        ours.hears(
            (Ear.WAITING, Happening.CANDIDATE), (Ear.CONFIRMING, Happening.CONFIRMED), (Ear.HEARING, Happening.NOTHING)
        )
        home.run(8)
    assert (home.keeper.state.mutes, home.capture.is_open) == ({Owner.STORM}, False)
    assert [row["cause"] for row in home.rows("mute")] == ["too many wakes for nothing"]
    assert "muted myself" in ours.spoken[-1]
    home.run(60)
    assert home.keeper.state.mutes == frozenset()
