"""The speaker says a sentence or rings, at the household's volume, and a broken part never stops the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

from keepmum.listener.mouth import Mouth, chime
from keepmum.sound import RATE, seconds

HEARD = "xylophone"

Make = Callable[..., Any]


def test_a_sentence_is_played_at_the_households_volume(house: Make) -> None:
    """As long as the voice makes it, until it is over."""
    home = house()
    home.mouth.percent = 25
    home.mouth.say("Hello.")
    assert home.mouth.remaining() == pytest.approx(0.6)
    home.pass_time(0.6)
    assert home.mouth.remaining() == 0
    home.mouth.hush()
    [played] = home.speaker.history
    assert (played.volume, played.heard, seconds(played.pcm)) == (0.25, 0.6, 0.6)


def test_an_alarm_rings_before_it_speaks(house: Make) -> None:
    """So many chimes, then the sentence; without a sentence the chimes alone."""
    home = house()
    home.mouth.say("Tea.", chimes=2)
    home.mouth.say("", chimes=1)
    home.mouth.hush()
    assert [played.pcm for played in home.speaker.history] == [chime() * 2 + home.voice.speak("Tea."), chime()]


def test_a_chime_does_not_click_and_does_not_clip() -> None:
    """It begins and ends in silence, and is loud without being as loud as can be."""
    samples = np.frombuffer(chime(), "<i2").astype(int)
    assert abs(samples[0]) + abs(samples[-1]) == 0
    assert 8_000 < abs(samples).max() < 20_000
    assert abs(np.diff(samples)).max() < 8_000
    assert len(samples) / RATE < 1.2


def test_hush_stops_in_the_middle_of_the_word(house: Make) -> None:
    """What was heard until then stands in the file, and no more."""
    home = house()
    home.mouth.say("A long sentence.")
    home.pass_time(0.5)
    home.mouth.hush()
    assert (home.mouth.remaining(), home.speaker.history[0].heard) == (0, 0.5)
    home.speaker.close()
    assert soundfile.info(home.folder / "replies.wav").duration == 0.5


def test_nothing_to_say_is_nothing(house: Make) -> None:
    """No sound, no news."""
    home = house()
    home.mouth.say("")
    assert (home.mouth.remaining(), home.seen("reply")) == (0, [])


def test_an_alarm_without_a_voice_still_rings(house: Make, caplog: pytest.LogCaptureFixture) -> None:
    """A missing synthesiser is logged; the chimes do not need one."""
    home = house()
    home.voice.hoarse = True
    home.mouth.say("Tea.", chimes=1)
    home.mouth.say("Tea.")
    home.mouth.hush()
    assert [played.pcm for played in home.speaker.history] == [chime()]
    assert caplog.text.count("no voice") == 2


def test_without_a_loudspeaker_the_rest_works(house: Make, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and nobody is told that something was said."""
    home = house()
    home.speaker.close()
    home.mouth.say("Hello.")
    assert "the loudspeaker is closed" in caplog.text
    assert home.seen("reply") == []


@pytest.mark.parametrize("show", [False, True])
def test_what_was_said_is_told_only_if_the_owner_allows_it(house: Make, show: bool) -> None:
    """An answer may repeat what was heard; its length is no secret."""
    home = house(show_words=show)
    home.mouth.say(HEARD)
    assert home.seen("reply") == [{"seconds": 0.9, "words": HEARD} if show else {"seconds": 0.9}]


def test_a_mouth_begins_at_the_volume_it_is_given(house: Make) -> None:
    """The household's choice survives a restart."""
    home = house()
    mouth = Mouth(home.voice, home.speaker, home.news, 5, home.room)
    mouth.say("Hello.")
    mouth.hush()
    assert home.speaker.history[0].volume == 0.05
