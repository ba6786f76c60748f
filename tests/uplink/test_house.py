"""What the house can say over MQTT: words that make it quieter, the weather, and that the hub is back."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.messages import HomeFact, Tighten, Want
from keepmum.uplink.events import Came
from keepmum.uplink.house import GAP, TIGHTEN, House

WORDS = [b"mute", b"guest", b"local", b"withdraw", b"forget", b"forget_today", b"forget_last"]


@pytest.mark.parametrize("word", WORDS)
def test_each_word_tightens(word: bytes) -> None:
    """mute, guest, local, withdraw and the three ways to forget are relayed, and there is no eighth word."""
    assert {word.decode() for word in WORDS} == set(get_args(Want))
    assert House(None).heard(Came(TIGHTEN, word), 0.0) == [Tighten(want=word.decode())]


@given(st.binary().filter(lambda payload: payload not in WORDS))
def test_everything_else_is_ignored_and_counted(payload: bytes) -> None:
    """No other payload does anything, not even in capitals or with a blank."""
    house = House(None)
    assert house.heard(Came(TIGHTEN, payload), 0.0) == []
    assert house.ignored == 1


@pytest.mark.parametrize("payload", [b"unmute", b"share", b"ask", b"MUTE", b"mute ", b'"mute"', b"", b"listen"])
def test_there_is_no_word_that_loosens(payload: bytes) -> None:
    """Words that somebody might hope for are nothing."""
    assert House(None).heard(Came(TIGHTEN, payload), 0.0) == []


def test_a_retained_request_is_ignored() -> None:
    """A word left on the broker long ago does not mute the speaker at every start."""
    house = House(None)
    assert house.heard(Came(TIGHTEN, b"mute", retained=True), 0.0) == []
    assert house.ignored == 1


def test_a_flood_is_slowed_down_and_its_last_word_is_not_lost() -> None:
    """A thousand requests in a second become two, and other words pass at once."""
    house = House(None)
    relayed = [message for number in range(1_000) for message in house.heard(Came(TIGHTEN, b"local"), number / 1_000)]
    assert relayed == [Tighten(want="local")]
    assert house.heard(Came(TIGHTEN, b"mute"), 1.0) == [Tighten(want="mute")]
    assert house.wake_at() == GAP
    assert house.due(GAP) == [Tighten(want="local")]
    assert house.wake_at() is None


def test_the_weather_may_be_retained() -> None:
    """The hub leaves a sentence on the broker; it is relayed as a fact."""
    house = House("house/weather")
    assert house.topics == (TIGHTEN, "house/weather")
    came = Came("house/weather", "Sunny, 21 °C\n".encode(), retained=True)
    assert house.heard(came, 0.0) == [HomeFact(name="weather", value="Sunny, 21 °C")]


@pytest.mark.parametrize("payload", [b"x" * 2_001, b"\xff\xfe", b"rain\x1b[2J"])
def test_a_sentence_that_is_none_is_ignored(payload: bytes) -> None:
    """Too long, not text, or with control characters: not the weather."""
    house = House("house/weather")
    assert house.heard(Came("house/weather", payload), 0.0) == []
    assert house.ignored == 1


def test_only_the_newest_weather_waits() -> None:
    """Between two reports of the weather, what is out of date is not relayed."""
    house = House("house/weather")
    for number in range(10):
        house.heard(Came("house/weather", f"{number} degrees".encode()), 0.0)
    assert house.due(GAP) == [HomeFact(name="weather", value="9 degrees")]


def test_home_assistant_says_that_it_is_back() -> None:
    """Its birth message below the discovery prefix is relayed as a fact; only with that prefix, and only that word."""
    house = House(None, "homeassistant")
    assert house.topics == (TIGHTEN, "homeassistant/status")
    assert house.heard(Came("homeassistant/status", b"online"), 0.0) == [HomeFact(name="hub", value="online")]
    for payload in (b"offline", b"ONLINE", b"mute", b""):
        assert house.heard(Came("homeassistant/status", payload), 10.0) == []
    assert House(None).heard(Came("homeassistant/status", b"online"), 0.0) == []


def test_a_hub_that_starts_over_and_over_is_heard_every_two_seconds() -> None:
    """A thousand births in a second become one, and one more later."""
    house = House(None, "homeassistant")
    came = Came("homeassistant/status", b"online")
    assert len([message for number in range(1_000) for message in house.heard(came, number / 1_000)]) == 1
    assert house.due(GAP) == [HomeFact(name="hub", value="online")]
    assert house.due(GAP + 1.0) == []


def test_other_topics_say_nothing() -> None:
    """A retained message on any other topic is not taken for the weather."""
    house = House("house/weather")
    assert house.heard(Came("house/other", b"mute", retained=True), 0.0) == []
