"""The household that nobody lives in is the same for the same seed, and everything that is true of it is known."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile

from keepmum import shipped
from keepmum.errors import LabError
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.corpus.speaking import Line, speak
from keepmum.lab.corpus.speech import NEWS, speak_household
from keepmum.lab.corpus.talk import CONVERSATION, ORDERS, TELEVISION, Talk
from keepmum.lab.marks import MarkKind, Truth, TruthKind
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech import model_folder
from keepmum.settings import SpeechSettings


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes of half a minute."""
    return speak_household(tmp_path_factory.mktemp("home") / "home", seed=5, minutes=2.0, length=30)


def test_the_same_seed_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    """And another one another household."""
    again = speak_household(tmp_path / "again", seed=5, minutes=2.0, length=30)
    other = speak_household(tmp_path / "other", seed=6, minutes=2.0, length=30)
    assert contents(again) == contents(home)
    assert contents(other) != contents(home)


def test_it_is_a_corpus_with_everything_that_a_home_has(home: Path) -> None:
    """Commands, people, a television, private words, a press on mute; and it says that programs speak."""
    corpus = open_corpus(home)
    truths = list(corpus.truth())
    assert corpus.voices == "spoken by programs"
    assert corpus.seconds == 120.0
    assert {truth.kind for truth in truths} == set(TruthKind)
    assert {truth.speaker for truth in truths if truth.kind is TruthKind.MEDIA} == {"television"}
    assert any(truth.private for truth in truths if truth.speaker != "television")
    assert not any(truth.private for truth in truths if truth.speaker == "television")
    assert [one.kind for sound in corpus.sounds for one in sound.happenings] == [MarkKind.MUTE]
    assert len({one.group for one in corpus.recordings}) == 4


def test_people_take_turns(home: Path) -> None:
    """Nobody in the room speaks while somebody else does; the television may."""
    for sound in open_corpus(home).sounds:
        turns = [truth for truth in sound.told() if truth.kind is TruthKind.SPEECH]
        assert all(one.ends <= following.begins for one, following in pairwise(turns))


def test_every_order_means_what_it_is_said_to_mean() -> None:
    """By the sentences and the model that ship: else the lab would count misunderstandings that are its own."""
    vocabulary = model_folder.vocabulary(SpeechSettings().model)
    understanding = Understanding.load(shipped.folder() / "sentences" / "en.yaml", None, (), vocabulary, ["alexa"])
    for text, intent in ORDERS:
        found = understanding.parse(f"alexa {text}")
        assert found is not None, text
        assert found.name == intent


@pytest.mark.parametrize(
    "text", ["alexa, set a timer for ten minutes, please", "can you pass me the bread please, and the butter too"]
)
def test_words_are_where_they_are_said(text: str) -> None:
    """Where a word is, there is sound; where a comma is, there may be none; none is left out, and none told twice."""
    (spoken,) = speak([Line(text, "en-us+m7")])
    assert [word.text for word in spoken.words] == text.replace(",", "").split()
    assert spoken.words[0].begins < 0.05
    assert abs(spoken.words[-1].ends - spoken.seconds) < 0.05
    for word in spoken.words:
        part = spoken.sound[round(word.begins * 16_000) : round(word.ends * 16_000)]
        assert word.ends - word.begins > 0.03, word
        assert np.abs(part).max() > 0.02, word
    assert all(one.ends <= following.begins + 1e-6 for one, following in pairwise(spoken.words))


def test_no_word_of_a_home_is_told_twice(home: Path) -> None:
    """The library is asked for many lines in a row, and late tells of words that it has told."""
    for sound in open_corpus(home).sounds:
        words = [truth for truth in sound.told() if truth.kind is TruthKind.WORD]
        assert words
        assert all(word.ends - word.begins > 0.02 for word in words)


def test_a_line_sounds_the_same_whatever_its_number(tmp_path: Path) -> None:
    """The same lines in the same order, always: the library keeps a memory of what it said."""
    lines = [Line("good morning", "en"), Line("the election in texas", "en+m3")]
    for one, again in zip(speak(lines), speak(lines), strict=True):
        assert np.array_equal(one.sound, again.sound)
        assert one.words == again.words


def test_private_words_are_marked_where_they_stand() -> None:
    """Every name and illness of every sentence, and no star is left to be spoken."""
    talk = Talk(Random(1))
    counts = Counter[bool]()
    for _ in CONVERSATION:
        text, private = talk.next(CONVERSATION)
        assert "*" not in text
        assert "{" not in text
        assert " ," not in text
        assert max(private, default=0) < len(text.split())
        counts[bool(private)] += 1
    assert counts[True] >= 8
    assert all("*" not in sentence for sentence in TELEVISION)


def test_only_the_television_speaks_in_the_news(tmp_path: Path) -> None:
    """Whatever wakes there is false."""
    folder = speak_household(tmp_path / "news", seed=1, minutes=0.5, scenes=NEWS)
    truths: list[Truth] = list(open_corpus(folder).truth())
    assert {truth.kind for truth in truths} == {TruthKind.MEDIA, TruthKind.WORD}


def test_a_voice_that_is_not_there_is_told() -> None:
    """espeak-ng would speak with another one."""
    with pytest.raises(LabError, match="lacks one of the voices nobody"):
        speak([Line("hello", "nobody")])


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    """Two households in one folder are none."""
    (tmp_path / "thesis.txt").write_text("do not lose this")
    with pytest.raises(LabError, match="is not empty"):
        speak_household(tmp_path)


def test_the_sound_has_no_peaks_that_are_cut_off(home: Path) -> None:
    """Voices over a television stay below full scale."""
    for path in home.rglob("*.flac"):
        assert np.abs(soundfile.read(path)[0]).max() < 0.99
