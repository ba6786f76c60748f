"""Each rung holds of a command what was agreed to, and nothing that lies outside it or was hidden."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rungs_commands import VOCABULARY, Echo, allowed_anywhere, command, commands

from keepmum.clip import Word, pack, unpack
from keepmum.consent import MOST_BLEEPED
from keepmum.hardware.voice_espeak import Espeak
from keepmum.listener.command import Command
from keepmum.listener.rungs.made import Made
from keepmum.listener.rungs.make import make
from keepmum.listener.rungs.redact import SURE
from keepmum.sound import RATE
from keepmum.terms import Purpose, Rung

OF_A_COMMAND = [rung for rung in Rung if rung is not Rung.METRICS]
VOICED = (Rung.DISGUISED, Rung.VOICE)
WORDS = (
    Word("turn", 1.0, 1.5, 1.0),
    Word("on", 1.5, 2.0, 1.0),
    Word("margaret", 2.0, 2.4, 1.0),
    Word("light", 2.4, 3.0, 1.0),
)
HEARD = command(WORDS, 0.8, np.random.default_rng(1).integers(-9_000, 9_000, 4 * RATE).astype("<i2"), 0.3)


def _made(heard: Command, rung: Rung, purpose: Purpose = Purpose.ASR_IMPROVEMENT) -> Made:
    return make(heard, rung, VOCABULARY, Echo(), Random(7), purpose=purpose)


def _told(made: Made) -> tuple[object, ...]:
    """Everything that could leave or be heard."""
    return replace(made.clip, id=""), bytes(made.pcm), made.bleeped, made.seconds, bytes(made.aloud)


@pytest.mark.parametrize("rung", OF_A_COMMAND)
def test_what_is_made_can_be_packed(rung: Rung) -> None:
    """Its clip, with its sound, holds exactly what the rung allows."""
    made = make(HEARD, rung, VOCABULARY, Echo(), Random(1))
    clip = replace(made.clip, pcm=bytes(made.pcm))
    assert unpack(pack(clip)) == clip
    assert clip.rung is rung


def test_the_voice_is_the_command_without_the_name() -> None:
    """Two seconds of four, bleeped where the name was, and the kept words with their times from its beginning."""
    made = _made(HEARD, Rung.VOICE)
    assert made.seconds == pytest.approx(2.0, abs=1e-3)
    assert made.bleeped == pytest.approx(0.5 / 2.0, abs=0.01)
    assert made.clip.words == (Word("turn", 0.0, 0.5, 1.0), Word("on", 0.5, 1.0, 1.0), Word("light", 1.4, 2.0, 1.0))
    original = np.frombuffer(HEARD.sound, "<i2")[RATE : 3 * RATE]
    sound = np.frombuffer(made.pcm, "<i2")
    assert (sound[: int(0.94 * RATE)] == original[: int(0.94 * RATE)]).all()
    assert abs(np.corrcoef(sound[RATE : int(1.4 * RATE)], original[RATE : int(1.4 * RATE)])[0, 1]) < 0.05


def test_text_is_words_and_placeholders() -> None:
    """No sound leaves; what is played to somebody who asks is that text, spoken."""
    made = _made(HEARD, Rung.TEXT)
    assert (made.clip.text, made.clip.words, bytes(made.pcm), made.seconds) == ("turn on <name?> light", (), b"", 0.0)
    assert bytes(made.aloud) == Echo().speak("turn on something light")


def test_respoken_is_the_text_in_another_voice() -> None:
    """The sound is made of the text alone, and is the very sound that is played to somebody who asks."""
    made = _made(HEARD, Rung.RESPOKEN)
    assert bytes(made.pcm) == Echo().speak("turn on something light")
    assert made.aloud is made.pcm
    assert made.clip.words == ()


def test_a_number_is_spoken_as_a_number() -> None:
    """Respoken, "seven" is "a number"."""
    heard = replace(HEARD, words=(WORDS[0], Word("seven", 1.5, 1.6, 1.0), WORDS[3]))
    assert _made(heard, Rung.TEXT).clip.text == "turn <num> light"
    assert bytes(_made(heard, Rung.RESPOKEN).pcm) == Echo().speak("turn a number light")


@pytest.mark.parametrize("rung", VOICED)
def test_what_leaves_is_what_is_played(rung: Rung) -> None:
    """A person who asks hears the very sound, not another one like it."""
    made = _made(HEARD, rung)
    assert made.aloud is made.pcm
    assert made.pcm


def test_disguised_words_keep_their_places() -> None:
    """A disguised voice is faster or slower; the times of its words follow."""
    made = _made(HEARD, Rung.DISGUISED)
    assert 2.0 / 1.16 < made.seconds < 2.0 / 0.84
    assert made.clip.words[-1].end == pytest.approx(made.seconds, abs=1e-3)
    assert made.bleeped == _made(HEARD, Rung.VOICE).bleeped


def test_real_espeak_says_the_text() -> None:
    """With the speaker's own voice there is sound, the same one each time."""
    voice = Espeak("en-us")
    made = make(HEARD, Rung.RESPOKEN, VOCABULARY, voice, Random(1))
    assert made.seconds > 0.5
    assert make(HEARD, Rung.RESPOKEN, VOCABULARY, voice, Random(2)).pcm == made.pcm


def test_for_tuning_the_wake_word_the_span_is_the_phrase() -> None:
    """Neither the seconds before it nor the command after it leave, and nothing of it is bleeped."""
    made = _made(HEARD, Rung.VOICE, Purpose.WAKE_TUNING)
    assert bytes(made.pcm) == bytes(HEARD.sound[int(0.3 * RATE) * 2 : int(0.8 * RATE) * 2])
    assert (made.bleeped, made.clip.phrase) == (0.0, "alexa")


def test_a_wake_that_was_not_looked_for_cannot_tune_anything() -> None:
    """Without Vosk's word on where the phrase is, all of it counts as bleeped, which does not leave."""
    made = _made(replace(HEARD, phrase_span=None), Rung.VOICE, Purpose.WAKE_TUNING)
    assert made.bleeped > MOST_BLEEPED
    assert not made.pcm


def test_the_command_stays_for_another_rung() -> None:
    """Making one rung changes nothing of the command."""
    before = bytes(HEARD.sound)
    for rung in OF_A_COMMAND:
        _made(HEARD, rung)
    assert bytes(HEARD.sound) == before


def test_metrics_are_not_made_of_a_command() -> None:
    """Day counters come from counts; a command has nothing to do with them."""
    with pytest.raises(ValueError, match="made of counts"):
        _made(HEARD, Rung.METRICS)


@settings(deadline=None, max_examples=60)
@given(commands(), st.sampled_from(OF_A_COMMAND))
def test_i17_nothing_depends_on_what_is_hidden(heard: Command, rung: Rung) -> None:
    """With another pre-roll, phrase, tail and other unknown words, what is made is the same, bit for bit."""
    hidden = tuple(word for word in heard.words if word.text not in VOCABULARY or word.confidence < SURE)
    other = allowed_anywhere(heard, heard.span, hidden)
    assert _told(_made(heard, rung)) == _told(_made(other, rung))


@settings(deadline=None, max_examples=60)
@given(commands(), st.sampled_from((Rung.VOICE,)))
def test_for_tuning_nothing_depends_on_the_command(heard: Command, rung: Rung) -> None:
    """With another pre-roll and another command, the phrase that is made is the same."""
    other = allowed_anywhere(heard, heard.phrase_span or (0.0, 0.0), ())
    assert _told(_made(heard, rung, Purpose.WAKE_TUNING)) == _told(_made(other, rung, Purpose.WAKE_TUNING))
