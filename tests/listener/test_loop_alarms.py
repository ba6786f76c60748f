"""Alarms ring, typed commands are answered, and a part that fails is tried again while the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from listener_household import CANARY, COMMAND, LONG, START, WAY, Household, traces

from keepmum.listener.ear import Ear
from keepmum.listener.sentences.understand import Intent
from keepmum.messages import Ask, Chime, Done, Say, Tighten
from keepmum.privacy import Owner, State, events

Make = Callable[..., Any]


# ---- alarms, typed commands, announcements


@pytest.mark.parametrize("ear", [Ear.MUTED, Ear.WAITING, Ear.FAULT])
def test_an_alarm_rings_whether_or_not_anybody_listens(household: Any, silent: State, ear: Ear) -> None:
    """Muted or broken, the loudspeaker still works; the microphone stays as it was."""
    ours = household(State(wall=START) if ear is Ear.MUTED else silent)
    if ear is Ear.FAULT:
        ours.home.microphone.fails = "open"
        ours.home.keeper.tell(_broken(ours.home))
    ours.home.memory.keep("timers", "tea", START + 2)
    question = ours.asked()
    assert (question.intent, question.memory, ours.home.room.now() >= 2) == ("timers.due", "tea", True)
    ours.answer(question, "Your tea.", actions=[Chime(times=1)])
    ours.loop.turn()
    assert ours.spoken == ["Your tea."]
    assert ours.loop.ear is (Ear.SPEAKING if ear is Ear.WAITING else ear)
    ours.home.run(5)
    assert (ours.loop.ear, ours.home.mouth.remaining(), ours.skills.receive()) == (ear, 0, None)


def test_a_flood_of_typed_commands_does_not_talk_for_ever(household: Any, silent: State) -> None:
    """What waits to be said is bounded: whoever types a thousand sentences leaves no speaker that talks for hours."""
    ours = household(silent)
    ours.home.hearing.intents["play"] = COMMAND
    for _ in range(40):
        assert ours.loop.say("play", lambda _speech: None)
        ours.answer(ours.asked(), LONG)
    ours.home.run(60)
    assert (ours.home.mouth.remaining(), ours.loop.ear) == (0, Ear.WAITING)
    assert len(ours.spoken) < 10


def _broken(home: Any) -> Any:
    return events.Broken(*home.keeper.moment())


def test_an_alarm_without_words_still_chimes(household: Any) -> None:
    """The chime is the message."""
    ours = household(State(wall=START))
    ours.home.memory.keep("timers", "tea", START)
    ours.answer(ours.asked(), "", actions=[Chime(times=2)])
    ours.loop.turn()
    assert ours.home.mouth.remaining() > 1


def test_an_alarm_waits_for_the_end_of_a_command(household: Any, silent: State) -> None:
    """Nobody is interrupted: the timer rings when the command is answered."""
    ours = household(silent)
    ours.home.memory.keep("timers", "tea", START + 0.1)
    ours.hears(*WAY)
    assert ours.asked().intent == "music.play"
    ours.answer(_last(ours), "Playing.")
    assert ours.asked().intent == "timers.due"
    assert ours.loop.ear is Ear.WAITING


def _last(ours: Household) -> Ask:
    return Ask(id=ours.home.skills._asked, intent="music.play", now=0.0)


@pytest.mark.parametrize("state", ["silent", "muted"])
def test_a_typed_command_is_asked_answered_and_spoken(household: Any, silent: State, state: str) -> None:
    """Muted or not, in the panel's name; its answer goes to the panel and through the loudspeaker."""
    ours = household(silent if state == "silent" else State(wall=START))
    ours.home.hearing.intents["play"] = Intent("privacy.mute")
    panel = ours.home.connect("panel")
    panel.send(Say(text="play"))
    question = ours.asked()
    ours.answer(question, "Muted.", actions=[Tighten(want="mute")])
    ours.loop.turn()
    assert panel.receive() == (Done(text="Muted."), None)
    assert ours.spoken == ["Muted."]
    assert Owner.PANEL in ours.home.keeper.state.mutes
    panel.send(Say(text=CANARY))
    ours.loop.turn()
    assert panel.receive()[0].why == "that is no command I know"


