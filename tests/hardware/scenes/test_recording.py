"""What may stand beside a scene as a sound file, and how everything else is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from keepmum.errors import SceneError
from keepmum.hardware.scenes.recording import load

SAMPLES = (np.sin(np.arange(16_000) * 0.1) * 8_000).astype("int16")


@pytest.mark.parametrize(("name", "form", "subtype"), [("a.wav", "WAV", "PCM_16"), ("a.flac", "FLAC", "PCM_16")])
def test_lossless(tmp_path: Path, name: str, form: str, subtype: str) -> None:
    """A WAV or FLAC file comes out sample for sample."""
    soundfile.write(tmp_path / name, SAMPLES, 16_000, subtype, format=form)
    assert load(tmp_path / name) == SAMPLES.astype("<i2").tobytes()


def test_opus(tmp_path: Path) -> None:
    """An Ogg Opus file comes out as long as it went in, and sounds alike."""
    soundfile.write(tmp_path / "a.opus", SAMPLES, 16_000, "OPUS", format="OGG")
    heard = np.frombuffer(load(tmp_path / "a.opus"), "<i2")
    assert len(heard) == len(SAMPLES)
    assert np.corrcoef(heard, SAMPLES)[0, 1] > 0.95


@pytest.mark.parametrize(
    ("rate", "channels", "subtype", "says"),
    [
        (8_000, 1, "PCM_16", "8000 samples a second"),
        (44_100, 1, "PCM_16", "44100 samples a second"),
        (16_000, 2, "PCM_16", "2 channels"),
        (16_000, 1, "PCM_24", "PCM_24"),
        (16_000, 1, "FLOAT", "FLOAT"),
    ],
)
def test_other_formats(tmp_path: Path, rate: int, channels: int, subtype: str, says: str) -> None:
    """Another rate, width or number of channels is refused, with the command that converts it."""
    soundfile.write(tmp_path / "a.wav", np.zeros((100, channels)), rate, subtype)
    with pytest.raises(SceneError, match=says) as caught:
        load(tmp_path / "a.wav")
    assert "ffmpeg -i a.wav" in caught.value.hint


def test_not_a_wav(tmp_path: Path) -> None:
    """A WAV that is not a WAV is one clear error."""
    (tmp_path / "a.wav").write_text("not a wav at all, whatever its name says")
    with pytest.raises(SceneError, match=r"a\.wav is no sound file"):
        load(tmp_path / "a.wav")


def test_empty(tmp_path: Path) -> None:
    """A file without a sample, or without a byte, is refused."""
    soundfile.write(tmp_path / "a.wav", SAMPLES[:0], 16_000)
    with pytest.raises(SceneError, match="empty"):
        load(tmp_path / "a.wav")
    (tmp_path / "b.wav").write_bytes(b"")
    with pytest.raises(SceneError, match="no sound file"):
        load(tmp_path / "b.wav")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.opus"])
@pytest.mark.parametrize("kept", [0.002, 0.5, 0.999])
def test_truncated(tmp_path: Path, name: str, kept: float) -> None:
    """A file that was cut anywhere is refused, also where its format would let it pass."""
    subtype = {"a.ogg": "VORBIS", "a.opus": "OPUS"}.get(name, "PCM_16")
    form = {"a.wav": "WAV", "a.flac": "FLAC"}.get(name, "OGG")
    soundfile.write(tmp_path / name, SAMPLES, 16_000, subtype, format=form)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(SceneError):
        load(tmp_path / name)


def test_missing(tmp_path: Path) -> None:
    """A missing file, or a folder, is named in the error."""
    with pytest.raises(SceneError, match=r"none\.wav"):
        load(tmp_path / "none.wav")
    with pytest.raises(SceneError, match="no sound file"):
        load(tmp_path)
