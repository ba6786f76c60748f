"""Corpora are read as they were published, without a list that somebody has to write."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from _recordings import record

from keepmum.errors import LabError
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Corpus
from keepmum.lab.corpus.reading import layout_of, list_sounds, open_corpus
from keepmum.lab.marks import MarkKind, TruthKind


def kinds(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Recording, kind and speaker of every truth."""
    return [(truth.recording, truth.kind.value, truth.speaker) for truth in corpus.truth()]


def refused(folder: Path) -> str:
    """What is said about a corpus that cannot be used."""
    with pytest.raises(LabError) as told:
        open_corpus(folder)
    return str(told.value)


def test_a_plain_folder_is_a_corpus(tmp_path: Path) -> None:
    """Recordings by name, with truth beside them if somebody wrote one; a folder below it is a group."""
    record(tmp_path / "b.wav")
    record(tmp_path / "monday" / "a.flac")
    (tmp_path / "b.rttm").write_text("SPEAKER b 1 0.5 1.0 <NA> <NA> anna <NA> <NA>\n")
    (tmp_path / "b.ctm").write_text("b A 0.5 0.3 hello\nb A 0.8 0.3 there\n")
    (tmp_path / "b.happenings.jsonl").write_text(
        '{"recording":"b.wav","begins":1.0,"ends":1.5,"kind":"mute","what":"button"}\n'
    )
    corpus = open_corpus(tmp_path)
    assert [(one.id, one.group, one.words) for one in corpus.recordings] == [
        ("b.wav", "b.wav", 2),
        ("monday/a.flac", "monday", 0),
    ]
    assert kinds(corpus) == [("b.wav", "speech", "anna"), ("b.wav", "word", "A"), ("b.wav", "word", "A")]
    assert [one.kind for one in corpus.sounds[0].happenings] == [MarkKind.MUTE]


def test_librispeech_is_read_as_it_is(tmp_path: Path) -> None:
    """A reader is a group; words are counted, when they were said nobody knows."""
    chapter = tmp_path / "test-clean" / "61" / "70968"
    for number in (0, 1):
        record(chapter / f"61-70968-000{number}.flac")
    (chapter / "61-70968.trans.txt").write_text("61-70968-0000 HE BEGAN A CONFUSED COMPLAINT\n61-70968-0001 GIVE NOT\n")
    corpus = open_corpus(tmp_path)
    assert layout_of(tmp_path) == "librispeech"
    assert [(one.group, one.words) for one in corpus.recordings] == [("61", 5), ("61", 2)]
    assert kinds(corpus)[0] == ("test-clean/61/70968/61-70968-0000.flac", "speech", "61")
    (chapter / "61-70968.trans.txt").write_text("nonsense\n61-70968-0009 NOT THERE\n")
    told = refused(tmp_path)
    assert ":1: is not `READER-CHAPTER-NUMBER TEXT`" in told
    assert "61-70968-0009.flac: there is no such recording" in told


def test_common_voice_is_read_by_its_table(tmp_path: Path) -> None:
    """Clips of one reader are a group; a sentence with quotation marks is whole."""
    for name in ("one", "two"):
        record(tmp_path / "clips" / f"{name}.mp3", 2.0, subtype="MPEG_LAYER_III")
    (tmp_path / "validated.tsv").write_text(
        'client_id\tpath\tsentence\tup_votes\nabcdefabcdef0123\ttwo.mp3\tHe said "yes\t2\nff00\tone.mp3\tNo.\t2\n'
    )
    corpus = open_corpus(tmp_path)
    assert layout_of(tmp_path) == "common-voice"
    assert [(one.id, one.group, one.words) for one in corpus.recordings] == [
        ("clips/two.mp3", "abcdefabcdef", 3),
        ("clips/one.mp3", "ff00", 1),
    ]
    (tmp_path / "corpus.yaml").write_text("table: test.tsv\n")
    assert "there is no table" in refused(tmp_path)
    assert "validated.tsv" in refused(tmp_path)


def test_ami_is_read_with_its_words(tmp_path: Path) -> None:
    """Words make turns; punctuation and words that nobody could align are passed over."""
    record(tmp_path / "amicorpus" / "ES2002a" / "audio" / "ES2002a.Mix-Headset.wav", 6.0)
    words = tmp_path / "annotations" / "words"
    words.mkdir(parents=True)
    (words / "ES2002a.A.words.xml").write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        '<nite:root xmlns:nite="http://nite.sourceforge.net/" nite:id="a">\n'
        '<w nite:id="1" starttime="1.0" endtime="1.4">Okay</w>\n'
        '<w nite:id="2" starttime="1.4" endtime="1.4" punc="true">.</w>\n'
        '<w nite:id="3" starttime="1.5" endtime="1.9">so</w><w nite:id="4">uh</w>\n'
        '<w nite:id="5" starttime="4.0" endtime="4.5">well</w>\n</nite:root>\n'
    )
    corpus = open_corpus(tmp_path)
    assert layout_of(tmp_path) == "ami"
    truths = list(corpus.truth())
    assert [(one.begins, one.ends) for one in truths if one.kind is TruthKind.SPEECH] == [(1.0, 1.9), (4.0, 4.5)]
    assert [one.what for one in truths if one.kind is TruthKind.WORD] == ["okay", "so", "well"]
    assert corpus.recordings[0].group == "ES2002a"


