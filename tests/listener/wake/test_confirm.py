"""Vosk's confirmation on real recordings: it keeps the phrase, throws the rest out and says where the phrase ends."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from keepmum.errors import ConfigError
from keepmum.forge.evaluation import sounds
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.wake.confirm import (
    LEAST_FAVOUR,
    MOST_FAVOUR,
    RIVALS,
    WINDOW,
    Confirmation,
    Confirmer,
    favour,
)
from keepmum.listener.wake.spot import Spotter
from keepmum.settings import SpeechSettings
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

AUDIO = Path(__file__).parents[2] / "audio"
FILES = [json.loads(line)["file"] for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]


def _sound(file: str) -> bytes:
    """A recording up to the end of its voice, as it stands in the pre-roll at the trigger."""
    pcm, _ = soundfile.read(AUDIO / file, dtype="int16")
    total = np.cumsum(np.abs(pcm.astype(np.int64)))
    level = total[800:] - total[:-800]
    loud = np.flatnonzero(level > level.max() / 10) + 800
    return bytes(pcm[: loud[-1] + 800].tobytes())


def _of(folder: str, count: int) -> list[str]:
    return [file for file in FILES if file.startswith(folder)][:count]


@pytest.fixture(scope="module")
def model() -> Model:
    """The bundled speech model."""
    return open_model(SpeechSettings().model)


@pytest.mark.parametrize("phrase", ["alexa", "computer", "jarvis"])
def test_the_phrase_is_found_where_people_say_it(model: Model, phrase: str) -> None:
    """At least 11 of 12 recordings are confirmed, each with the phrase ending before the sound does."""
    confirmer = Confirmer(model, phrase)
    sounds = [_sound(file) for file in _of(f"wake/{phrase}", 12)]
    answers = [confirmer.confirm(sound) for sound in sounds]
    found = [(answer, sound) for answer, sound in zip(answers, sounds, strict=True) if answer.found]
    assert len(found) >= 11
    assert all(0.2 < answer.end <= seconds(sound) for answer, sound in found)
    assert all(phrase in [word.text for word in answer.words] for answer, _ in found)


def test_other_words_are_thrown_out(model: Model) -> None:
    """None of 36 people who say something else is taken for saying alexa."""
    confirmer = Confirmer(model, "alexa")
    others = [file for folder in ("wake/jarvis", "speech/athena", "speech/snowboy") for file in _of(folder, 12)]
    assert [file for file in others if confirmer.confirm(_sound(file)).found] == []


def test_only_the_last_seconds_count(model: Model) -> None:
    """A phrase that was said three seconds ago does not confirm a candidate of now."""
    confirmer = Confirmer(model, "alexa")
    said = _sound(_of("wake/alexa", 1)[0])
    assert confirmer.confirm(said).found
    assert not confirmer.confirm(said + bytes(int(WINDOW * RATE) * SAMPLE_BYTES)).found


def test_the_end_is_counted_in_the_sound_that_was_given(model: Model) -> None:
    """Sound from before the window moves the end by exactly its own length."""
    confirmer = Confirmer(model, "computer")
    sound = _sound(_of("wake/computer", 1)[0])
    window = sound[-int(WINDOW * RATE) * SAMPLE_BYTES :]
    alone, later = confirmer.confirm(window), confirmer.confirm(bytes(RATE * SAMPLE_BYTES) * 2 + window)
    assert alone.found
    assert later.found
    assert later.end == pytest.approx(alone.end + 2.0, abs=0.1)


@pytest.mark.parametrize("sound", [b"", bytes(320), bytes(RATE * SAMPLE_BYTES * 3)])
def test_no_sound_confirms_nothing(model: Model, sound: bytes) -> None:
    """An empty pre-roll, a hundredth of a second and three seconds of silence are all a no."""
    assert Confirmer(model, "alexa").confirm(sound) == Confirmation(False, 0.0, (), seconds(sound))


def test_a_phrase_that_the_model_cannot_hear_is_one_clear_error(model: Model) -> None:
    """It would never be confirmed, so it is refused at the start."""
    with pytest.raises(ConfigError, match="'nebuchadnezzar'"):
        Confirmer(model, "hey nebuchadnezzar")


def test_rivals_that_the_model_knows_draw_a_sound_away(model: Model) -> None:
    """People who say jarvis are found in a grammar without that word less surely than with it as a rival."""
    sounds = [_sound(file) for file in _of("wake/jarvis", 12)]

    def taken(rivals: tuple[str, ...]) -> int:
        spotter = Spotter(model, ["service", "harvard", "jar"], rivals)
        return sum(bool((spotter.find(sound))[0]) for sound in sounds)

    assert taken(("jarvis",)) < taken(())


def test_rivals_that_the_model_does_not_know_are_left_out(model: Model) -> None:
    """The phrase is found all the same."""
    rivals = ("alexa's lexicographer", "lexus")
    assert [model.knows(rival) for rival in rivals] == [False, True]
    spotted, _ = Spotter(model, ["alexa"], rivals).find(_sound(_of("wake/alexa", 1)[0]))
    assert spotted is not None
    assert spotted.phrase == "alexa"


def test_the_second_stage_decides_where_vosk_is_unsure(model: Model) -> None:
    """In home noise it could be the phrase or a rival: fewer are found where the second stage doubts, all where not."""
    confirmer = Confirmer(model, "alexa")
    said = [_in_noise(file) for file in _of("wake/alexa", 80)]
    doubted, unasked, sure = (sum(confirmer.confirm(one, second).found for one in said) for second in (0.02, None, 1.0))
    assert doubted < unasked <= sure
    assert sure >= 78


def _in_noise(file: str) -> bytes:
    noises = [AUDIO / "noise" / f"{name}.opus" for name in sounds.HOME_NOISE]
    flac = sounds.read(AUDIO / file)
    end = sounds.BEFORE + round(sounds.voice_in(flac)[1] * RATE)
    return sounds.heard(flac, file, sounds.noise_for(file, noises))[: end * SAMPLE_BYTES]


def test_doubt_of_the_second_stage_is_worth_its_odds() -> None:
    """Nobody's opinion and a tossed coin change nothing; certainty changes much, but not everything."""
    assert favour(None) == favour(0.5) == 1.0
    assert favour(0.9) == pytest.approx(3.0)
    assert favour(0.1) == pytest.approx(1 / 3)
    rising = [favour(score / 100) for score in range(101)]
    assert rising == sorted(rising)
    assert (rising[0], rising[-1]) == (LEAST_FAVOUR, MOST_FAVOUR)


def test_the_bundled_model_knows_every_rival(model: Model) -> None:
    """Otherwise they would refuse nothing."""
    assert [rival for rivals in RIVALS.values() for rival in rivals if not model.knows(rival)] == []


def test_a_phrase_of_two_words_needs_both_in_order(model: Model) -> None:
    """`alexa computer` is found where one follows the other, and not the other way round."""
    alexa, computer = _sound(_of("wake/alexa", 1)[0]), _sound(_of("wake/computer", 1)[0])
    spotter = Spotter(model, ["alexa computer"])
    assert spotter.find(alexa + computer)[0] is not None
    assert spotter.find(computer + alexa)[0] is None
