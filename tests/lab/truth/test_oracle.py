"""Clips are found where they were cut, whatever became of them; clips from nowhere are found nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile

from keepmum.lab.corpus.audio import Samples
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.truth import labels, oracle, tape
from keepmum.lab.truth.changes import BLEEPED, CHANGES, FASTER, PITCHED
from keepmum.lab.truth.oracle import ALIKE, Place, clearer, locate, locate_all
from keepmum.lab.truth.tape import Held, Tape
from keepmum.sound import RATE

SPEECH = Path(__file__).parents[2] / "audio" / "speech"
AT = (1.25, 9.0, 17.5)
"""Seconds of the recording at which clips are cut."""
LASTS = 3.0


def sound(folder: str, count: int) -> Samples:
    """Some recordings of people, one after the other."""
    files = sorted((SPEECH / folder).iterdir())[:count]
    return np.concatenate([soundfile.read(file, dtype="float32")[0] for file in files])


@pytest.fixture(scope="module")
def recording() -> Samples:
    """Half a minute of reading."""
    return sound("librispeech", 6)[: 30 * RATE]


@pytest.fixture(scope="module")
def known(recording: Samples) -> Tape:
    """A corpus: another recording, and that one."""
    return Tape([Held("before", sound("view-glass", 4)), Held("reading", recording)])


def clips(recording: Samples) -> list[Samples]:
    """Three seconds from each place."""
    return [recording[round(at * RATE) : round((at + LASTS) * RATE)] for at in AT]


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_clip_is_found_where_it_was(name: str, recording: Samples, known: Tape) -> None:
    """Within 50 ms, in the right recording, and surely: unchanged, in a room, disguised, bleeped, faster, higher."""
    dice = Random(5)
    places = locate_all([CHANGES[name](clip, dice) for clip in clips(recording)], known)
    assert [place.recording if place else None for place in places] == ["reading"] * len(AT)
    assert [place.at for place in places if place] == pytest.approx(AT, abs=0.05)
    assert all(place.sure for place in places if place)


def test_no_waveform_is_found_at_another_pitch(recording: Samples, known: Tape) -> None:
    """Plain cross-correlation finds none of the clips a tenth faster; what finds them is told with the place."""
    faster = [CHANGES["a tenth faster"](clip, Random(1)) for clip in clips(recording)]
    alone = locate_all(faster, known, ("waveform",))
    assert not any(place.sure for place in alone if place)
    assert not any(abs(place.at - at) < 0.05 for place, at in zip(alone, AT, strict=True) if place)
    both = [place for place in locate_all(faster, known) if place]
    assert {place.by for place in both} == {"loudness"}
    assert [place.tempo for place in both] == pytest.approx([FASTER] * len(AT), abs=0.02)


def test_clips_from_nowhere_are_found_nowhere(known: Tape) -> None:
    """Other people, and the same people backwards: a place is told, and that it is not sure."""
    strangers = clips(sound("snowboy", 12))
    backwards = [clip[::-1].copy() for clip in clips(sound("librispeech", 6))]
    assert [place.sure for place in locate_all([*strangers, *backwards], known) if place] == [False] * 6


@pytest.mark.parametrize("clip", [np.zeros(RATE, np.float32), np.ones(100, np.float32), np.zeros(0, np.float32)])
def test_silence_and_crumbs_come_from_nowhere(clip: Samples, known: Tape) -> None:
    """Nothing is said about them."""
    assert locate(clip, known) is None


def test_a_corpus_of_silence_holds_nothing(recording: Samples) -> None:
    """No division by nothing, and no place."""
    place = locate(clips(recording)[0], Tape([Held("silence", np.zeros(10 * RATE, np.float32))]))
    assert place is None or not place.sure


def test_a_corpus_shorter_than_the_clip_holds_it_not(recording: Samples) -> None:
    """There is no place for all of it."""
    assert locate(recording[: 10 * RATE], Tape([Held("short", recording[: 2 * RATE])])) is None


def test_what_was_played_twice_is_found_all_the_same(recording: Samples) -> None:
    """A jingle: both places are as good, and the score itself is proof."""
    twice = Tape([Held("once", recording[: 10 * RATE]), Held("again", recording[: 10 * RATE])])
    place = locate(recording[2 * RATE : 5 * RATE], twice)
    assert place is not None
    assert (place.at, place.sure) == (pytest.approx(2.0, abs=0.01), True)
    assert place.rival > ALIKE


def test_a_leak_that_is_mixed_with_noise_is_found(recording: Samples, known: Tape) -> None:
    """As loud as itself."""
    noise = np.random.default_rng(1).standard_normal(3 * RATE, np.float32)
    hidden = [clip + noise * np.sqrt(np.mean(clip**2)) for clip in clips(recording)]
    assert [place.at for place in locate_all(hidden, known) if place and place.sure] == pytest.approx(AT, abs=0.05)


def test_the_clearer_of_two_places_counts() -> None:
    """Whatever its score: scores of two ways are no measure for each other."""
    one, other = Place("a", 1.0, 0.9, 0.8, "loudness"), Place("b", 2.0, 0.3, 0.1, "waveform")
    assert clearer(one, other) is other
    assert clearer(one, None) is one
    assert clearer(None, None) is None


@dataclass
class Long:
    """An hour that is made while it is read, and counts how much of it is there at the same time."""

    id: str
    minutes: int
    read: list[int] = field(default_factory=list)

    def blocks(self) -> Iterator[Samples]:
        """Noise, a minute at a time."""
        for minute in range(self.minutes):
            self.read.append(minute)
            yield np.random.default_rng(minute).standard_normal(60 * RATE, np.float32)


@pytest.mark.parametrize("minutes", [6, 60])
def test_a_long_tape_is_read_in_pieces_of_one_size(minutes: int) -> None:
    """An hour needs no more memory than some minutes; whatever is as short as the overlap stands whole in a piece."""
    reel, last = Long("long", minutes), 0
    for piece in Tape([reel]).pieces(3 * RATE):
        assert len(piece.samples) <= tape.BLOCK + 3 * RATE
        assert piece.first <= last
        assert len(reel.read) * 60 * RATE - piece.first < tape.BLOCK + 3 * RATE + 61 * RATE
        last = piece.first + tape.BLOCK
    assert reel.read == list(range(minutes))
    assert last >= minutes * 60 * RATE


def test_a_clip_across_two_pieces_is_found() -> None:
    """Its middle lies where one piece ends."""
    reel = Long("long", 3)
    whole = np.concatenate(list(reel.blocks()))
    first = tape.BLOCK - RATE
    place = locate(whole[first : first + 3 * RATE], Tape([reel]))
    assert place is not None
    assert place.sure
    assert place.at == pytest.approx(first / RATE, abs=0.01)


def test_a_corpus_is_read_from_its_files(tmp_path: Path, recording: Samples) -> None:
    """Whatever their rate; the place names the file as the corpus does."""
    soundfile.write(tmp_path / "one.flac", sound("snowboy", 2), RATE)
    soundfile.write(tmp_path / "two.wav", np.repeat(recording, 2), 2 * RATE)
    place = locate(clips(recording)[1], tape.of(open_corpus(tmp_path)))
    assert place is not None
    assert (place.recording, place.sure) == ("two.wav", True)
    assert place.at == pytest.approx(AT[1], abs=0.05)


@pytest.mark.parametrize("name", ["unchanged", "in a room", "a tenth faster", "a tenth higher"])
def test_tone_labels_tell_the_place(name: str, recording: Samples) -> None:
    """Faster, higher or in a room: within 50 ms, with most signs read right."""
    toned = labels.labelled(recording, seed=3)
    for clip, at in zip(clips(toned), AT, strict=True):
        found = labels.read(CHANGES[name](clip, Random(2)), len(toned), seed=3)
        assert found is not None
        assert found.sample == pytest.approx(at * RATE, abs=0.05 * RATE)
        assert found.right > 0.5


def test_without_labels_nothing_is_read(recording: Samples) -> None:
    """The control: the same speech without tones, or with those of another seed, fits far worse."""
    clip = clips(labels.labelled(recording, seed=3))[0]
    fits = labels.read(clip, len(recording), seed=3)
    others = [labels.read(clip, len(recording), seed=4), labels.read(clips(recording)[0], len(recording), seed=3)]
    assert fits is not None
    assert all(other is not None and other.score < 0.6 * fits.score for other in others)


def test_labels_are_as_quiet_as_they_are_said_to_be(recording: Samples) -> None:
    """20 dB under the speech."""
    tones = labels.labelled(recording, seed=3) - recording
    loud = np.sort(np.abs(recording))[len(recording) // 2 :]
    ratio = np.sqrt(np.mean(tones**2)) / np.sqrt(np.mean(loud**2))
    assert 20 * np.log10(ratio) == pytest.approx(labels.LEVEL, abs=1.0)


def test_a_piece_of_a_labelled_corpus_is_labelled_like_the_whole(recording: Samples) -> None:
    """So that long corpora are labelled piece by piece."""
    whole = labels.signs(0, 3_000, 9)
    assert labels.signs(1_020, 10, 9) == whole[1_020:1_030]
    assert len({tuple(whole[first : first + 8]) for first in range(2_992)}) == 2_992


@pytest.mark.parametrize("clip", [np.zeros(100, np.float32), np.zeros(0, np.float32)])
def test_labels_of_a_crumb_are_not_read(clip: Samples) -> None:
    """It is too short to tell."""
    assert labels.read(clip, RATE, 1) is None


def test_changes_do_what_they_say(recording: Samples) -> None:
    """The room keeps the length, a bleep hides 40 %, faster is shorter, higher is as long."""
    clip = clips(recording)[0]
    made: dict[str, Callable[[], Samples]] = {name: lambda n=name: CHANGES[n](clip, Random(1)) for name in CHANGES}
    assert np.array_equal(made["unchanged"](), clip)
    assert float(np.mean(made["40 % bleeped"]() != clip)) == pytest.approx(BLEEPED, abs=0.01)
    assert len(made["a tenth faster"]()) == pytest.approx(len(clip) / FASTER, abs=2)
    for name in ("in a room", "resonances moved", "a tenth higher"):
        assert len(made[name]()) == len(clip)
    assert set(PITCHED) < set(CHANGES)
    assert len(clip) > oracle.SHORTEST
