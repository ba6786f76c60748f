"""The questions, asked of the model that ships and of a few recordings of people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum import shipped
from keepmum.clip import Word
from keepmum.forge.evaluation import corpus, ending, phrases, sentences
from keepmum.forge.evaluation.corpus import Recording
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.ending import Stopwatch
from keepmum.forge.evaluation.phrases import Ear, Finder
from keepmum.forge.evaluation.room import QUIET, rooms
from keepmum.forge.evaluation.scribe import Said, Scribe
from keepmum.settings import SpeechSettings

AUDIO = Path(__file__).parents[2] / "audio"
MODEL = SpeechSettings().model
PHRASES, RIVALS = ("alexa", "computer"), ("lexus",)


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    """All of them."""
    return corpus.recordings(AUDIO)


def some(recordings: list[Recording], phrase: str, count: int) -> list[Recording]:
    return [one for one in recordings if one.phrase == phrase][:count]


def test_a_phrase_counts_as_heard_and_another_keyword_as_taken(recordings: list[Recording]) -> None:
    """Whoever says "hey computer" means the speaker, and is no false wake; unless it wakes by "alexa" alone."""
    chosen = [*some(recordings, "alexa", 3), *some(recordings, "snowboy", 3), *some(recordings, "hey computer", 2)]
    measured = phrases.measure(Ear(MODEL, PHRASES, RIVALS), chosen, [QUIET], Crew())
    assert {(one.question, one.what): (one.count, one.of) for one in measured} == {
        ("wake phrase heard", "alexa"): (3, 3),
        ("other keyword taken for a phrase", "snowboy"): (0, 3),
        ("other keyword taken for a phrase", "all"): (0, 3),
        ("only wake phrase heard", "alexa"): (3, 3),
        ("other keyword taken for the only phrase", "alexa"): (0, 5),
    }


def test_what_is_taken_for_a_phrase_is_counted(recordings: list[Recording]) -> None:
    """Recordings of the phrase itself by another name: each is a false wake, for all phrases and for the only one."""
    called = some(recordings, "alexa", 4)
    chosen = [*called[:1], *(replace(one, phrase="snowboy") for one in called[1:])]
    measured = phrases.measure(Ear(MODEL, PHRASES, RIVALS), chosen, [QUIET], Crew())
    taken = {(one.question, one.what): (one.count, one.of) for one in measured if "taken" in one.question}
    assert set(taken.values()) == {(3, 3)}
    assert ("other keyword taken for the only phrase", "alexa") in taken


def test_an_ear_without_a_threshold_accepts_more(recordings: list[Recording]) -> None:
    """And one that nothing satisfies accepts nothing: the threshold counts."""
    (clip,) = some(recordings, "alexa", 1)
    assert Ear(MODEL, PHRASES, RIVALS, cut=0.0).accept(QUIET, clip) == "alexa"
    assert Ear(MODEL, PHRASES, RIVALS, cut=1.0).accept(QUIET, clip) == ""


def test_a_finder_says_whether_what_it_heard_was_said(recordings: list[Recording]) -> None:
    """The same sound, told to be something else, is a false one; nothing heard is no answer."""
    (clip, other) = some(recordings, "alexa", 1)[0].path, some(recordings, "snowboy", 1)[0].path
    finder = Finder(MODEL, PHRASES, RIVALS)
    right, wrong = finder.find(Said(clip, "alexa", "x")), finder.find(Said(clip, "alexander", "x"))
    assert right is not None
    assert wrong is not None
    assert (right.right, wrong.right, right.confidence) == (True, False, wrong.confidence)
    assert finder.find(Said(other, "snowboy", "x")) is None


def test_a_noisy_room_is_another_one(recordings: list[Recording]) -> None:
    """Only where there are noises."""
    noises = [one.path for one in recordings if one.kind == "noise"]
    assert [one.name for one in rooms([])] == ["quiet"]
    quiet, noisy = rooms(noises)
    (clip,) = some(recordings, "alexa", 1)
    assert quiet.played(clip.path, clip.name) != noisy.played(clip.path, clip.name)


@pytest.fixture
def command(tmp_path: Path) -> Said:
    """A household's command, by a program."""
    from keepmum.forge.corpus.voices import Line, Manner, engine

    (sound,) = engine("espeak-ng", "en", ("en-gb",)).say(
        [Line("turn on the kitchen light", "en-gb+f3", Manner(1.0, 0.5, 0.5))]
    )
    soundfile.write(tmp_path / "command.flac", sound, 16_000)
    return Said(tmp_path / "command.flac", "turn on the kitchen light", "espeak-ng")


def test_the_end_of_a_command_is_found_behind_its_voice(command: Said) -> None:
    """The speaker, which knows that it is whole, is quicker than the model alone; neither is before the end."""
    stopwatch = Stopwatch(MODEL, shipped.folder() / "sentences/en.yaml")
    quick, slow = stopwatch.speaker(QUIET, command), stopwatch.model_alone(QUIET, command)
    assert quick is not None
    assert slow is not None
    assert -0.3 < quick <= 0.6 < slow < 3
    told = {one.question: one.count for one in ending.measure(stopwatch, "x", [command], [QUIET], Crew())}
    assert told["end of a command found within 0.6 s"] == 1
    assert told["command cut off"] == told["end found within 0.6 s by the model alone"] == 0


def test_a_scribe_writes_down_what_was_said(command: Said) -> None:
    """With the words of its grammar, in their order."""
    heard = Scribe(MODEL, ("turn on the kitchen light", "turn off the kitchen light")).write(command)
    assert [word.text for word in heard] == command.text.split()
    assert [one.count for one in sentences.household([command], [heard])] == [1, 1]


def test_word_errors_are_counted_by_source() -> None:
    """One changed word of five in one corpus, none in the other."""
    said = [Said(Path("a"), "turn on the big light", "a"), Said(Path("b"), "stop", "b")]
    heard = [
        [Word(text, 0, 0, 1) for text in ("turn", "on", "the", "[unk]", "bad", "light")],
        [Word("stop", 0, 0, 1)],
    ]
    found = {(one.question, one.what): (one.count, one.of) for one in sentences.people(said, heard)}
    assert found == {
        ("word errors", "a"): (1, 5),
        ("sentence heard exactly", "a"): (0, 1),
        ("word errors", "b"): (0, 1),
        ("sentence heard exactly", "b"): (1, 1),
    }
