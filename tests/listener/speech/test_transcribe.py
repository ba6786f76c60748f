"""The command's words and its end, with the real Vosk and real voices; the clock is the sound itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from keepmum.listener.outlook import Outlook
from keepmum.listener.speech import transcribe
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.speech.transcribe import (
    FINISHED,
    LOOK,
    NOBODY,
    NOBODY_FOR_SURE,
    STRAY,
    Ended,
    Partial,
    Transcriber,
)
from keepmum.settings import SpeechSettings
from keepmum.sound import BLOCK_BYTES, BLOCK_SECONDS, RATE

AUDIO = Path(__file__).parents[2] / "audio"
FILES = [json.loads(line)["file"] for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
WORDS = ("alexa", "computer", "jarvis", "computer jarvis", "alexa jarvis")


def _room(length: float) -> bytes:
    """A quiet room."""
    noise = np.random.default_rng(2).integers(-3, 4, int(length * RATE)).astype(np.int16)
    return bytes(noise.tobytes())


def _voice(phrase: str, index: int = 0) -> bytes:
    """The voice in one recording, without the silence around it."""
    file = [file for file in FILES if file.startswith(f"wake/{phrase}/")][index]
    pcm, _ = soundfile.read(AUDIO / file, dtype="int16")
    total = np.cumsum(np.abs(pcm.astype(np.int64)))
    loud = np.flatnonzero(total[800:] - total[:-800] > 800 * 200)
    return bytes(pcm[loud[0] : loud[-1] + 1600].tobytes())


def _play(transcriber: Transcriber, sound: bytes) -> tuple[list[Partial], float]:
    """Every partial until the command has ended, and how much of the sound that took."""
    partials = []
    for at in range(0, len(sound) - BLOCK_BYTES + 1, BLOCK_BYTES):
        partials.append(transcriber.hear(sound[at : at + BLOCK_BYTES]))
        if partials[-1].ended:
            break
    return partials, len(partials) * BLOCK_SECONDS


def whole_at(wanted: str) -> Callable[[str], Outlook]:
    """Nothing can follow these words, and any others only begin a command."""
    return lambda text: Outlook.WHOLE if text == wanted else Outlook.BEGUN


@pytest.fixture(scope="module")
def model() -> Model:
    """The bundled speech model."""
    return open_model(SpeechSettings().model)


@pytest.fixture
def transcriber(model: Model) -> Callable[..., Transcriber]:
    """Makes one, and begins a command."""

    def make(
        outlook: Callable[[str], Outlook] = lambda _: Outlook.BEGUN, skip: float = 0.0, **speech: float
    ) -> Transcriber:
        made = Transcriber(model, WORDS, SpeechSettings.model_validate(speech), outlook)
        made.begin(skip)
        return made

    return make


@pytest.mark.parametrize("pause", [0.5, 0.7, 1.5])
def test_a_pause_ends_the_command(transcriber: Callable[..., Transcriber], pause: float) -> None:
    """The end comes within 0.2 s of the owner's pause, and not before it."""
    voice = _voice("computer")
    hearing = transcriber(pause=pause)
    partials, took = _play(hearing, _room(0.3) + voice + _room(4.0))
    assert partials[-1].ended is Ended.PAUSE
    assert pause - 0.2 <= took - 0.3 - len(voice) / (2 * RATE) <= pause + 0.2
    assert hearing.finish().text == "computer"


def test_a_whole_command_ends_early(transcriber: Callable[..., Transcriber]) -> None:
    """What needs no further word is over after a third of a second of silence, long before the pause."""
    hearing = transcriber(outlook=whole_at("computer"), pause=3.0)
    voice = _voice("computer")
    partials, took = _play(hearing, _room(0.3) + voice + _room(4.0))
    assert partials[-1].ended is Ended.COMPLETE
    assert partials[-1].text == "computer"
    assert took - 0.3 - len(voice) / (2 * RATE) < LOOK + 0.2


@pytest.mark.parametrize(
    ("outlook", "shortest", "part"),
    [
        (Outlook.MAY_GO_ON, 0.25, FINISHED),
        (Outlook.NONE, 0.25, FINISHED),
        (Outlook.NONE, 5.0, STRAY),  # shorter than any command: noise makes such
    ],
)
def test_what_can_follow_says_how_long_to_wait(
    transcriber: Callable[..., Transcriber],
    monkeypatch: pytest.MonkeyPatch,
    outlook: Outlook,
    shortest: float,
    part: float,
) -> None:
    """At a possible end, and behind words that are no command, a part of the pause; longer behind a stray sound."""
    monkeypatch.setattr(transcribe, "SHORTEST", shortest)
    voice = _voice("computer")
    partials, took = _play(transcriber(outlook=lambda _: outlook, pause=1.2), _room(0.3) + voice + _room(4.0))
    assert partials[-1].ended is Ended.PAUSE
    assert took - 0.3 - len(voice) / (2 * RATE) == pytest.approx(1.2 * part, abs=0.2)


