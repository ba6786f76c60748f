"""Every alarm is asked about when it is due, once, and nothing else holds it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from listener_peers import Skills, ask

from keepmum.listener.peers.to_skills import MOST_DUE, PATIENCE, WHILE
from keepmum.messages import Chime, HomeAction

START = 1_790_000_000.0
HEARD = "xylophone"
PAUSE = 30.0

Make = Callable[..., Any]


def timer(home: Any, after: float = 5.0) -> None:
    """A timer that is due in some seconds."""
    home.memory.keep("timers", "tea", home.room.wall() + after)


def test_an_alarm_is_asked_about_when_it_is_due_and_once(home: Any, skills: Skills, said: list[str | None]) -> None:
    """Not before its time, and not again while it is being asked about."""
    timer(home)
    assert home.skills.due() is None
    home.pass_time(5)
    assert home.skills.due() == "timers"
    ask(home, said, "timers.due")
    assert home.skills.due() is None
    skills.answer(skills.asked().id, "Your tea.", actions=[Chime()])
    assert (said, home.skills.due()) == (["Your tea."], None)


def test_an_alarm_that_says_nothing_has_rung_its_last(home: Any, skills: Skills, said: list[str | None]) -> None:
    """The time is cleared though the skill did not say so; its memory stays."""
    timer(home, 0.0)
    ask(home, said, "timers.due")
    skills.answer(skills.asked().id, "Your tea.")
    assert (home.memory.of("timers").memory, home.memory.of("timers").due) == ("tea", 0.0)


def test_an_alarm_can_name_the_next_one(home: Any, skills: Skills, said: list[str | None]) -> None:
    """Several timers: the next is asked about at its own time. Another question leaves the time as it is."""
    timer(home, 0.0)
    ask(home, said, "timers.due")
    skills.answer(skills.asked().id, "Your tea.", due=START + 60)
    ask(home, said, "timers.list")
    skills.answer(skills.asked().id, "One timer.")
    assert home.memory.of("timers").due == START + 60
    home.pass_time(60)
    assert home.skills.due() == "timers"


@pytest.mark.parametrize("how", ["late", "gone"])
def test_an_alarm_that_fails_is_repeated_after_a_pause(
    home: Any, skills: Skills, said: list[str | None], how: str
) -> None:
    """Not at once, and not never: after thirty seconds it is due again."""
    timer(home, 0.0)
    ask(home, said, "timers.due")
    if how == "late":
        home.pass_time(PATIENCE)
        home.skills.look_at_the_clock()
    else:
        skills.line.close()
        home.serve()
        Skills(home)
    assert (said, home.skills.due()) == ([None], None)
    home.pass_time(PAUSE - 0.1)
    assert home.skills.due() is None
    home.pass_time(0.1)
    assert home.skills.due() == "timers"


@pytest.mark.parametrize("how", ["answered", "late", "gone", "dropped", "nobody"])
def test_other_questions_do_not_hold_an_alarm_back(home: Any, skills: Skills, said: list[str | None], how: str) -> None:
    """Whatever became of "what time is it", the timer rings in time."""
    timer(home, 5.0)
    if how == "nobody":
        skills.line.close()
        home.serve()
    ask(home, said)
    if how == "answered":
        skills.answer(skills.asked().id, "Five.")
    if how == "gone":
        skills.line.close()
        home.serve()
    if how == "dropped":
        home.skills.drop()
    home.pass_time(PATIENCE)
    home.skills.look_at_the_clock()
    if how in ("gone", "nobody"):
        Skills(home)
    assert home.skills.due() == "timers"


def test_no_alarm_without_skills(home: Any) -> None:
    """Nobody could say what rings; it is due as soon as they are there."""
    timer(home, 0.0)
    assert home.skills.due() is None
    Skills(home)
    assert home.skills.due() == "timers"


def test_an_alarm_that_the_disk_does_not_forget_rings_once(home: Any, skills: Skills, said: list[str | None]) -> None:
    """On a full disk it says its own sentence, and is not due again until the next start."""
    timer(home, 0.0)
    (home.folder / "skills" / "timers.json").unlink()
    (home.folder / "skills" / "timers.json").mkdir()
    ask(home, said, "timers.due")
    skills.answer(skills.asked().id, "Your tea.")
    assert (said, home.skills.due()) == (["Your tea."], None)


def test_a_skill_that_is_always_due_wears_out_neither_disk_nor_ledger(
    home: Any, skills: Skills, said: list[str | None]
) -> None:
    """Each answer writes its memory and a row for what it may not do, so it is asked only so often in a while."""
    timer(home, 0.0)
    asked = 0
    while home.skills.due() is not None and asked < 1_000:
        ask(home, said, "timers.due")
        idea = HomeAction(topic="home/light/set", payload="ON")
        skills.answer(skills.asked().id, memory=str(asked), due=1.0, actions=[idea])
        asked += 1
    assert asked == len(home.rows("refusal")) == MOST_DUE
    home.pass_time(WHILE)
    assert home.skills.due() == "timers"
