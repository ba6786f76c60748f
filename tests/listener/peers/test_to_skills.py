"""The skills are asked one thing at a time, wait in vain for nobody, and every alarm rings when it is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from listener_peers import Skills, ask

from keepmum.listener import phrases
from keepmum.listener.peers.to_skills import PATIENCE
from keepmum.messages import Ask, Chime, HomeAction, Propose, SetVolume, Tighten
from keepmum.privacy import Owner, State

START = 1_790_000_000.0
HEARD = "xylophone"
PAUSE = 30.0

Make = Callable[..., Any]


# ---- question and answer


def test_a_question_carries_what_the_skill_may_know(home: Any, skills: Skills, said: list[str | None]) -> None:
    """The intent and its slots, the time and the household's zone, the skill's own memory and the facts of its row."""
    home.memory.keep("clock", "what it kept", None)
    home.memory.keep("timers", "another's", None)
    home.facts, home.skills.utc_offset = {"volume": "60"}, lambda: 3_600.0
    ask(home, said, minutes=5)
    assert skills.asked() == Ask(
        id=1,
        intent="clock.time",
        slots={"minutes": 5},
        now=START,
        utc_offset=3_600.0,
        memory="what it kept",
        facts={"volume": "60"},
    )
    assert (said, home.skills.pending, home.skills.deadline) == ([], True, PATIENCE)


def test_an_answer_is_given_once(home: Any, skills: Skills, said: list[str | None]) -> None:
    """The same answer again belongs to no question."""
    ask(home, said)
    question = skills.asked()
    skills.answer(question.id, "Ten past five.")
    skills.answer(question.id, "Ten past five.")
    assert (said, home.skills.pending, home.skills.deadline) == (["Ten past five."], False, None)


def test_without_skills_there_is_no_answer(home: Any, said: list[str | None]) -> None:
    """Nobody is connected: the caller knows at once."""
    ask(home, said)
    assert (said, home.skills.pending, home.skills.due()) == ([None], False, None)


def test_skills_that_take_too_long_lose_the_word(home: Any, skills: Skills, said: list[str | None]) -> None:
    """After five seconds nobody waits; what they say then is neither spoken, nor kept, nor done."""
    ask(home, said)
    home.pass_time(PATIENCE - 0.1)
    home.skills.look_at_the_clock()
    assert said == []
    home.pass_time(0.1)
    home.skills.look_at_the_clock()
    assert said == [None]
    skills.answer(skills.asked().id, "Late.", memory="late", due=1.0, actions=[Tighten(want="mute")])
    assert (said, home.memory.of("clock").memory, home.keeper.state.mutes) == ([None], "", frozenset())


@pytest.mark.parametrize("off", [-1, 1, 1_000])
def test_an_answer_to_another_question_is_not_taken(
    home: Any, skills: Skills, said: list[str | None], off: int
) -> None:
    """Only the number that was asked counts."""
    ask(home, said)
    right = skills.asked().id
    skills.answer(right + off, "Wrong.", actions=[SetVolume(percent=100)])
    assert (said, home.volumes) == ([], [])
    skills.answer(right, "Right.")
    assert said == ["Right."]


def test_a_new_question_replaces_the_old_one(home: Any, skills: Skills, said: list[str | None]) -> None:
    """Whoever asked first learns that no answer comes; the old answer is not taken for the new one."""
    first: list[str | None] = []
    ask(home, first)
    ask(home, said, "lights.on")
    assert (first, said) == ([None], [])
    old, new = skills.asked(), skills.asked()
    skills.answer(old.id, "Old.")
    skills.answer(new.id, "New.")
    assert (first, said) == ([None], ["New."])


def test_skills_that_die_while_they_are_asked(home: Any, skills: Skills, said: list[str | None]) -> None:
    """The caller learns it once; the next process is asked as if nothing had been."""
    ask(home, said)
    skills.line.close()
    home.serve()
    assert said == [None]
    again = Skills(home)
    ask(home, said)
    again.answer(again.asked().id, "Here.")
    assert said == [None, "Here."]
    assert [peer["here"] for peer in home.seen("peer")] == [True, False, True]


def test_skills_that_are_gone_before_anybody_noticed(home: Any, skills: Skills, said: list[str | None]) -> None:
    """The question cannot be sent: no answer, at once."""
    skills.line.close()
    ask(home, said)
    home.serve()
    assert said == [None]


def test_a_question_that_nobody_waits_for_any_more(home: Any, skills: Skills, said: list[str | None]) -> None:
    """Dropped, it is answered with nothing; dropping without a question is nothing."""
    ask(home, said)
    home.skills.drop()
    home.skills.drop()
    skills.answer(skills.asked().id, "Too late.")
    assert said == [None]


@pytest.mark.parametrize("where", ["memory", "facts", "slots"])
def test_a_question_that_is_too_large_is_no_answer(
    home: Any, skills: Skills, said: list[str | None], where: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not asked and nothing breaks; the log names the skill and none of the words."""
    large = HEARD + "\N{BELL}" * 16_370
    if where == "memory":
        home.memory.keep("clock", large, None)
    if where == "facts":
        home.facts = {"things": large * 2}
    ask(home, said, **({"what": large * 2} if where == "slots" else {}))
    assert said == [None]
    assert "'clock' is too large to be asked" in caplog.text
    assert not home.skills.pending


