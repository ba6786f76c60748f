"""A sound file is decoded whole, or there is one line that says why not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import recording
from keepmum.forge.corpus.features import RATE
from keepmum.forge.corpus.recording import Samples

SECOND = np.sin(np.arange(RATE) / 20).astype(np.float32) / 2


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("This is no sound.\n" * 50)


def no_samples(path: Path) -> None:
    soundfile.write(path, SECOND[:0], RATE)


def silent(path: Path) -> None:
    soundfile.write(path, 0 * SECOND, RATE)


def telephone(path: Path) -> None:
    soundfile.write(path, SECOND[::2], 8000)


def truncated(path: Path) -> None:
    soundfile.write(path, SECOND, RATE)
    path.write_bytes(path.read_bytes()[: RATE // 2])


def cut_flac(path: Path) -> None:
    soundfile.write(path, SECOND, RATE, format="FLAC")
    path.write_bytes(path.read_bytes()[:3000])


def not_finite(path: Path) -> None:
    soundfile.write(path, np.where(np.arange(RATE) == 5, np.nan, SECOND), RATE, subtype="FLOAT")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (empty, "no sound that"),
        (text, "no sound that"),
        (no_samples, "holds no sound"),
        (silent, "is silent"),
        (telephone, "8000 samples a second"),
        (truncated, "lasts 0.2 s, not 1.0 s"),
        (cut_flac, "sound|lasts"),
        (not_finite, "numbers that are no sound"),
    ],
)
def test_what_is_not_what_it_says_is_refused_in_one_line(
    tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    """Every file that would teach nonsense names itself and its fault."""
    path = tmp_path / "a.wav"
    spoil(path)
    with pytest.raises(CorpusError, match=told) as error:
        recording.decode(path, 1.0)
    assert error.value.what.startswith(str(path))
    assert "\n" not in error.value.what


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"),
    [(RATE, 2, "PCM_16"), (RATE, 1, "PCM_24"), (48_000, 1, "PCM_16"), (44_100, 2, "FLOAT")],
)
def test_other_forms_of_good_sound_are_brought_to_ours(tmp_path: Path, rate: int, channels: int, subtype: str) -> None:
    """Two channels are averaged, higher rates brought down, finer samples taken as they are."""
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    soundfile.write(tmp_path / "a.wav", np.stack([tone / 2] * channels, axis=1), rate, subtype=subtype)
    samples = recording.decode(tmp_path / "a.wav", 1.0)
    loudest = np.abs(np.fft.rfft(samples[:RATE])).argmax()
    assert samples.dtype == np.float32
    assert (len(samples), loudest) == (RATE, 440)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_what_libsndfile_stumbles_over_is_left_to_ffmpeg(tmp_path: Path, speech: Samples) -> None:
    """An AAC file, which libsndfile does not know."""
    soundfile.write(tmp_path / "a.wav", speech, RATE)
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "a.wav", "-c:a", "aac", tmp_path / "a.m4a"]
    subprocess.run(command, check=True)
    assert len(recording.decode(tmp_path / "a.m4a")) == pytest.approx(len(speech), abs=0.2 * RATE)


def test_a_missing_ffmpeg_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only ffmpeg could help, the error says which package has it."""
    text(tmp_path / "a.wav")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CorpusError) as told:
        recording.decode(tmp_path / "a.wav")
    assert "ffmpeg" in told.value.hint
