"""A person before the speaker: what is heard, asked and said, in which order, and what the light says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_household import CANARY, COMMAND, WAY, traces

from keepmum.clip import unpack
from keepmum.listener import phrases
from keepmum.listener.ear import Ear, Happening
from keepmum.listener.sentences.understand import Intent
from keepmum.messages import Next, Say, Tighten
from keepmum.privacy import Owner, State
from keepmum.seal import open_seal

Make = Callable[..., Any]


# ---- the way of a command


def test_a_command_goes_from_wake_to_voice(household: Any, agreed: State, keys: Any) -> None:
    """Wake, confirm, listen, ask, speak, and back; every state is told to whoever watches."""
    ours = household(agreed)
    ours.hears(*WAY)
    question = ours.asked()
    assert (question.intent, question.slots) == ("music.play", {"what": CANARY})
    ours.answer(question, "Playing.")
    assert (ours.spoken, ours.loop.ear) == (["Playing."], Ear.SPEAKING)
    ours.home.run(1)
    assert [fact["state"] for fact in ours.home.seen("ear")] == [
        "waiting",
        "confirming",
        "hearing",
        "thinking",
        "speaking",
        "waiting",
    ]


def test_an_agreed_clip_leaves_sealed_and_its_sound_is_wiped(household: Any, agreed: State, keys: Any) -> None:
    """Once the answer was spoken, it waits in the outbox for its recipient; here it is all zeros."""
    ours = household(agreed)
    ours.command(COMMAND, "Playing.")
    assert ours.home.outbox.waiting() == []
    ours.home.run(2)
    [parcel] = ours.home.outbox.waiting()
    clip = unpack(open_seal(keys, ours.home.outbox.get(parcel).body)[1])
    assert (clip.phrase, clip.words[0].text, len(clip.pcm), any(clip.pcm)) == ("alexa", CANARY, 4 * 2_560, True)
    assert not any(ours.home.hearing.sounds[0])


def test_without_a_consent_nothing_is_put_and_the_sound_is_wiped(household: Any, silent: State) -> None:
    """The answer is spoken all the same; the ledger says why the clip stayed."""
    ours = household(silent)
    ours.command(COMMAND, "Playing.")
    ours.home.run(2)
    assert ours.spoken == ["Playing."]
    assert [row["reason"] for row in ours.home.rows("refusal")] == ["local_mode"]
    assert (ours.home.outbox.waiting(), any(ours.home.hearing.sounds[0])) == ([], False)


def test_no_clip_leaves_without_a_confirmed_wake(household: Any, agreed: State) -> None:
    """An owner who turns the confirmation off, to measure it, is obeyed, but nothing that was heard so may leave."""
    ours = household(agreed)
    ours.home.hearing.confirmed = False
    ours.command(COMMAND, "Playing.")
    ours.home.run(2)
    assert (ours.spoken, ours.home.outbox.waiting()) == (["Playing."], [])
    assert [row["reason"] for row in ours.home.rows("refusal")] == ["unconfirmed_wake"]


def test_what_was_not_understood_is_not_offered(household: Any, agreed: State) -> None:
    """It was perhaps not meant for the speaker: an apology, no row, no skill."""
    ours = household(agreed)
    ours.hears(*WAY[:-1], (Ear.HEARING, Happening.NOTHING))
    ours.home.turn_until(lambda: ours.loop.ear is Ear.SPEAKING)
    assert ours.spoken == [phrases.NOT_UNDERSTOOD]
    assert (ours.home.rows("release", "refusal"), any(ours.home.hearing.sounds[0])) == ([], False)
    assert ours.skills.receive() is None


def test_a_candidate_that_is_rejected_is_forgotten(household: Any, agreed: State) -> None:
    """Back to waiting, with an empty pre-roll."""
    ours = household(agreed)
    ours.hears((Ear.WAITING, None), (Ear.WAITING, Happening.CANDIDATE), (Ear.CONFIRMING, Happening.REJECTED))
    ours.home.turn_until(lambda: not ours.home.hearing.script)
    assert ours.loop.ear is Ear.WAITING
    assert (any(ours.home.preroll._ring), ours.home.seen("forgotten")) == (False, [{"seconds": 0.0}])


def test_skills_that_do_not_answer_are_apologised_for(household: Any, silent: State) -> None:
    """After five seconds the person hears that nobody answers, and the ear is free again."""
    ours = household(silent)
    ours.hears(*WAY)
    ours.asked()
    ours.home.run(5.1)
    assert (ours.spoken, ours.loop.ear) == ([phrases.NO_ANSWER], Ear.SPEAKING)
    ours.home.run(5)
    assert ours.loop.ear is Ear.WAITING


def test_a_silent_answer_is_silence(household: Any, silent: State) -> None:
    """Done without a word: straight back to waiting."""
    ours = household(silent)
    ours.command(COMMAND)
    assert (ours.spoken, ours.loop.ear) == ([], Ear.WAITING)


@pytest.mark.parametrize(
    ("want", "reason"),
    [
        *(("mute", "muted"), ("local", "local_mode"), ("withdraw", "local_mode")),
        *((want, "forgotten") for want in ("forget", "forget_today", "forget_last")),
    ],
)
def test_a_word_for_quiet_covers_the_sentence_that_said_it(
    household: Any, agreed: State, want: str, reason: str
) -> None:
    """The clip is offered after the answer was acted on: "delete what I just said" is itself deleted."""
    ours = household(agreed)
    ours.command(Intent(f"privacy.{want}"), "Done.", actions=[Tighten(want=want)])
    ours.home.run(10)
    assert [row["reason"] for row in ours.home.rows("refusal")] == [reason]
    assert (ours.home.outbox.waiting(), any(ours.home.hearing.sounds[0])) == ([], False)
    said = {"withdraw": phrases.WITHDRAWN}.get(want, phrases.NOTHING_TO_FORGET if "forget" in want else "Done.")
    assert ours.spoken == [said]


def test_forgetting_from_afar_covers_the_command_that_is_being_spoken(household: Any, agreed: State) -> None:
    """It came after the wake, so the clip of that command is not offered; the next one is."""
    ours = household(agreed)
    uplink = ours.home.connect("uplink")
    ours.hears(*WAY)
    ours.home.turn_until(lambda: ours.loop.ear is Ear.HEARING)
    uplink.send(Tighten(want="forget"))
    ours.answer(ours.asked(), "Playing.")
    assert ([row["reason"] for row in ours.home.rows("refusal")], ours.home.outbox.waiting()) == (["forgotten"], [])
    ours.home.run(2)
    ours.command(COMMAND, "Playing.")
    ours.home.run(2)
    assert len(ours.home.outbox.waiting()) == 1


# ---- the light


def test_the_ring_tells_the_story_in_order(household: Any, agreed: State) -> None:
    """Each look once, in the order in which it became true; red only when the stream is closed."""
    ours = household(replace(agreed, mutes=frozenset({Owner.BUTTON})), text="pause 1\nhold 1\npause 8\npress\npause 5")
    lies = []

    def watch(kind: str, facts: Any) -> None:
        if kind == "ring" and facts["meaning"].startswith("muted") and ours.home.microphone._first is not None:
            lies.append(facts)

    ours.home.news.watch(watch)
    uplink = ours.home.connect("uplink")
    ours.home.run(3)
    ours.command(COMMAND, "Playing.")
    ours.home.run(2)
    uplink.send(Next())
    ours.home.run(6)
    assert ours.meanings == [
        "muted: the microphone is closed",
        "waiting for the wake word",
        "hearing you",
        "thinking",
        "speaking",
        "waiting for the wake word",
        "something is leaving",
        "muted: the microphone is closed",
    ]
    assert lies == []
    assert [ring["meaning"] for ring in ours.home.seen("ring")] == ours.meanings


# ---- the end


def test_closing_wipes_before_anything_else(household: Any, silent: State) -> None:
    """The process ends while somebody speaks: closed, wiped, and the button's bell is gone from the selector."""
    ours = household(silent)
    ours.reach(Ear.HEARING)
    bells = len(ours.home.selector.get_map())
    ours.loop.close()
    ours.home.loop = None
    assert traces(ours.home) == []
    assert len(ours.home.selector.get_map()) == bells - 1


def test_no_log_line_repeats_what_was_heard(household: Any, agreed: State, caplog: pytest.LogCaptureFixture) -> None:
    """A word in slots, answers, memory, typed text and clip, at the most talkative level: in no line."""
    ours = household(agreed)
    ours.home.hearing.intents[CANARY] = COMMAND
    ours.command(COMMAND, f"Playing {CANARY}.", memory=CANARY)
    ours.home.run(3)
    panel = ours.home.connect("panel")
    panel.send(Say(text=CANARY))
    ours.answer(ours.asked(), CANARY)
    ours.skills._socket.send(b'{"type":"answer","' + CANARY.encode() + b'":"' + CANARY.encode() + b'"}')
    panel._socket.send(CANARY.encode())
    ours.home.voice.hoarse = True
    ours.home.microphone.fails = "read"
    ours.home.run(5)
    assert len(caplog.records) > 5
    assert [line for line in caplog.text.splitlines() if CANARY in line] == []
