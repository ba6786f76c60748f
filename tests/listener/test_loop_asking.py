"""A household that wants to be asked: what is announced, played and answered in the room, and what a hand does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_household import COMMAND, WAY

from keepmum.clip import unpack
from keepmum.listener import phrases
from keepmum.listener.ear import Ear
from keepmum.listener.mouth import Mouth
from keepmum.listener.question import HEAR, KEEP, SEND
from keepmum.listener.sentences.understand import Intent
from keepmum.messages import Done, Refused, Say, Tighten
from keepmum.privacy import State
from keepmum.seal import open_seal

Make = Callable[..., Any]


@pytest.fixture
def asks(agreed: State) -> State:
    """As agreed, but every recording is asked about."""
    consents = tuple(
        replace(each, terms=replace(each.terms, asks=True)) if each.purpose == "asr-improvement" else each
        for each in agreed.consents
    )
    return replace(agreed, consents=consents)


def says(ours: Any, intent: str, **slots: Any) -> None:
    """Somebody says it after the wake word; the skills are not there to answer."""
    ours.hears(*WAY, command=Intent(intent, slots))
    ours.home.turn_until(lambda: not ours.home.hearing.script)


def asked(ours: Any) -> None:
    """A command was given and answered, and the speaker has asked about it."""
    ours.command(COMMAND, "Playing.")
    ours.home.run(1)
    ours.home.turn_until(lambda: ours.loop.ear is Ear.WAITING)
    assert ours.spoken[-1] == phrases.SOMETHING_YOU_SAID


def played(ours: Any) -> None:
    """It was asked for, and played to its end."""
    asked(ours)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.keeper.state.question is not None)


def waiting(ours: Any) -> int:
    return len(ours.home.keeper.state.asking)


# ---- the whole way


def test_a_clip_is_announced_heard_approved_and_leaves(household: Any, asks: State, keys: Any) -> None:
    """Answer, question, playback, yes: in this order, and what leaves is what was played."""
    ours = household(asks)
    played(ours)
    assert ours.home.outbox.waiting() == []
    says(ours, SEND)
    [parcel] = ours.home.outbox.waiting()
    clip = unpack(open_seal(keys, ours.home.outbox.get(parcel).body)[1])
    ours.home.run(30)
    ours.home.mouth.hush()
    order = ["Playing.", phrases.SOMETHING_YOU_SAID, phrases.WOULD_LEAVE["voice"], phrases.HOLD_OR_SAY]
    assert ours.spoken == [*order, phrases.APPROVED]
    heard = next(sound.pcm for sound in ours.home.speaker.history if sound.pcm.endswith(clip.pcm))
    assert any(heard[-len(clip.pcm) :])


def test_a_hand_approves_what_was_played(household: Any, asks: State) -> None:
    """Held for three seconds after the playback, also while the speaker still tells what it does."""
    ours = household(asks, text="pause 12\nhold 3.2\npause 60")
    asked(ours)
    ours.home.turn_until(lambda: ours.home.room.now() > 8)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.keeper.state.question is not None)
    assert ours.home.room.now() < 12
    ours.home.turn_until(lambda: ours.home.room.now() > 16)
    assert (len(ours.home.outbox.waiting()), waiting(ours), ours.home.capture.is_open) == (1, 0, True)


def test_letting_go_early_is_a_no(household: Any, asks: State) -> None:
    """One second is no yes: it is forgotten, and the microphone stays closed, as after every press."""
    ours = household(asks, text="pause 12\nhold 1\npause 60")
    asked(ours)
    ours.home.turn_until(lambda: ours.home.room.now() > 8)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.room.now() > 14)
    assert (ours.home.outbox.waiting(), waiting(ours), ours.loop.ear) == ([], 0, Ear.MUTED)
    assert "declined" in [row["reason"] for row in ours.home.rows("refusal")]


def test_a_no_is_a_no_without_a_playback(household: Any, asks: State) -> None:
    """Forgotten, wiped, and said."""
    ours = household(asks)
    asked(ours)
    says(ours, KEEP)
    ours.home.run(5)
    assert (ours.home.outbox.waiting(), waiting(ours), ours.spoken[-1]) == ([], 0, phrases.DECLINED)


def test_nobody_is_nagged(household: Any, asks: State) -> None:
    """An hour in which nobody answers: asked once, and forgotten after ten minutes without a word."""
    ours = household(asks)
    asked(ours)
    before = len(ours.spoken)
    ours.home.run(605)
    assert (waiting(ours), ours.spoken[before:]) == (0, [])
    assert "not_answered" in [row["reason"] for row in ours.home.rows("refusal")]


def test_the_answers_do_not_need_the_skills(household: Any, asks: State) -> None:
    """Their process is gone: hearing, sending and keeping work all the same, and are never asked of them."""
    ours = household(asks)
    asked(ours)
    ours.skills.close()
    ours.home.run(1)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.keeper.state.question is not None)
    says(ours, SEND)
    assert len(ours.home.outbox.waiting()) == 1
    assert phrases.NO_ANSWER not in ours.spoken


def test_an_answer_about_a_clip_is_not_itself_a_clip(household: Any, asks: State) -> None:
    """Nothing is announced of "let me hear it" and "yes, send it"."""
    ours = household(asks)
    played(ours)
    says(ours, SEND)
    ours.home.run(30)
    assert (waiting(ours), ours.spoken.count(phrases.SOMETHING_YOU_SAID)) == (0, 1)
    assert not any(any(sound) for sound in ours.home.hearing.sounds)


# ---- what is not heard does not count


@pytest.mark.parametrize("after", [0.3, 1.0, 3.0])
def test_a_mute_stops_the_playback_and_nothing_can_be_sent(household: Any, asks: State, after: float) -> None:
    """A press in the middle: silence at once, the clip is forgotten, and no yes finds anything."""
    ours = household(asks)
    asked(ours)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.mouth.remaining() > 0)
    ours.home.run(min(after, ours.home.mouth.remaining() - 0.1))
    panel = ours.home.connect("panel")
    panel.send(Tighten(want="mute"))
    ours.loop.turn()
    assert (ours.home.mouth.remaining(), waiting(ours), ours.loop.ear) == (0, 0, Ear.MUTED)
    ours.home.run(10)
    assert [row["state"] for row in ours.home.rows("question")] == ["waiting"]
    assert ours.home.outbox.waiting() == []


@pytest.mark.parametrize("want", ["local", "withdraw", "forget_last"])
def test_whatever_takes_the_clip_away_breaks_the_playback_off(household: Any, asks: State, want: str) -> None:
    """Somebody elsewhere wants it forgotten: it is not played to its end to the room."""
    ours = household(asks)
    asked(ours)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.mouth.remaining() > 0)
    panel = ours.home.connect("panel")
    panel.send(Tighten(want=want))
    ours.loop.turn()
    ours.loop.turn()
    assert (ours.home.mouth.remaining(), waiting(ours)) == (0, 0)
    assert ours.home.keeper.state.question is None


def test_without_a_loudspeaker_nothing_can_be_approved(household: Any, asks: State) -> None:
    """It could not be played, so nobody knows what would leave."""
    ours = household(asks)
    asked(ours)
    ours.home.speaker.close()
    says(ours, HEAR)
    ours.home.run(10)
    says(ours, SEND)
    ours.home.run(5)
    assert (ours.home.keeper.state.question, waiting(ours), ours.home.outbox.waiting()) == (None, 1, [])


def test_a_yes_after_a_minute_comes_too_late(household: Any, asks: State) -> None:
    """It may be meant for somebody else; the clip waits on."""
    ours = household(asks)
    played(ours)
    ours.home.run(61)
    says(ours, SEND)
    ours.home.run(5)
    assert (ours.home.outbox.waiting(), waiting(ours), ours.spoken[-1]) == ([], 1, phrases.NOT_PLAYED)


def test_a_typed_yes_is_refused_and_a_typed_no_is_not(household: Any, asks: State) -> None:
    """Only somebody in the room can make it louder, even of what the room has just heard."""
    ours = household(asks)
    ours.home.hearing.intents = {"yes send it": Intent(SEND), "let me hear it": Intent(HEAR), "no": Intent(KEEP)}
    played(ours)
    panel = ours.home.connect("panel")

    def types(text: str) -> Any:
        panel.send(Say(text=text))
        ours.loop.turn()
        return panel.receive()[0]

    for text in ("yes send it", "let me hear it"):
        answer = types(text)
        assert isinstance(answer, Refused)
        assert (bool(answer.hint), ours.home.outbox.waiting(), waiting(ours)) == (True, [], 1)
    assert types("no") == Done(text="")
    assert (ours.home.outbox.waiting(), waiting(ours)) == ([], 0)


def test_a_clip_is_not_announced_while_somebody_speaks(household: Any, asks: State) -> None:
    """First the answer, then whatever is due, then the question."""
    ours = household(asks)
    ours.command(COMMAND, "Playing.")
    ours.loop.announce("Tea is ready.")
    ours.home.run(20)
    assert ours.spoken == ["Playing.", "Tea is ready.", phrases.SOMETHING_YOU_SAID]


# ---- planted


@pytest.mark.parametrize("planted", [False, True])
def test_a_playback_that_was_cut_is_not_told_as_played(
    household: Any, asks: State, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    """A loudspeaker that falls silent has played nothing. Planted: silence is taken for the end."""
    if planted:
        monkeypatch.setattr(Mouth, "whole", lambda _self: True)
    ours = household(asks)
    asked(ours)
    says(ours, HEAR)
    ours.home.turn_until(lambda: ours.home.mouth.remaining() > 0)
    ours.home.run(1)
    ours.home.speaker.stop()
    ours.home.run(1)
    assert (ours.home.keeper.state.question is not None) is planted
    says(ours, SEND)
    assert len(ours.home.outbox.waiting()) == planted
