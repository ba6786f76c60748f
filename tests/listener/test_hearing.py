"""What wakes must be confirmed, however the owner spelled the phrase."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile
import soxr

from keepmum.listener.command import Command
from keepmum.listener.ear import Ear, Happening
from keepmum.listener.hearing import Hearing
from keepmum.listener.news import News
from keepmum.listener.preroll import PreRoll
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech.model import open_model
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.listener.wake.cascade import Candidate, plain
from keepmum.listener.wake.confirm import Confirmation, Confirmer
from keepmum.settings import SpeechSettings
from keepmum.shipped import folder
from keepmum.sound import BLOCK_BYTES, RATE, seconds

AUDIO = Path(__file__).parents[1] / "audio"


class AlwaysAlexa:
    """An engine that takes everything for the phrase."""

    def hear(self, _block: bytes) -> Candidate | None:
        return Candidate("alexa", 0.9, 0.9, 1.0)

    def wipe(self) -> None:
        """Nothing is held."""


def _hearing(confirmed: tuple[str, ...] | None, confirmer: type[Confirmer] = Confirmer) -> Hearing:
    speech = SpeechSettings()
    model = open_model(speech.model)
    understanding = Understanding.load(folder() / "sentences" / "en.yaml", None, (), model.vocabulary)
    return Hearing(
        wake=AlwaysAlexa(),
        confirmers=None if confirmed is None else {phrase: confirmer(model, phrase) for phrase in confirmed},
        transcriber=Transcriber(model, understanding.phrases, speech),
        understanding=understanding,
        preroll=PreRoll(),
        news=News(show_words=False),
    )


def test_silence_is_not_confirmed() -> None:
    """Whatever the first engines say, Vosk must find the phrase in the sound."""
    hearing = _hearing(("alexa",))
    assert hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES)) is Happening.CANDIDATE
    assert hearing.confirm() is Happening.REJECTED


class Noting(Confirmer):
    """Writes down what it is told of the second stage, and confirms nothing."""

    told: ClassVar[list[float | None]] = []

    def confirm(self, sound: bytes, second: float | None = None) -> Confirmation:
        self.told.append(second)
        return Confirmation(False, 0.0, (), seconds(sound))


def test_vosk_is_told_what_the_second_stage_thinks() -> None:
    """Without it, a doubted candidate would be judged as a sure one."""
    hearing = _hearing(("alexa",), Noting)
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    assert hearing.confirm() is Happening.REJECTED
    assert Noting.told == [0.9]


def test_a_phrase_that_nobody_can_confirm_does_not_wake() -> None:
    """A confirmer that is missing is a no, not a yes."""
    hearing = _hearing(("computer",))
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    assert hearing.confirm() is Happening.REJECTED


def test_a_wake_that_nobody_confirmed_is_not_called_confirmed() -> None:
    """With `wake.confirm` off it wakes all the same, and what follows is known to be unconfirmed."""
    hearing = _hearing(None)
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    assert hearing.confirm() is Happening.CONFIRMED
    assert not hearing.confirmed


def test_sound_that_the_transcriber_kept_is_not_clean() -> None:
    """What is asked when a mute has to be proved includes the one that holds the most; forgetting cleans it."""
    hearing = _hearing(None)
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    hearing.confirm()
    hearing.hear(Ear.HEARING, bytes(BLOCK_BYTES))
    transcriber = hearing._transcriber
    wipe, transcriber.wipe = transcriber.wipe, lambda: None  # type: ignore[method-assign]
    hearing.forget()
    assert not hearing.is_clean()
    transcriber.wipe = wipe  # type: ignore[method-assign]
    hearing.forget()
    assert hearing.is_clean()


def test_the_owners_spelling_does_not_matter() -> None:
    """Engines and confirmers speak of the same phrase, however it stands in the YAML."""
    assert plain(["Alexa", " Hey  Jarvis "]) == ["alexa", "hey jarvis"]


def _voice(pcm: bytes) -> bytes:
    """The voice in a recording, without the silence around it."""
    total = np.cumsum(np.abs(np.frombuffer(pcm, "<i2").astype(np.int64)))
    loud = np.flatnonzero(total[800:] - total[:-800] > 800 * 200)
    return pcm[2 * loud[0] : 2 * (loud[-1] + 800)]


def _said(text: str) -> bytes:
    """A sentence by espeak-ng."""
    wav = subprocess.run(["espeak-ng", "-v", "en-us", "--stdout", text], check=True, capture_output=True).stdout
    sound = np.frombuffer(wav[44:], "<i2").astype(np.float32)
    return _voice(soxr.resample(sound, int.from_bytes(wav[24:28], "little"), RATE).astype("<i2").tobytes())


def _room(length: float) -> bytes:
    """A quiet room."""
    noise: bytes = np.random.default_rng(2).integers(-3, 4, int(length * RATE)).astype("<i2").tobytes()
    return noise


@pytest.fixture(scope="module")
def heard() -> Callable[[str, float], tuple[Command, float, float]]:
    """Says alexa and a command; the command as taken, and where in its sound alexa really begins and ends."""
    files = [json.loads(line)["file"] for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
    alexa, _ = soundfile.read(AUDIO / next(file for file in files if file.startswith("wake/alexa/")), dtype="int16")

    def hear(text: str, pause: float) -> tuple[Command, float, float]:
        hearing = _hearing(("alexa",))
        before, wake = _room(1.0), _voice(alexa.tobytes())
        said = before + wake
        said += bytes(-len(said) % BLOCK_BYTES)
        hearing._preroll.push(said)
        hearing.hear(Ear.WAITING, said[-BLOCK_BYTES:])
        assert hearing.confirm() is Happening.CONFIRMED
        after = _room(pause) + _said(text) + _room(3.0)
        for at in range(0, len(after) - BLOCK_BYTES, BLOCK_BYTES):
            if hearing.hear(Ear.HEARING, after[at : at + BLOCK_BYTES]) is not None:
                break
        command = hearing.take_clip()
        assert hearing.take_clip().sound == b""
        return command, seconds(before), seconds(before + wake)

    return hear


@pytest.mark.parametrize("pause", [0.2, 1.4])
def test_words_count_from_the_beginning_of_the_sound(
    heard: Callable[[str, float], tuple[Command, float, float]], pause: float
) -> None:
    """Also when the command comes long after the phrase: each word's times enclose loud sound, and nothing earlier."""
    command, _, wake_end = heard("turn on the kitchen light", pause)
    assert [word.text for word in command.words] == ["turn", "on", "the", "kitchen", "light"]
    assert command.words[0].start == pytest.approx(wake_end + pause, abs=0.25)
    samples = np.frombuffer(command.sound, "<i2").astype(np.float64)
    levels = [np.std(samples[int(word.start * RATE) : int(word.end * RATE)]) for word in command.words]
    assert min(levels) > 200