def test_what_is_to_be_said_is_said_one_after_another(household: Any, silent: State) -> None:
    """Two announcements do not talk over each other."""
    ours = household(silent)
    ours.loop.announce("First.")
    ours.loop.announce("Second.")
    ours.home.run(0.3)
    assert ours.spoken == ["First."]
    ours.home.run(3)
    assert ours.spoken == ["First.", "Second."]
    assert [played.heard for played in ours.home.speaker.history] == [pytest.approx(0.6)]


# ---- faults


@pytest.mark.parametrize("fails", ["open", "read", "ready"])
def test_a_microphone_that_fails_is_tried_again_more_and_more_patiently(
    household: Any, silent: State, fails: str
) -> None:
    """After one second, two, four, up to a minute; amber meanwhile, and the pause begins anew once there was sound."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.microphone.fails = fails
    ours.home.keeper.tell(_broken(ours.home))
    before = ours.home.room.now()
    ours.home.run(250)
    tried = [before, *(at for at in ours.home.microphone.tried if at > before)]
    gaps = [round(later - earlier) for earlier, later in pairwise(tried)]
    assert gaps[:9] == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 60], abs=1)
    assert (ours.loop.ear, ours.meanings[-1]) == (Ear.FAULT, "no microphone")
    ours.home.microphone.fails = ""
    ours.home.run(61)
    assert (ours.loop.ear, ours.meanings[-1]) == (Ear.WAITING, "waiting for the wake word")
    ours.home.microphone.fails = "open"
    ours.home.keeper.tell(_broken(ours.home))
    before = ours.home.room.now()
    ours.home.run(2)
    assert [at - before for at in ours.home.microphone.tried if at > before] == [pytest.approx(1.2, abs=0.3)]


def test_a_fault_in_the_middle_of_a_command_forgets_it(household: Any, agreed: State) -> None:
    """The plug is pulled while somebody speaks: nothing of it is kept or offered."""
    ours = household(agreed)
    ours.reach(Ear.HEARING)
    ours.home.microphone.fails = "read"
    ours.home.turn_until(lambda: ours.loop.ear is Ear.FAULT)
    assert traces(ours.home) == []
    assert ours.home.rows("release", "refusal") == []


def test_a_muted_speaker_does_not_try_a_broken_microphone(household: Any, silent: State) -> None:
    """Muted is muted: the fault is looked at when somebody unmutes."""
    ours = household(silent, text="pause 1\npress\npause 20\nhold 1\npause 5")
    ours.home.microphone.fails = "read"
    ours.home.run(1.2)
    tried = len(ours.home.microphone.tried)
    ours.home.run(19)
    assert (ours.loop.ear, len(ours.home.microphone.tried)) == (Ear.MUTED, tried)
    ours.home.microphone.fails = ""
    ours.home.run(5)
    assert ours.loop.ear is Ear.WAITING


def test_a_ring_that_fails_is_tried_again_and_stops_nothing(
    household: Any, silent: State, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged once; the command is answered in the dark, and the look is shown as soon as it can be."""
    ours = household(silent)
    ours.home.ring._closed = True
    ours.command(COMMAND, "Playing.")
    ours.home.run(3)
    assert ours.spoken == ["Playing."]
    assert caplog.text.count("the ring is closed") == 1
    ours.home.ring._closed = False
    ours.home.keeper.tell(_mute(ours.home))
    ours.home.run(0.5)
    assert ours.meanings[-1] == "muted: the microphone is closed"


def _mute(home: Any) -> Any:
    return events.Quieter(*home.keeper.moment(), "mute", Owner.PANEL)
