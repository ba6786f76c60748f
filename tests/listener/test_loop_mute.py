"""A hand, a panel or a message stops everything, in every state and at every instant; only a hand starts it again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_household import START, WAY, Household, reads_after, traces

from keepmum.consent import Mode
from keepmum.listener import phrases
from keepmum.listener.ear import Ear
from keepmum.listener.sentences.understand import Intent
from keepmum.messages import Answer, HomeAction, Propose, SetVolume, Tighten
from keepmum.privacy import Owner, State

Make = Callable[..., Any]


# ---- mute


def by_button(ours: Household) -> None:
    """The scene presses at second 20."""


def by_panel(ours: Household) -> None:
    ours.home.connect("panel").send(Tighten(want="mute"))


def by_mqtt(ours: Household) -> None:
    ours.home.connect("uplink").send(Tighten(want="mute"))


@pytest.mark.parametrize("mute", [by_button, by_panel, by_mqtt])
@pytest.mark.parametrize("ear", list(Ear))
def test_a_mute_in_every_state_closes_and_forgets(
    household: Any, agreed: State, ear: Ear, mute: Callable[[Household], None]
) -> None:
    """Whatever the speaker was doing: closed, silent, wiped, red, and not one block more."""
    start = replace(agreed, mutes=frozenset({Owner.VOICE})) if ear is Ear.MUTED else agreed
    ours = household(start, text="pause 20\npress\npause 100")
    ours.home.run(19)
    ours.reach(ear)
    assert ours.home.room.now() < 20
    mute(ours)
    ours.home.turn_until(lambda: bool(ours.home.keeper.state.mutes - {Owner.FAULT, Owner.VOICE}))
    moment = ours.home.room.now()
    assert ours.loop.ear is Ear.MUTED
    assert traces(ours.home) == []
    assert ours.meanings[-1] == "muted: the microphone is closed"
    ours.home.run(3)
    assert (reads_after(ours.home, moment), ours.loop.ear, traces(ours.home)) == (0, Ear.MUTED, [])


@pytest.mark.parametrize(
    ("ear", "traced"),
    [
        (Ear.WAITING, set()),
        (Ear.HEARING, {"a clip holds sound"}),
        (Ear.THINKING, {"a clip holds sound", "the skills have the word", "the intent is remembered"}),
        (Ear.SPEAKING, {"a clip holds sound", "it still speaks", "the intent is remembered"}),
    ],
)
def test_the_same_look_finds_traces_while_the_microphone_is_open(
    household: Any, agreed: State, ear: Ear, traced: set[str]
) -> None:
    """A positive control: what the speaker holds in each state is seen."""
    ours = household(agreed)
    ours.home.run(1)
    ours.reach(ear)
    ours.home.run(0.2)
    assert set(traces(ours.home)) == {"the stream is open", "the pre-roll holds sound", *traced}


def test_a_mute_by_voice_speaks_its_last_sentence(household: Any, silent: State) -> None:
    """The microphone is closed before it says so."""
    ours = household(silent)
    opened = []
    ours.home.news.watch(lambda kind, _: opened.append(ours.home.capture.is_open) if kind == "reply" else None)
    ours.command(Intent("privacy.mute"), "Muted.", actions=[Tighten(want="mute")])
    assert (ours.spoken, opened, ours.loop.ear) == (["Muted."], [False], Ear.MUTED)
    ours.home.run(1)
    assert ours.home.mouth.remaining() == 0


@pytest.mark.parametrize("when", ["with the press", "a moment later"])
def test_an_answer_that_comes_after_a_press_is_neither_spoken_nor_done(
    household: Any, agreed: State, when: str
) -> None:
    """Even one that lies in the socket when the press is noticed: the hand comes first."""
    ours = household(agreed, text="pause 5\npress\npause 100")
    ours.home.run(4.5)
    ours.hears(*WAY)
    question = ours.asked()
    late = Answer(
        id=question.id, speech="Too late.", actions=[SetVolume(percent=1), HomeAction(topic="x", payload="ON")]
    )
    if when == "with the press":
        ours.home.room.on_edge(lambda down: ours.skills.send(late) if down else None)
    ours.home.turn_until(lambda: ours.loop.ear is Ear.MUTED)
    if when == "a moment later":
        ours.skills.send(late)
    ours.home.run(3)
    assert (ours.spoken, ours.home.volumes, ours.home.outbox.waiting()) == ([], [], [])
    assert ours.home.rows("release") == []


def test_two_hundred_presses_at_random_instants(household: Any, silent: State) -> None:
    """Whatever is being heard, said or asked: no block is read between a press and the next opening."""
    chance = random.Random(7)
    steps = (f"pause {chance.uniform(0.1, 0.9):.6f}\npress\npause 0.1\nhold 0.8" for _ in range(100))
    ours = household(silent, text="\n".join(steps))
    home = ours.home
    home.room.on_edge(lambda down: home.microphone.history.append((home.room.now(), "press")) if down else None)
    while not home.room.over:
        if len(home.hearing.script) < 3:
            ours.hears(*WAY)
        if (received := ours.skills.receive()) is not None:
            ours.skills.send(Answer(id=received[0].id, speech="Yes."))
        ours.loop.turn()
    deaf, late = False, 0
    for _, what in home.microphone.history:
        deaf = {"press": True, "open": False}.get(what, deaf)
        late += deaf and what == "read"
    counts = {what: sum(each == what for _, each in home.microphone.history) for what in ("press", "open", "read")}
    assert late == 0
    assert counts["press"] == 200
    assert counts["open"] > 90
    assert counts["read"] > 300


# ---- the button


def test_a_held_button_unmutes_and_a_short_press_does_not(household: Any) -> None:
    """Half a second is a press; eight tenths are a wish."""
    ours = household(State(wall=START), text="pause 1\nhold 0.5\npause 1\nhold 0.8\npause 1")
    ours.home.run(2)
    assert (ours.loop.ear, ours.home.microphone.tried) == (Ear.MUTED, [])
    ours.home.run(2)
    assert (ours.loop.ear, ours.home.capture.is_open) == (Ear.WAITING, True)
    assert ours.home.microphone.tried == [pytest.approx(3.2, abs=0.06)]


@pytest.mark.parametrize("honest", [True, False])
def test_a_lost_release_is_repaired_by_the_level(household: Any, honest: bool) -> None:
    """A press whose end got lost earns nothing more once the button is up; a level that lies would unmute."""
    ours = household(State(wall=START), text="pause 1\nhold 0.3\npause 10")
    changed, pressed = ours.home.button._changed, []
    ours.home.button.watch(lambda down: (pressed.append(down), changed(down)) if down else None)
    if not honest:
        ours.home.button.is_down = lambda: bool(pressed)
    ours.home.run(5)
    assert ours.home.capture.is_open is not honest
    assert (ours.home.keeper.state.earning, ours.loop.ear is Ear.MUTED) == (False, honest)


def test_a_button_that_is_down_at_the_start_mutes_and_can_do_no_more(house: Make, agreed: State) -> None:
    """It gave no edge, and may just be stuck: closed, red, and staying down does not open it."""
    home = house(agreed)
    home.room.button_is_down = True
    ours = Household(home)
    assert (ours.loop.ear, ours.home.microphone.tried, ours.meanings) == (
        Ear.MUTED,
        [],
        ["muted: the microphone is closed"],
    )
    ours.home.run(5)
    assert (ours.loop.ear, ours.home.keeper.state.mutes) == (Ear.MUTED, {Owner.BUTTON})


def test_a_proposal_is_agreed_to_by_holding_the_button(household: Any, silent: State) -> None:
    """Told by voice, the ring is white; held for three seconds, the consent stands and the speaker listens."""
    ours = household(silent, text="pause 15\nhold 3.2\npause 5")
    ours.command(Intent("privacy.commands"), "Hold it.", actions=[Propose(purpose="commands", rung="text")])
    ours.home.run(4)
    assert (ours.spoken, ours.home.keeper.state.proposal) == ([f"commands at text {phrases.HOLD}"], None)
    ours.home.turn_until(lambda: ours.home.keeper.state.proposal is not None)
    ours.loop.turn()
    assert ours.meanings[-1] == "hold the button to agree"
    ours.home.turn_until(ours.home.button.is_down)
    ours.home.run(1.5)
    assert (ours.home.capture.is_open, ours.home.keeper.state.consents) == (False, ())
    ours.home.run(4)
    state = ours.home.keeper.state
    assert [consent.purpose.value for consent in state.consents] == ["commands"]
    assert (state.mode, ours.home.capture.is_open) == (Mode.ASK, True)
    assert ours.spoken[-1] == phrases.AGREED


def test_a_hand_that_comes_before_the_notice_is_over_agrees_to_nothing(household: Any, silent: State) -> None:
    """It mutes, as every press does: whoever was not told what it is about cannot agree to it."""
    ours = household(silent, text="pause 4\nhold 3.2\npause 30")
    ours.command(Intent("privacy.commands"), "Hold it.", actions=[Propose(purpose="commands", rung="text")])
    ours.home.run(30)
    state = ours.home.keeper.state
    assert (state.consents, state.proposal, ours.home.rows("proposal"), ours.loop.ear) == ((), None, [], Ear.MUTED)