def test_nobody_speaking_is_noticed(transcriber: Callable[..., Transcriber]) -> None:
    """After four seconds of a quiet room the speaker stops waiting, with an empty transcript."""
    hearing = transcriber()
    partials, took = _play(hearing, _room(8.0))
    assert partials[-1].ended is Ended.NOBODY
    assert took == pytest.approx(NOBODY, abs=BLOCK_SECONDS)
    assert hearing.finish().text == ""


def test_who_begins_late_is_heard(transcriber: Callable[..., Transcriber]) -> None:
    """Somebody who speaks when the waiting is over is not sent away, although Vosk has told no word yet."""
    hearing = transcriber()
    partials, took = _play(hearing, _room(NOBODY - 0.3) + _voice("computer") + _room(4.0))
    assert partials[-1].ended is Ended.PAUSE
    assert took > NOBODY
    assert hearing.finish().text == "computer"


def test_noise_is_nobody_in_the_end(transcriber: Callable[..., Transcriber]) -> None:
    """What is loud now and then, and never a word, is waited for a little longer, and no more."""
    beats = np.random.default_rng(3).normal(0, 900, (20, RATE)) * (np.arange(RATE) % 8000 < 2400)
    partials, took = _play(transcriber(), beats.astype("<i2").tobytes())
    assert partials[-1].ended is Ended.NOBODY
    assert NOBODY <= took <= NOBODY_FOR_SURE + BLOCK_SECONDS


def test_somebody_who_never_stops_is_cut(transcriber: Callable[..., Transcriber]) -> None:
    """The hard cap ends every command, and nobody who speaks all the time is taken for nobody."""
    sentence = next(file for file in FILES if file.startswith("speech/librispeech/1221-135767"))
    pcm, _ = soundfile.read(AUDIO / sentence, dtype="int16")
    partials, took = _play(transcriber(longest=6.0, pause=3.0), pcm.tobytes())
    assert partials[-1].ended is Ended.LONGEST
    assert took == pytest.approx(6.0, abs=BLOCK_SECONDS)


def test_going_on_after_a_breath_is_one_sentence(transcriber: Callable[..., Transcriber]) -> None:
    """A breath longer than the look, but shorter than the pause, joins both halves in one transcript."""
    hearing = transcriber(pause=0.9, outlook=whole_at("computer jarvis"))
    partials, _ = _play(hearing, _room(0.3) + _voice("computer") + _room(0.5) + _voice("jarvis", 2) + _room(3.0))
    assert "computer" in {partial.text for partial in partials}
    assert partials[-1].ended is Ended.COMPLETE
    transcript = hearing.finish()
    assert transcript.text == "computer jarvis"
    assert transcript.words[1].start > transcript.words[0].end


def test_words_in_silence_are_never_named_before_they_are_said(transcriber: Callable[..., Transcriber]) -> None:
    """Vosk's raw partial text names a word of the grammar in silence already; ours stays empty."""
    partials, _ = _play(transcriber(), _room(3.0))
    assert {partial.text for partial in partials} == {""}


def test_other_speech_is_unknown_and_not_a_command(transcriber: Callable[..., Transcriber]) -> None:
    """`[unk]` stands in every grammar, so a sentence about something else gives no word of it."""
    sentence = next(file for file in FILES if file.startswith("speech/librispeech/1221-135767"))
    pcm, _ = soundfile.read(AUDIO / sentence, dtype="int16")
    hearing = transcriber()
    _play(hearing, pcm[: 4 * RATE].tobytes())
    assert set(hearing.finish().text.split()) == {"[unk]"}


def test_times_count_from_the_beginning_of_the_clip(transcriber: Callable[..., Transcriber]) -> None:
    """Seconds that the clip had before the command are added to every word's time."""
    sound = _room(0.3) + _voice("computer") + _room(2.0)
    plain, later = transcriber(), transcriber(skip=1.5)
    for hearing in (plain, later):
        _play(hearing, sound)
    (early,), (late,) = plain.finish().words, later.finish().words
    assert late.start == pytest.approx(early.start + 1.5, abs=0.01)
    assert late.end == pytest.approx(early.end + 1.5, abs=0.01)
    assert early.confidence > 0.8


def test_each_command_begins_with_nothing(transcriber: Callable[..., Transcriber]) -> None:
    """After `finish` and after `wipe`, no word of the last command is left in the next."""
    hearing = transcriber()
    for end in (hearing.finish, hearing.wipe):
        hearing.begin()
        _play(hearing, _voice("computer") + _room(0.4))
        end()
        hearing.begin()
        _play(hearing, _room(1.0))
        assert hearing.finish().text == ""


def test_wiping_overwrites_the_sound_itself(transcriber: Callable[..., Transcriber]) -> None:
    """The memory that held the command holds zeros, and the recogniser is gone."""
    hearing = transcriber()
    _play(hearing, _voice("computer") + _room(0.5))
    assert hearing._words
    memory = hearing._sound
    assert any(memory)
    hearing.wipe()
    assert not any(memory)
    assert hearing._recogniser is None
    assert hearing._words == ()


def test_a_long_piece_at_once_is_as_good_as_blocks(transcriber: Callable[..., Transcriber]) -> None:
    """The rest of the pre-roll comes as one piece of any length."""
    hearing = transcriber()
    hearing.hear(_room(0.3) + _voice("computer") + _room(0.21))
    assert hearing.finish().text == "computer"
