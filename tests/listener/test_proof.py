"""Mute proves itself: closed, wiped, seen to be closed, and only then red."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keepmum.hardware import Colour, Motion
from keepmum.listener.proof import EVERY
from keepmum.privacy import Fault, Owner, State, events

Make = Callable[..., Any]
BROKEN_SWITCH = {"stuck": "still powered", "unreadable": "still powered"}


def colours(ours: Any) -> list[Colour]:
    return [look.colour for _, look in ours.home.ring.history]


def mute(ours: Any, owner: Owner = Owner.PANEL) -> None:
    ours.home.keeper.tell(events.Quieter(*ours.home.keeper.moment(), "mute", owner))


def faults(ours: Any) -> list[tuple[str, str, str]]:
    return [(row["fault"], row["state"], row["cause"]) for row in ours.home.rows("fault")]


def test_a_press_closes_wipes_cuts_the_power_and_only_then_shows_red(household: Make, silent: State) -> None:
    """The stream's last read, the power switch and the ring follow each other in that order."""
    ours = household(silent, text="pause 1\npress\npause 10")
    ours.home.run(2)
    pressed = ours.home.button.history[0][0]
    closed = next(at for at, what in ours.home.microphone.history if what == "close")
    cut = next(at for at, what in ours.home.power.history if what == "off" and at >= pressed)
    red = next(at for at, look in ours.home.ring.history if look.colour is Colour.RED)
    assert pressed <= closed <= cut <= red
    assert (ours.home.keeper.state.proven, ours.home.capture.objections()) == (True, [])
    assert ours.home.report().proof == "stream, memory, power, room"


def test_an_open_microphone_has_no_proof(household: Make, silent: State) -> None:
    """The status names who saw it closed only while it is."""
    ours = household(silent)
    ours.home.run(1)
    assert (ours.home.report().microphone, ours.home.report().proof) == ("open", "")


@pytest.mark.parametrize("how", BROKEN_SWITCH)
def test_power_that_stays_on_is_an_alarm_and_never_red(household: Make, silent: State, how: str) -> None:
    """A switch that does not obey, or cannot be read, keeps the ring in alarm, with a fault and a row."""
    ours = household(silent)
    ours.home.run(1)
    setattr(ours.home.power, how, True)
    mute(ours)
    ours.home.run(10)
    assert Colour.RED not in colours(ours)
    assert ours.home.ring.look.motion is Motion.ALARM
    assert faults(ours) == [("proof", "begun", BROKEN_SWITCH[how])]
    assert ours.home.keeper.state.mutes == {Owner.PANEL, Owner.FAULT}


def test_a_supply_that_falls_slowly_is_waited_for(household: Make, silent: State) -> None:
    """A capacitor holds the power up for a third of a second: amber meanwhile, then red, and no fault."""
    ours = household(silent)
    ours.home.run(1)
    cut = ours.home.room.now()
    ours.home.power.is_off = lambda: ours.home.room.now() > cut + 0.3
    mute(ours)
    ours.home.run(2)
    meanings = [look.meaning for at, look in ours.home.ring.history if at >= cut]
    assert meanings == ["closing the microphone", "muted: the microphone is closed"]
    assert faults(ours) == []


def test_a_witness_that_sees_capturing_is_believed(household: Make, silent: State, caplog: Any) -> None:
    """The stream is closed, but somebody sees the card in use: alarm, one log line, and red once it is over."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.witness.claim = "pcm0c is RUNNING"
    mute(ours)
    ours.home.run(20)
    assert ours.home.ring.look.motion is Motion.ALARM
    assert caplog.text.count("room: pcm0c is RUNNING") == 1
    ours.home.witness.claim = ""
    ours.home.run(EVERY + 0.5)
    assert ours.home.ring.look.colour is Colour.RED
    assert faults(ours) == [("proof", "begun", "seen capturing"), ("proof", "ended", "seen closed again")]
    assert ours.home.keeper.state.mutes == {Owner.PANEL}


def test_a_hand_does_not_open_a_microphone_that_cannot_be_shown_to_close(household: Make, silent: State) -> None:
    """The hold clears the hand's own; the fault stays until the proof holds, and then it listens."""
    ours = household(silent, text="pause 2\nhold 1\npause 100")
    ours.home.run(1)
    ours.home.witness.claim = "in use"
    mute(ours)
    ours.home.run(5)
    assert (ours.home.keeper.state.mutes, ours.home.capture.is_open) == ({Owner.FAULT}, False)
    assert ours.home.ring.look.motion is Motion.ALARM
    ours.home.witness.claim = ""
    ours.home.run(EVERY + 0.5)
    assert (ours.home.keeper.state.mutes, ours.home.capture.is_open) == (frozenset(), True)