@pytest.mark.parametrize("pause", [0.23, 0.24, 0.25, 0.26])
@pytest.mark.parametrize("text", ["stop", "how is the weather", "send nothing"])
def test_a_word_that_begins_softly_is_whole(text: str, pause: float) -> None:
    """It begins while the quiet before it is looked at: "stop" without its beginning is "off"."""
    hearing = _hearing(None)
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    hearing.confirm()
    command = np.frombuffer(_said(text), "<i2")
    room = np.random.default_rng(2).normal(0, np.std(command) / 8, round((pause + 3) * RATE) + len(command))
    room[round(pause * RATE) :][: len(command)] += command
    sound = room.astype("<i2").tobytes()
    blocks = (sound[at : at + BLOCK_BYTES] for at in range(0, len(sound) - BLOCK_BYTES, BLOCK_BYTES))
    assert Happening.COMMAND in (hearing.hear(Ear.HEARING, block) for block in blocks)
    assert hearing.intent == hearing.parse(text)


def test_a_command_says_where_the_phrase_is(heard: Callable[[str, float], tuple[Command, float, float]]) -> None:
    """The phrase's span is where it was played, and the command's span begins where it ends."""
    command, begins, ends = heard("what time is it", 0.3)
    assert command.phrase == "alexa"
    # Vosk was asked while the last vowel was still there, and gives the end of it to the silence.
    assert command.phrase_span == pytest.approx((begins, ends), abs=0.25)
    assert command.span == (command.phrase_span[1], seconds(command.sound))


def test_words_of_the_second_listening_count(
    heard: Callable[[str, float], tuple[Command, float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If only the second listening was understood, the words that are handed over are its words."""
    exact = Understanding._exact
    calls = []

    def deaf_at_first(self: Understanding, words: list[str]) -> object:
        calls.append(words)
        return None if len(calls) == 1 else exact(self, words)

    monkeypatch.setattr(Understanding, "_exact", deaf_at_first)
    monkeypatch.setattr("keepmum.listener.sentences.topics.Topics.phrases", lambda *_: ("turn on the kitchen light",))
    command, _, wake_end = heard("turn on the kitchen light", 0.3)
    assert [word.text for word in command.words][-2:] == ["kitchen", "light"]
    assert wake_end - 0.1 <= command.words[0].start <= wake_end + 1.0
    assert len(calls) > 1


def test_a_wiped_command_holds_nothing(heard: Callable[[str, float], tuple[Command, float, float]]) -> None:
    """The very memory that held the sound is zero afterwards."""
    command, _, _ = heard("what time is it", 0.3)
    sound = command.sound
    command.wipe()
    assert not any(sound)
    assert not command.sound
    assert not command.words


@pytest.mark.parametrize("text", ["turn on the wellington road kitchen light", "my sister jessica has lost her job"])
def test_what_is_no_sentence_is_no_words(
    heard: Callable[[str, float], tuple[Command, float, float]], text: str
) -> None:
    """Vosk takes private talk for words that it may hear; if they make no sentence, none of them is handed over."""
    command, _, _ = heard(text, 0.3)
    assert command.words
    assert {word.text for word in command.words} == {"[unk]"}
