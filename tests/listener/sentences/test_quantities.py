"""Spoken amounts become values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.listener.sentences import quantities

DURATIONS = {
    "five minutes": 300,
    "a minute": 60,
    "an hour": 3600,
    "ninety seconds": 90,
    "an hour and a half": 5400,
    "a minute and a half": 90,
    "two and a half minutes": 150,
    "two minutes and thirty seconds": 150,
    "one hour twenty minutes": 4800,
    "half an hour": 1800,
    "half a minute": 30,
    "a quarter of an hour": 900,
    "three quarters of an hour": 2700,
    "a couple of hours": 7200,
    "one hundred and twenty seconds": 120,
    "a hundred seconds": 100,
}

TIMES = {
    "seven": ("07:00", True),
    "seven o'clock": ("07:00", True),
    "seven thirty": ("07:30", True),
    "seven thirty p m": ("19:30", False),
    "seven oh five a m": ("07:05", False),
    "half past seven": ("07:30", True),
    "quarter to six in the evening": ("17:45", False),
    "a quarter past six in the morning": ("06:15", False),
    "twenty five minutes to eight": ("07:35", True),
    "ten to one in the afternoon": ("12:50", False),
    "ten to one": ("12:50", True),
    "eleven at night": ("23:00", False),
    "two at night": ("02:00", False),
    "twelve thirty": ("12:30", True),
    "twelve a m": ("00:00", False),
    "twelve p m": ("12:00", False),
    "eighteen thirty": ("18:30", False),
    "noon": ("12:00", False),
    "midnight": ("00:00", False),
}


@pytest.mark.parametrize(("words", "seconds"), DURATIONS.items())
def test_a_duration_is_its_seconds(words: str, seconds: int) -> None:
    """Every way to say a duration comes out as whole seconds."""
    assert quantities.seconds(words) == seconds


@pytest.mark.parametrize("words", ["", "five", "minutes", "five bananas", "zero minutes", "and five minutes", "a"])
def test_what_is_no_duration_is_none(words: str) -> None:
    """Words that name no length of time are not guessed at."""
    assert quantities.seconds(words) is None


@pytest.mark.parametrize(("words", "clock"), TIMES.items())
def test_a_time_of_day_is_a_place_on_the_clock(words: str, clock: tuple[str, bool]) -> None:
    """Every way to say a time comes out as HH:MM, and says whether the half of the day was left open."""
    time = quantities.time_of_day(words)
    assert time is not None
    assert (str(time), time.either) == clock


@pytest.mark.parametrize(
    "words", ["", "half past", "thirty one", "half past thirty", "seven seventy", "past six", "soon"]
)
def test_what_is_no_time_is_none(words: str) -> None:
    """Words that name no time are not guessed at."""
    assert quantities.time_of_day(words) is None


@given(st.integers(0, 999))
def test_a_number_survives_being_spoken(number: int) -> None:
    """Every number that can be said is understood as itself."""
    assert quantities.number(quantities.number_words(number)) == number


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["a m", "p m", ""]))
def test_a_spoken_time_is_never_another_minute(hour: int, minute: int, half: str) -> None:
    """Hours and minutes said one after the other keep their minute, whatever the half of the day."""
    said = f"{quantities.number_words(hour)} {'oh ' if minute < 10 else ''}{quantities.number_words(minute)} {half}"
    time = quantities.time_of_day(said.strip())
    if time is not None:
        assert (time.minute, time.hour % 12) == (minute, hour % 12)


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "an",
                "and",
                "half",
                "quarter",
                "past",
                "to",
                "of",
                "five",
                "twenty",
                "hour",
                "minutes",
                "noon",
                "in",
                "the",
            ]
        )
    )
)
def test_any_words_are_borne(words: list[str]) -> None:
    """No heap of words makes the reading of amounts fail."""
    for read in (quantities.seconds, quantities.time_of_day, quantities.number):
        read(" ".join(words))
    assert quantities.spell_out(" ".join(words)) == " ".join(words)


@pytest.mark.parametrize(
    ("typed", "heard"),
    {
        "Set a timer for 5 minutes!": "set a timer for five minutes",
        "wake me at 7:30 PM": "wake me at seven thirty p m",
        "at 10:05": "at ten oh five",
        "at 7:00": "at seven o'clock",
        "volume 50%": "volume fifty percent",
        "what’s the time?": "what's the time",
        "[unk] stop": "[unk] stop",
    }.items(),
)
def test_typed_text_is_spelt_out_as_it_would_be_heard(typed: str, heard: str) -> None:
    """A typed sentence and a heard one are the same words."""
    assert quantities.spell_out(typed) == heard