def test_sound_that_was_left_in_the_preroll_is_an_objection(household: Make, silent: State) -> None:
    """A wipe that does not wipe is found by reading back."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.preroll.wipe = lambda: None
    mute(ours)
    ours.home.run(1)
    assert Colour.RED not in colours(ours)
    assert faults(ours) == [("proof", "begun", "sound was left")]


def test_an_engine_that_kept_a_sound_is_an_objection(household: Make, silent: State) -> None:
    """What is behind the pre-roll is asked too."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.hearing.is_clean = lambda: False
    mute(ours)
    ours.home.run(1)
    assert faults(ours) == [("proof", "begun", "sound was left")]


def test_power_that_came_back_by_itself_is_cut_again_without_a_word(household: Make, silent: State) -> None:
    """A board that was reset forgets that it was muted: it is muted anew, and stays red."""
    ours = household(silent)
    ours.home.run(1)
    mute(ours)
    ours.home.run(1)
    ours.home.power.on()
    ours.home.run(EVERY + 0.5)
    assert (ours.home.power.is_off(), ours.home.ring.look.colour, faults(ours)) == (True, Colour.RED, [])


def test_what_is_muted_is_looked_at_again_and_again(household: Make, silent: State) -> None:
    """A proof is good for two seconds: what opens later turns the red into an alarm."""
    ours = household(silent)
    ours.home.run(1)
    mute(ours)
    ours.home.run(60)
    assert ours.home.ring.look.colour is Colour.RED
    ours.home.witness.claim = "opened behind our back"
    ours.home.run(EVERY + 0.5)
    assert (ours.home.ring.look.motion, ours.home.keeper.state.proven) == (Motion.ALARM, False)
    assert ours.home.keeper.state.faults == {Fault.PROOF}


def test_a_start_proves_before_it_shows_red(household: Make) -> None:
    """A speaker that boots muted asks its hardware too."""
    ours = household(State(wall=1.0))
    assert ours.home.ring.look.colour is Colour.RED
    assert ours.home.keeper.state.proven


def test_planted_a_skipped_proof_is_never_red(household: Make, silent: State) -> None:
    """Were nobody to ask the hardware, the ring would stay amber: red cannot be had without the proof."""
    ours = household(silent)
    ours.home.run(1)
    ours.loop._proof.look = lambda: None
    mute(ours)
    ours.home.run(30)
    assert Colour.RED not in colours(ours)
    assert ours.home.ring.look.meaning == "closing the microphone"


def test_planted_a_driver_that_lies_about_closing_is_caught(household: Make, silent: State) -> None:
    """A stream that is closed in name only is seen by the witness, however clean everything else is."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.microphone.close = lambda: None
    mute(ours)
    ours.home.run(5)
    assert Colour.RED not in colours(ours)
    assert faults(ours) == [("proof", "begun", "seen capturing")]


def test_a_mute_button_on_the_board_mutes_the_speaker(household: Make, silent: State) -> None:
    """What a hand cut off on the board stays closed, with its reason, until a hand holds our own button."""
    ours = household(silent, text="pause 60\nhold 1\npause 100")
    ours.home.run(5)
    ours.home.power.off()
    ours.home.run(EVERY + 0.5)
    assert ours.home.keeper.state.mutes == {Owner.BUTTON}
    assert [row["cause"] for row in ours.home.rows("mute")] == ["muted on the board"]
    ours.home.run(40)
    assert ours.home.power.is_off()
    ours.home.run(20)
    assert (ours.home.power.is_off(), ours.home.capture.is_open) == (False, True)


def test_a_switch_that_cannot_be_turned_on_is_a_fault(household: Make, silent: State) -> None:
    """Without power no sound can be had: that is said, and tried again, like any other broken microphone."""
    from keepmum.errors import MicPowerError

    ours = household(State(wall=1.0), text="pause 1\nhold 1\npause 100")

    def refuse() -> None:
        raise MicPowerError("GPIO24 is in use", "free it")

    ours.home.power.on = refuse
    ours.home.run(5)
    assert (ours.home.keeper.state.mutes, ours.home.microphone.tried) == ({Owner.FAULT}, [])
    assert faults(ours) == [("microphone", "begun", "cannot be opened")]
    del ours.home.power.on
    ours.home.run(60)
    assert ours.home.capture.is_open