# ---- what an answer asks for


def test_an_answer_acts_before_it_speaks(home: Any, skills: Skills, said: list[str | None]) -> None:
    """By the time that the sentence is given, what it says is done, in the name of whoever asked."""
    mutes = []
    home.skills.ask("privacy.mute", {}, Owner.PANEL, lambda _: mutes.append(home.keeper.state.mutes))
    skills.answer(skills.asked().id, "Muted.", actions=[Tighten(want="mute"), SetVolume(percent=7), Chime(times=2)])
    assert mutes == [{Owner.PANEL}]
    assert (home.volumes, home.actions.take_chimes(), home.actions.take_chimes()) == ([7], 2, 0)


def test_what_went_otherwise_is_said_instead(home: Any, skills: Skills, said: list[str | None]) -> None:
    """A light that stays dark is not announced as lit."""
    home.keeper.state = State(frozenset(), wall=START)
    ask(home, said, "lights.on")
    skills.answer(skills.asked().id, "The light is on.", actions=[HomeAction(topic="home/light", payload="ON")])
    assert said == [phrases.KEPT_TO_MYSELF["local_mode"]]


def test_a_skill_cannot_talk_a_hand_onto_the_button(home: Any, skills: Skills, said: list[str | None]) -> None:
    """Whatever a skill says and adds, the person hears from the listener what the button would agree to."""
    ask(home, said)
    light = HomeAction(topic="home/light", payload="ON")
    actions = [Propose(purpose="asr-improvement"), Propose(purpose="research"), light]
    home.keeper.state = State(frozenset(), wall=START, offered=home.keeper.state.offered)
    skills.answer(skills.asked().id, "Hold the button to set the clock.", actions=actions)
    notice = f"asr-improvement at voice {phrases.HOLD}"
    assert said == [f"{notice} {phrases.NOT_NOW} {phrases.KEPT_TO_MYSELF['local_mode']}"]
    home.actions.take_then()()
    assert home.keeper.state.proposal.terms.purpose == "asr-improvement"


def test_a_skill_that_is_due_sends_nothing(home: Any, skills: Skills, said: list[str | None]) -> None:
    """Nobody has just said that the light shall be on."""
    ask(home, said, "timers.due")
    skills.answer(skills.asked().id, "Tea.", actions=[HomeAction(topic="home/light", payload="ON")])
    assert (said, home.outbox.waiting()) == ([phrases.KEPT], [])


def test_memory_is_kept_for_the_skill_that_was_asked(home: Any, skills: Skills, said: list[str | None]) -> None:
    """None leaves it, an empty text clears it, and no skill can write another's."""
    for memory, kept in (("milk", "milk"), (None, "milk"), ("", "")):
        ask(home, said, "shopping.add")
        skills.answer(skills.asked().id, "Noted.", memory=memory)
        assert home.memory.of("shopping").memory == kept
    assert [path.stem for path in (home.folder / "skills").iterdir()] == ["shopping"]


def test_a_disk_that_does_not_take_it_is_said(
    home: Any, skills: Skills, said: list[str | None], caplog: pytest.LogCaptureFixture
) -> None:
    """The owner learns that it will be forgotten."""
    (home.folder / "skills" / "shopping.json").mkdir()
    ask(home, said, "shopping.add")
    skills.answer(skills.asked().id, "Noted.", memory="milk")
    assert said == [phrases.NOT_KEPT]
    assert "shopping.json cannot be written" in caplog.text
