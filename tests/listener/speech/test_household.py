"""The listener hears its household's own words; what goes wrong with them costs those words, not the speaker."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

sys.path.insert(0, str(Path(__file__).parents[2] / "forge" / "graph"))  # graph_parts makes a small model

from graph_parts import small_model, words

from keepmum.errors import ConfigError
from keepmum.forge import own_words
from keepmum.forge.lexicon import Lexicon
from keepmum.hardware.voice_espeak import Espeak
from keepmum.listener.assembly import Listener
from keepmum.listener.speech.household import open_household
from keepmum.listener.speech.vosk_library import VoskModel, VoskRecogniser
from keepmum.settings import FolderSettings, HomeSettings, Settings, SpeechSettings, WakeSettings
from keepmum.settings_hardware import (
    ButtonSettings,
    HardwareSettings,
    MicrophoneSettings,
    RingSettings,
    SpeakerSettings,
)

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

RATE = 16_000
MABEL = Lexicon({"mabel": (("M", "EY", "B", "AH", "L"),)})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A speaker in a silent room with a model that can learn, and the English sentences that ship."""
    (tmp_path / "scene.txt").write_text("pause 1\n")
    (tmp_path / "state").mkdir()
    return Settings(
        hardware=HardwareSettings(
            microphone=MicrophoneSettings(driver="wav"),
            ring=RingSettings(driver="recorder"),
            button=ButtonSettings(driver="scripted"),
            speaker=SpeakerSettings(driver="wav", file=tmp_path / "replies.wav"),
            scene=tmp_path / "scene.txt",
            fast=True,
        ),
        folders=FolderSettings(run=tmp_path / "run", state=tmp_path / "state", outbox=tmp_path / "outbox"),
        speech=SpeechSettings(model=small_model(tmp_path / "model")),
    )


def test_every_word_of_the_sentences_is_heard(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """What the model lacks is guessed, and the log counts it without naming it."""
    caplog.set_level(logging.INFO)
    assert "toothpaste" not in words()
    model = open_household(settings)
    assert model.knows("add toothpaste to the shopping list")
    assert "made a graph with 0 words of the household's" in caplog.text
    assert "toothpaste" not in caplog.text


def test_the_second_start_makes_nothing_again(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """The graph stays as long as nothing changed."""
    open_household(settings)
    graph = settings.folders.household_model / "graph" / "HCLr.fst"
    before = graph.stat().st_mtime_ns
    caplog.clear()
    open_household(settings)
    assert graph.stat().st_mtime_ns == before
    assert "made a graph" not in caplog.text


def test_a_name_for_a_thing_is_heard(settings: Settings) -> None:
    """Whatever a household calls its lamp."""
    named = settings.model_copy(update={"home": HomeSettings(things={"zeppelin": "lamps/zeppelin"})})
    assert open_household(named).knows("turn on the zeppelin")


def test_an_own_phrase_wakes_through_the_grammar_alone(settings: Settings) -> None:
    """A whole listener starts with "hey mabel", and the model hears a voice say it, and not its neighbour."""
    own_words.write(settings.folders.words, MABEL)
    woken = settings.model_copy(update={"wake": WakeSettings(phrases=("hey mabel",))})
    Listener(woken).close()
    model = open_household(woken)
    voice = Espeak("en-us")
    heard = []
    for phrase in ("hey mabel", "hey computer"):
        recogniser = model.recogniser(["hey mabel"])
        recogniser.accept(bytes(16_000) + voice.speak(phrase) + bytes(16_000))
        heard.append("hey mabel" in recogniser.final()["text"])
        recogniser.close()
    assert heard == [True, False]


def test_a_wake_phrase_that_nobody_added_is_not_guessed(settings: Settings) -> None:
    """What wakes a speaker is somebody's decision."""
    woken = settings.model_copy(update={"wake": WakeSettings(phrases=("hey mabel",))})
    with pytest.raises(ConfigError, match="mabel"):
        Listener(woken)


def test_a_broken_file_means_none_of_its_words(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """The speaker starts, hears the rest, and says in its log what to do."""
    settings.folders.words.write_text("mabel  M EY B AH L\n")
    model = open_household(settings)
    assert not model.knows("mabel")
    assert model.knows("toothpaste")
    assert "is cut short" in caplog.text
    assert "keepmum words add" in caplog.text


def test_the_model_alone_is_used_where_nothing_is_missing(settings: Settings, tmp_path: Path) -> None:
    """A model that knows every word of the sentences is opened as it is; no folder is made."""
    open_household(settings)
    complete = shutil.copytree(settings.folders.household_model, tmp_path / "complete")
    shutil.rmtree(settings.folders.household_model)
    model = open_household(settings.model_copy(update={"speech": SpeechSettings(model=complete)}))
    assert model.path == complete
    assert model.knows("toothpaste")
    assert not settings.folders.household_model.exists()


def test_a_model_that_cannot_learn_is_used_as_it_is(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Own words for it are an error in the log, with what to do; nothing else changes."""
    (settings.speech.model / "forge.json").unlink()
    own_words.write(settings.folders.words, MABEL)
    model = open_household(settings)
    assert model.path == settings.speech.model
    assert "cannot learn words" in caplog.text
    assert "mabel" not in caplog.text


def test_without_espeak_the_own_words_are_heard_all_the_same(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody said how they are said."""
    monkeypatch.setenv("PATH", "/nonexistent")
    own_words.write(settings.folders.words, MABEL)
    model = open_household(settings)
    assert model.knows("hey mabel")
    assert not model.knows("toothpaste")
    assert "there is no espeak-ng" in caplog.text


def test_a_disk_that_is_full_costs_the_words_alone(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Something stands where the folder should be, and cannot be moved."""
    own_words.write(settings.folders.words, MABEL)
    (settings.folders.state / f".household-model.{os.getpid()}").write_text("in the way")
    model = open_household(settings)
    assert model.path == settings.speech.model
    assert "cannot be written" in caplog.text


def test_a_word_with_an_accent_is_heard(tmp_path: Path) -> None:
    """Many names have one; Vosk gets them as they are spelled."""
    cafe = Lexicon({**words().words, "café": words().words["kitchen"]})
    model = VoskModel(small_model(tmp_path / "model", cafe))
    subprocess.run(
        ["espeak-ng", "-v", "en-us", "-w", str(tmp_path / "said.wav"), "turn the kitchen light on"], check=True
    )
    sound, rate = soundfile.read(tmp_path / "said.wav", dtype="float32")
    spoken = np.pad(soxr.resample(sound, rate, RATE), RATE // 2) * 16_000
    recogniser = VoskRecogniser(model, ["turn the café light on", "[unk]"])
    recogniser.accept(spoken.astype(np.int16).tobytes())
    assert recogniser.final()["text"] == "turn the café light on"
    recogniser.close()
