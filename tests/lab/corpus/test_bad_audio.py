"""What cannot be heard is refused with its reason, and everything that is wrong with a corpus is told at once."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from _recordings import RATE, hum, record

from keepmum.errors import LabError
from keepmum.lab.corpus import audio
from keepmum.lab.corpus.reading import open_corpus
from keepmum.sound import seconds


def refused(folder: Path) -> str:
    """What is said about a corpus that cannot be used."""
    with pytest.raises(LabError) as told:
        open_corpus(folder)
    return str(told.value)


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    """Whatever its ending says."""
    (tmp_path / "text.wav").write_text("this is no sound")
    assert re.search(r"text\.wav: is no recording that can be read", refused(tmp_path))


def test_an_empty_recording_is_refused(tmp_path: Path) -> None:
    """A header without samples, and a file without bytes."""
    record(tmp_path / "header.wav", 0.0)
    (tmp_path / "nothing.flac").write_bytes(b"")
    told = refused(tmp_path)
    assert "header.wav: is empty" in told
    assert "nothing.flac: is no recording" in told


def test_telephone_sound_is_refused(tmp_path: Path) -> None:
    """8,000 samples a second lack half of what the wake engines listen for; nobody makes them up."""
    record(tmp_path / "call.wav", rate=8_000)
    assert "call.wav: has 8000 samples a second; the speaker's ears need 16000" in refused(tmp_path)


def test_two_channels_are_refused_until_somebody_chooses(tmp_path: Path) -> None:
    """To average two microphones is to hear a third one that nobody had."""
    record(tmp_path / "room.wav", channels=2)
    assert 'room.wav: has 2 channels; say in corpus.yaml which is heard (channel: "1")' in refused(tmp_path)
    left, right = hum(2.0, channels=2).T
    for choice, wanted in (('"1"', left), ('"2"', right), ("mean", (left + right) / 2)):
        (tmp_path / "corpus.yaml").write_text(f"channel: {choice}\n")
        corpus = open_corpus(tmp_path)
        heard = np.frombuffer(audio.stretch(tmp_path / "room.wav", 0.0, 2.0, corpus.channel), "<i2")
        assert np.abs(heard / 32_768 - wanted).max() < 1e-4, choice
    (tmp_path / "corpus.yaml").write_text('channel: "3"\n')
    assert "room.wav: has 2 channels, not 3" in refused(tmp_path)


def test_finer_samples_are_rounded_to_what_the_microphone_gives(tmp_path: Path) -> None:
    """24 bits become 16, each sample the nearest one."""
    record(tmp_path / "studio.wav", subtype="PCM_24")
    assert open_corpus(tmp_path).seconds == 2.0
    heard = np.frombuffer(audio.stretch(tmp_path / "studio.wav", 0.0, 2.0), "<i2")
    assert np.abs(heard / 32_768 - hum(2.0)).max() <= 0.51 / 32_768


def test_more_samples_a_second_are_brought_down(tmp_path: Path) -> None:
    """A recording at 48,000 lasts as long as it did, and its tones stay where they were."""
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)
    soundfile.write(tmp_path / "tone.wav", tone, 48_000, subtype="PCM_16")
    heard = audio.stretch(tmp_path / "tone.wav", 0.0, 2.0)
    assert abs(seconds(heard) - 2.0) < 0.01
    spectrum = np.abs(np.fft.rfft(np.frombuffer(heard, "<i2")[:RATE]))
    assert int(spectrum.argmax()) == 440


@pytest.mark.parametrize(
    ("ending", "subtype"), [("wav", "PCM_16"), ("flac", "PCM_16"), ("ogg", "OPUS"), ("ogg", "VORBIS")]
)
def test_a_truncated_recording_is_refused(tmp_path: Path, ending: str, subtype: str) -> None:
    """A copy that stopped half way: the file says that there is more than there is, or does not say that it ended."""
    whole = record(tmp_path / f"cut.{ending}", 20.0, subtype=subtype).read_bytes()
    assert open_corpus(tmp_path).seconds == pytest.approx(20.0)
    (tmp_path / f"cut.{ending}").write_bytes(whole[: len(whole) // 2])
    assert re.search(rf"cut\.{ending}: is (cut short|broken|no recording)", refused(tmp_path))


def test_numbers_that_are_no_sound_are_refused(tmp_path: Path) -> None:
    """A recording in floating point can hold what no microphone gives."""
    sound = hum(2.0)
    sound[100] = np.nan
    soundfile.write(tmp_path / "broken.wav", sound, RATE, subtype="FLOAT")
    assert "broken.wav: holds numbers that are no sound" in refused(tmp_path)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Nobody has to start five times; and a good recording among bad ones is not complained about."""
    record(tmp_path / "good.wav")
    record(tmp_path / "call.wav", rate=8_000)
    record(tmp_path / "room.wav", channels=2)
    record(tmp_path / "empty.wav", 0.0)
    (tmp_path / "text.wav").write_text("no sound")
    told = refused(tmp_path)
    assert "4 problems in this corpus" in told
    assert all(name in told for name in ("call.wav", "room.wav", "empty.wav", "text.wav"))
    assert "good.wav" not in told


def test_what_is_left_out_by_name_is_not_opened(tmp_path: Path) -> None:
    """Who knows that a recording is bad says so once, in the corpus."""
    record(tmp_path / "good.wav")
    record(tmp_path / "calls" / "one.wav", rate=8_000)
    (tmp_path / "corpus.yaml").write_text("leave_out: [calls/*]\n")
    assert [recording.id for recording in open_corpus(tmp_path).recordings] == ["good.wav"]


def test_a_folder_without_recordings_is_no_corpus(tmp_path: Path) -> None:
    """Nor is a folder that is not there."""
    assert "there are no recordings in it" in refused(tmp_path)
    assert "there is no folder" in refused(tmp_path / "nowhere")


def test_a_slip_in_corpus_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    """An unknown key is an error, and so is a layout that nobody knows; both at once."""
    record(tmp_path / "good.wav")
    (tmp_path / "corpus.yaml").write_text("layuot: ami\nlayout: librispech\n")
    told = refused(tmp_path)
    assert "corpus.yaml:1: layuot: there is no such key" in told
    assert "did you mean layout?" in told
    assert "did you mean librispeech?" in told


def test_a_long_recording_is_read_a_stretch_at_a_time(tmp_path: Path) -> None:
    """Any stretch is the same samples as in the whole recording, in FLAC, WAV and Ogg."""
    for ending, subtype in (("flac", "PCM_16"), ("wav", "PCM_16"), ("ogg", "OPUS")):
        path = record(tmp_path / f"long.{ending}", 70.0, subtype=subtype)
        whole = audio.stretch(path, 0.0, 70.0)
        for begins, ends in ((0.0, 10.0), (31.2, 48.88), (60.0, 70.0)):
            part = whole[round(begins * RATE) * 2 : round(ends * RATE) * 2]
            found = audio.stretch(path, begins, ends)
            difference = np.frombuffer(part, "<i2").astype(int) - np.frombuffer(found, "<i2")
            assert np.abs(difference).max() <= (0 if ending != "ogg" else 600), (ending, begins)
