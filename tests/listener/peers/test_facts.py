"""No skill learns more about the household than its own row says, and the owner's news go where they were asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from keepmum.listener.news import News
from keepmum.listener.peers.facts import FACTS, Facts

KNOWN = {
    "volume": lambda: "60",
    "things": lambda: {"lamp": "zigbee/lamp/set"},
    "home": lambda: "keepmum/home",
    "weather": lambda: None,
    "today": lambda: {"delivered": 1},
    "status": lambda: {"mode": "local"},
    "agreed": lambda: [],
    "listened": lambda: {"destroyed": 0},
}


@pytest.mark.parametrize("skill", [*FACTS, "clock", "timers", "shopping", "someone_elses", "listener", ""])
def test_a_skill_gets_its_row_and_nothing_else(skill: str) -> None:
    """Names in the table, values as text; what is not known is left out."""
    told = Facts(KNOWN).of(skill)
    assert set(told) == set(FACTS.get(skill, ())) - {"weather"}
    assert all(isinstance(value, str) for value in told.values())


def test_facts_are_text_or_json() -> None:
    """A text stays as it is; everything else can be read back."""
    told = Facts(KNOWN).of("lights")
    assert (told["home"], json.loads(told["things"])) == ("keepmum/home", {"lamp": "zigbee/lamp/set"})


def test_facts_are_looked_up_when_they_are_asked_for_and_only_then() -> None:
    """The ledger is not read for a question about the time."""
    asked: list[str] = []
    facts = Facts({name: lambda name=name: asked.append(name) for name in KNOWN})
    facts.of("clock")
    assert asked == []
    facts.of("privacy")
    assert asked == ["today", "status", "agreed", "listened"]


@pytest.mark.parametrize(("intent", "more"), [("privacy.mute", []), ("privacy.today", ["today"])])
def test_the_ledger_is_read_for_the_question_about_it_alone(intent: str, more: list[str]) -> None:
    """Somebody who says "mute yourself" does not wait for a year of rows."""
    assert sorted(Facts(KNOWN).of(intent)) == sorted(["status", "agreed", *more])


def test_a_source_that_is_missing_is_a_fact_that_is_missing() -> None:
    """A speaker without a home has nothing to say about it."""
    assert Facts({}).of("lights") == {}


def test_watchers_come_and_go_while_news_are_told() -> None:
    """One that leaves in the middle, or leaves twice, disturbs nobody."""
    news = News(show_words=False)
    told: list[tuple[str, Mapping[str, Any]]] = []

    def once(kind: str, facts: Mapping[str, Any]) -> None:
        told.append(("once", facts))
        news.forget(once)
        news.forget(once)

    news.watch(once)
    news.watch(lambda kind, facts: told.append((kind, facts)))
    news.tell("ear", {"state": "waiting"})
    news.tell("ear", {"state": "muted"}, words="heard")
    assert told == [("once", {"state": "waiting"}), ("ear", {"state": "waiting"}), ("ear", {"state": "muted"})]
