"""What happens between two moments that everything else takes for one: a stall, an opening, an end half-way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from listener_house import quieter

from keepmum.errors import ButtonError, MicPowerError, MicrophoneError, RingError
from keepmum.hardware import Colour, Motion
from keepmum.listener import latch
from keepmum.listener.ear import Ear
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


# ---- the light goes first


def test_red_is_gone_before_the_microphone_opens(household: Make) -> None:
    """A supply takes time to settle, PortAudio takes time to start: the ring is not red for any of it."""
    ours = household(MUTED, text="pause 1\nhold 1\npause 100")
    shown: list[Colour] = []
    on, ours.home.power.on = ours.home.power.on, lambda: (shown.append(ours.home.ring.look.colour), on())[1]
    ours.home.run(3)
    assert ours.home.capture.is_open
    assert shown == [Colour.GREEN]


def test_what_is_said_in_the_turn_that_opens_is_not_said_in_red(household: Make) -> None:
    """A consent by hand opens and speaks at once; the voice takes its time, and the microphone is open meanwhile."""
    ours = household(MUTED, text="pause 1\nhold 1\npause 100")
    shown: list[Colour] = []
    ours.home.voice.speak = lambda _text: (shown.append(ours.home.ring.look.colour), b"")[1]
    on, ours.home.power.on = ours.home.power.on, lambda: (ours.loop.announce("agreed"), on())[1]
    ours.home.run(3)
    assert ours.home.capture.is_open
    assert shown == [Colour.GREEN]


# ---- a press while the microphone is being opened


class Presser:
    """A hand in a thread of its own, which comes down when it is told to."""

    def __init__(self, home: Any) -> None:
        self.cut = threading.Event()
        self.thread = threading.Thread(target=home.room._turn, args=(True,))
        self.pressed = False
        off = home.power.off
        home.power.off = lambda: (off(), self.cut.set())[0]

    def press(self) -> bool:
        """Come down; whether the power was cut while the caller still had the microphone."""
        self.cut.clear()
        self.thread.start()
        self.pressed = True
        return self.cut.wait(10)


def test_a_press_cuts_the_power_of_a_microphone_that_is_being_opened(household: Make) -> None:
    """Opening may hang for seconds; the press neither waits for it nor counts as a fault, and nothing stays open."""
    ours = household(MUTED, text="pause 1\nhold 1\npause 100")
    home, hand, cut = ours.home, Presser(ours.home), []
    opens = home.microphone.open
    home.microphone.open = lambda: (cut.append(hand.press()), opens())[1]
    home.turn_until(lambda: hand.pressed)
    hand.thread.join(10)
    home.run(0.2)
    assert cut == [True]
    assert (home.microphone.is_open, home.capture.is_open, home.power.is_off()) == (False, False, True)
    assert (home.keeper.state.mutes, home.rows("fault")) == ({Owner.BUTTON}, [])


def test_a_supply_that_a_press_cut_is_no_fault(household: Make) -> None:
    """A switch that says that it was switched off again before the microphones worked is right."""
    ours = household(MUTED, text="pause 1\nhold 1\npause 100")
    hand = Presser(ours.home)

    def overtaken() -> None:
        hand.press()
        raise MicPowerError("GPIO24 was switched off again before the microphones worked", "try again")

    ours.home.power.on = overtaken
    ours.home.turn_until(lambda: hand.pressed)
    hand.thread.join(10)
    ours.home.run(0.2)
    assert (ours.home.keeper.state.mutes, ours.home.rows("fault")) == ({Owner.BUTTON}, [])


# ---- what fails half-way


def test_a_stream_that_does_not_close_is_muted_kept_and_an_alarm(household: Make, silent: State) -> None:
    """The driver raises when it is closed: the mute is written and kept all the same, and red has to wait."""
    ours = household(silent)
    ours.home.run(1)
    close = ours.home.microphone.close

    def stuck() -> None:
        raise MicrophoneError("the stream does not close", "pull the plug")

    ours.home.microphone.close = stuck
    quieter(ours.home)
    ours.home.run(3)
    assert [row["owner"] for row in ours.home.rows("mute")] == ["panel"]
    assert latch.read(ours.home.latch, 0.0).mutes == {Owner.PANEL}
    assert ours.home.ring.look.motion is Motion.ALARM
    ours.home.microphone.close = close
    ours.home.run(3)
    assert ours.home.ring.look.colour is Colour.RED


def test_a_ring_that_fails_while_the_microphone_opens_is_one_row_and_opens_once(household: Make) -> None:
    """The row about the ring is written in the middle of another step, and repeats nothing of it."""
    ours = household(MUTED, text="pause 1\nhold 1\npause 100")
    ours.home.run(1.5)

    def dark(_look: Any) -> None:
        raise RingError("the ring is dark", "look at its cable")

    ours.home.ring.show = dark
    ours.home.run(1)
    assert [row["state"] for row in ours.home.rows("ring")] == ["lost"]
    assert [row["owner"] for row in ours.home.rows("unmute")] == ["button"]
    assert ours.home.capture.openings == 1


def test_a_mute_is_kept_though_the_process_dies_of_it(household: Make, silent: State) -> None:
    """Something that nobody thought of is raised while the microphone is being closed: the next start is muted."""
    ours = household(silent)
    ours.home.run(1)

    def dies() -> None:
        raise RuntimeError("nobody thought of this")

    ours.home.release.forget_all = dies
    with pytest.raises(RuntimeError, match="nobody thought"):
        quieter(ours.home)
    assert not ours.home.capture.is_open
    assert latch.read(ours.home.latch, 0.0).mutes == {Owner.PANEL}


def test_a_press_that_nobody_has_understood_is_kept_when_the_process_ends(household: Make, silent: State) -> None:
    """It came between the last turn of the loop and an end, by a signal or by a mistake elsewhere: it still mutes."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.room._turn(True)
    ours.loop.close()
    ours.home.loop = None
    assert latch.read(ours.home.latch, 0.0).mutes == {Owner.BUTTON}
    assert [row["cause"] for row in ours.home.rows("mute")] == ["pressed"]


def test_a_loudspeaker_that_hangs_does_not_leave_the_ear_deaf(household: Make, silent: State) -> None:
    """It never says that it is over: the ear listens again a few seconds after the sentence should have been."""
    ours = household(silent)
    ours.reach(Ear.SPEAKING)
    ours.home.speaker.remaining = lambda: 3.0
    ours.home.run(8)
    assert ours.loop.ear is Ear.SPEAKING
    ours.home.run(4)
    assert (ours.loop.ear, ours.home.capture.is_open) == (Ear.WAITING, True)


def test_the_status_does_not_claim_a_light_that_is_not_there(household: Make) -> None:
    """A ring that fails may show anything; whoever asks is told so, and not what it should show."""
    ours = household(MUTED)
    ours.home.run(1)
    assert ours.home.report().ring == "muted: the microphone is closed"

    def dark(_now: float) -> None:
        raise RingError("the ring is dark", "look at its cable")

    ours.home.ring.turn = dark
    ours.home.run(3)
    assert "does not answer" in ours.home.report().ring
    del ours.home.ring.turn
    ours.home.run(3)
    assert ours.home.report().ring == "muted: the microphone is closed"
