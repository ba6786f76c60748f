"""The real engines on real recordings: the phrases wake, other speech does not, and wiping leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from keepmum.errors import ConfigError
from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.wake.cascade import Candidate, Wake, open_wake
from keepmum.listener.wake.first import FirstStage
from keepmum.listener.wake.second import SecondStage
from keepmum.settings import SpeechSettings, WakeSettings
from keepmum.sound import BLOCK, BLOCK_BYTES, RATE

AUDIO = Path(__file__).parents[2] / "audio"
ROWS = [json.loads(line) for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
SILENCE = bytes(BLOCK_BYTES)


def _files(folder: str, count: int) -> list[str]:
    """The first recordings of a folder, in the manifest's order."""
    return [row["file"] for row in ROWS if row["file"].startswith(folder)][:count]


def _blocks(file: str) -> list[bytes]:
    """A recording with half a second of a quiet room before and after it."""
    pcm, _ = soundfile.read(AUDIO / file, dtype="int16")
    room = np.random.default_rng(1).integers(-3, 4, RATE // 2).astype(np.int16)
    sound = np.concatenate([room, pcm, room])
    return [sound[at : at + BLOCK].tobytes() for at in range(0, len(sound) - BLOCK + 1, BLOCK)]


def _heard(wake: Wake, preroll: PreRoll, file: str) -> list[Candidate]:
    found = []
    for block in _blocks(file):
        preroll.push(block)
        if candidate := wake.hear(block):
            found.append(candidate)
    wake.wipe()
    preroll.wipe()
    return found


@pytest.fixture(scope="module")
def model() -> Model:
    """The bundled speech model."""
    return open_model(SpeechSettings().model)


@pytest.fixture
def preroll() -> PreRoll:
    """An empty one."""
    return PreRoll()


@pytest.fixture
def opened(model: Model, preroll: PreRoll) -> Callable[..., Wake]:
    """Opens the stages for some phrases."""
    return lambda *phrases, **more: open_wake(WakeSettings(phrases=phrases, **more), model, preroll)


def test_people_who_say_alexa_wake_it_once(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """Each of 16 recordings gives exactly one candidate, through both engines."""
    wake = opened("alexa")
    for file in _files("wake/alexa", 16):
        (candidate,) = _heard(wake, preroll, file)
        assert candidate.phrase == "alexa"
        assert candidate.score > 0.3
        assert candidate.second > 0.02


def test_other_keywords_and_sentences_do_not_wake_alexa(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """Nobody in these recordings says the phrase."""
    wake = opened("alexa")
    files = [file for folder in ("wake/jarvis", "speech/athena", "speech/librispeech") for file in _files(folder, 6)]
    assert [file for file in files if _heard(wake, preroll, file)] == []


def test_the_second_stage_throws_out_what_the_first_one_took(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """A Spanish sentence that fools the first engine at its low threshold does not fool both."""
    (file,) = (row["file"] for row in ROWS if "not-wakeword-es-9c8715c6" in row["file"])
    assert _heard(opened("alexa", second=0.0), preroll, file)
    assert not _heard(opened("alexa"), preroll, file)


def test_a_phrase_without_a_trained_model_is_found_by_the_speech_model(
    opened: Callable[..., Wake], preroll: PreRoll
) -> None:
    """`computer` wakes on at least 11 of 12 people who say it, soon enough to be the same phrase."""
    wake = opened("computer")
    found = [_heard(wake, preroll, file) for file in _files("wake/computer", 12)]
    assert sum(bool(candidates) for candidates in found) >= 11
    assert {candidate.phrase for candidates in found for candidate in candidates} == {"computer"}
    assert not _heard(wake, preroll, _files("wake/jarvis", 1)[0])


def test_two_kinds_of_phrases_listen_side_by_side(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """A trained phrase and one without a model both wake the same speaker, each by its own name."""
    wake = opened("alexa", "computer")
    assert {candidate.phrase for candidate in _heard(wake, preroll, _files("wake/alexa", 1)[0])} == {"alexa"}
    assert {candidate.phrase for candidate in _heard(wake, preroll, _files("wake/computer", 1)[0])} == {"computer"}


def test_the_other_trained_phrases_keep_their_makers_threshold(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """`hey mycroft` is not woken by people who say alexa, whom its network takes for it at a low threshold."""
    first = FirstStage(["hey mycroft", "hey jarvis", "okay nabu"])
    assert [first.cutoff(phrase) for phrase in ("hey mycroft", "hey jarvis", "okay nabu")] == [0.95, 0.97, 0.85]
    wake = opened("hey mycroft", trigger=0.01)
    assert [file for file in _files("wake/alexa", 8) if _heard(wake, preroll, file)] == []


def test_a_phrase_wakes_right_after_everything_was_forgotten(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """Much less than two seconds in the pre-roll is enough: the second stage is given silence before it."""
    wake = opened("alexa")
    blocks = _blocks(_files("wake/alexa", 1)[0])
    trigger = next(at for at, block in enumerate(blocks) if not preroll.push(block) and wake.hear(block))
    wake.wipe()
    preroll.wipe()
    found = [at for at in range(trigger - 14, len(blocks)) if not preroll.push(blocks[at]) and wake.hear(blocks[at])]
    assert len(found) == 1
    assert (found[0] - trigger + 15) * BLOCK / RATE < 1.6


def test_wiping_leaves_the_first_stage_as_if_nothing_had_been_heard() -> None:
    """After half a wake phrase and a wipe, its probabilities are those of a new engine, number for number."""
    blocks = _blocks(_files("wake/alexa", 1)[0])
    used, new = FirstStage(["alexa"]), FirstStage(["alexa"])
    for block in blocks[:20]:
        used.hear(block)
    used.wipe()
    after = [used.hear(block) for block in blocks]
    assert after == [new.hear(block) for block in blocks]
    assert max(scores["alexa"] for scores in after) > 0.9


def test_wiping_leaves_zeros_in_every_buffer_of_the_second_stage() -> None:
    """The sound, its spectrum and its embeddings are overwritten where they stand."""
    stage = SecondStage("alexa")
    buffers = [stage._features.audio, stage._features.mels, stage._network.embeddings]
    stage.hear(b"".join(_blocks(_files("wake/alexa", 1)[0])))
    assert all(buffer.any() for buffer in buffers)
    stage.wipe()
    assert not any(buffer.any() for buffer in buffers)
    assert stage._features.audio is buffers[0]


def test_muting_in_the_middle_of_the_phrase_leaves_nothing_to_complete(
    opened: Callable[..., Any], preroll: PreRoll
) -> None:
    """What was heard before a wipe does not even trigger the first stage after it."""
    wake, blocks = opened("alexa"), _blocks(_files("wake/alexa", 1)[0])
    trigger = next(at for at, block in enumerate(blocks) if not preroll.push(block) and wake.hear(block))
    for before in (0, 1, 4):
        wake.wipe()
        preroll.wipe()
        for block in blocks[: trigger - before]:
            preroll.push(block)
            wake.hear(block)
        wake.wipe()
        preroll.wipe()
        triggers = wake.triggers
        for block in blocks[trigger - before :]:
            preroll.push(block)
            assert wake.hear(block) is None
        assert wake.triggers == triggers


@pytest.mark.parametrize(
    ("phrases", "named"),
    [
        (("hey zorblax",), ["'zorblax'", "wake.phrases"]),
        (("compuuter",), ["'compuuter' (did you mean 'computer'?)"]),
        (("alexa", "hey jarvs"), ["'jarvs' (did you mean 'jarvis'?)", "'hey jarvis'"]),
        (("qqqq", "alexa", "zzzz"), ["'qqqq'", "'zzzz'"]),
    ],
)
def test_a_phrase_that_cannot_wake_is_one_clear_error(
    opened: Callable[..., Wake], phrases: tuple[str, ...], named: list[str]
) -> None:
    """Every word that the speech model does not know is named, with the nearest one that it knows."""
    with pytest.raises(ConfigError) as error:
        opened(*phrases)
    assert all(name in str(error.value) for name in named)
    assert error.value.hint


def test_phrases_may_be_written_in_any_case(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """ "  Alexa " is the phrase alexa."""
    (candidate,) = _heard(opened("  Alexa "), preroll, _files("wake/alexa", 1)[0])
    assert candidate.phrase == "alexa"


def test_silence_wakes_nothing(opened: Callable[..., Wake], preroll: PreRoll) -> None:
    """Ten seconds of digital silence, through every kind of stage."""
    wake = opened("alexa", "hey jarvis", "computer")
    for _ in range(125):
        preroll.push(SILENCE)
        assert wake.hear(SILENCE) is None