def test_ami_words_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    """Entities that stand for each other; and XML that is none."""
    record(tmp_path / "ES2002a.Mix.wav", 2.0)
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x><w starttime="0" endtime="1">&b;</w></x>'
    for text, told in ((bomb, "is no list of words of AMI"), ("<x><w>", "is no XML")):
        (tmp_path / "ES2002a.A.words.xml").write_text(text)
        assert told in refused(tmp_path)


def test_dipco_is_read_with_each_microphones_own_clock(tmp_path: Path) -> None:
    """The arrays began at other moments than the close microphones."""
    for name in ("S02_U01.CH1.wav", "S02_P05.wav"):
        record(tmp_path / "audio" / "dev" / name, 6.0)
    lists = tmp_path / "transcriptions" / "dev"
    lists.mkdir(parents=True)
    entry = {
        "start_time": {"U01": "00:00:02.50", "close-talk": "00:00:01.00"},
        "end_time": {"U01": "00:00:04.50", "close-talk": "00:00:03.00"},
        "words": "[noise] pass the salt",
        "speaker_id": "P05",
        "session_id": "S02",
    }
    (lists / "S02.json").write_text(json.dumps([entry]))
    corpus = open_corpus(tmp_path)
    assert layout_of(tmp_path) == "dipco"
    assert [(truth.recording, truth.begins) for truth in corpus.truth()] == [
        ("dev/S02_P05.wav", 1.0),
        ("dev/S02_U01.CH1.wav", 2.5),
    ]
    assert {one.words for one in corpus.recordings} == {3}
    (lists / "S02.json").write_text(json.dumps([{**entry, "end_time": {"U01": "soon", "close-talk": "soon"}}, 7]))
    told = refused(tmp_path)
    assert "entry 1: ValueError 'soon' is no time" in told
    assert "entry 2" in told


def test_a_list_without_sound_takes_the_users_own_recordings_by_their_sum(tmp_path: Path) -> None:
    """Broadcast television is published as a list; whoever recorded the same programme has the same figures."""
    mine = record(tmp_path / "my-recordings" / "news.flac", 3.0)
    digest = hashlib.sha256(mine.read_bytes()).hexdigest()
    published = tmp_path / "published"
    published.mkdir()
    row = {"file": "news.flac", "kind": "media", "sha256": digest, "group": "the news", "text": "good evening"}
    (published / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    assert "news.flac: there is no such recording" in refused(published)
    (published / "corpus.yaml").write_text("audio: ../my-recordings\n")
    corpus = open_corpus(published)
    assert kinds(corpus) == [("news.flac", "media", "")]
    assert (corpus.recordings[0].group, corpus.recordings[0].words) == ("the news", 2)
    record(mine, 3.5)
    assert f"not {digest[:12]}… as its list says" in refused(published)


def test_every_wrong_line_of_a_list_is_told(tmp_path: Path) -> None:
    """A path that leads out of the folder, an unknown key, a file twice."""
    record(tmp_path / "a.wav")
    (tmp_path / "manifest.jsonl").write_text(
        '{"file": "../a.wav"}\n{"file": "a.wav", "colour": 1}\n{"file": "a.wav"}\n{"file": "a.wav"}\nno\n'
    )
    told = refused(tmp_path)
    for part in (":1: file Value error, leads out", ":2: colour", ":5: ", "a.wav: stands on the list twice"):
        assert part in told


def test_what_is_said_to_another_phrase_is_not_said_to_this_speaker(tmp_path: Path) -> None:
    """The same recording is a command for one phrase, and talk for every other."""
    record(tmp_path / "a.wav")
    (tmp_path / "manifest.jsonl").write_text('{"file": "a.wav", "kind": "wake", "phrase": "computer"}\n')
    assert [kind for _, kind, _ in kinds(open_corpus(tmp_path, "computer"))] == ["command", "speech"]
    assert [kind for _, kind, _ in kinds(open_corpus(tmp_path, "alexa"))] == ["speech"]


def test_keepmums_own_recordings_are_a_corpus() -> None:
    """Those that its tests play: 1.15 hours, with the phrase that each of them says."""
    listed = list_sounds(Path(__file__).parents[2] / "audio", About(), "alexa")
    assert listed.problems == ()
    assert len(listed.sounds) == 1070
    assert 1.14 < sum(sound.seconds or 0.0 for sound in listed.sounds) / 3600 < 1.16
    said = [sound for sound in listed.sounds if TruthKind.COMMAND in {truth.kind for truth in sound.told()}]
    assert len(said) == 164
    assert all(sound.id.startswith("wake/alexa/") for sound in said)


def test_the_sum_of_a_corpus_knows_every_truth_and_no_place(tmp_path: Path) -> None:
    """It is the same wherever the folder lies, and another one when a word is."""
    sums = []
    for name, word in (("one", "hello"), ("two", "hello"), ("three", "hullo")):
        record(tmp_path / name / "a.wav")
        (tmp_path / name / "a.ctm").write_text(f"a A 0.5 0.3 {word}\n")
        sums.append(open_corpus(tmp_path / name).sha256)
    assert sums[0] == sums[1] != sums[2]
