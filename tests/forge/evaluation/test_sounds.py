"""What a recording sounds like in the room, and which recordings there are."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from keepmum.errors import CorpusError, ModelError
from keepmum.forge.evaluation import sounds
from keepmum.forge.evaluation.corpus import recordings
from keepmum.forge.evaluation.crew import Crew
from keepmum.sound import BLOCK_BYTES, RATE

VOICE = (3_000 * np.sin(np.arange(RATE) * 0.3)).astype(np.float32)
NOISE = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32) * 500


def samples(sound: bytes) -> np.ndarray:
    return np.frombuffer(sound, "<i2").astype(np.float32)


def test_the_noise_lies_as_far_below_the_voice_as_was_asked() -> None:
    """10 dB by default, over the whole recording and the room around it, in whole blocks."""
    loud, quiet = (samples(sounds.heard(VOICE, "a", NOISE, ratio)) for ratio in (10.0, 30.0))
    for sound, ratio in ((loud, 10.0), (quiet, 30.0)):
        below = 20 * np.log10(sounds.level(VOICE) / np.sqrt(np.mean(sound[: sounds.BEFORE] ** 2)))
        assert below == pytest.approx(ratio, abs=0.5)
    assert len(loud) * 2 % BLOCK_BYTES == 0


def test_the_same_recording_always_sounds_the_same() -> None:
    """And another name has another noise."""
    assert sounds.heard(VOICE, "a", NOISE) == sounds.heard(VOICE, "a", NOISE)
    assert sounds.heard(VOICE, "a", NOISE) != sounds.heard(VOICE, "b", NOISE)


def test_a_voice_ends_where_it_falls_silent() -> None:
    """To 50 ms, whatever silence follows; what is silent all through ends with its file."""
    tail = np.concatenate([VOICE, np.zeros(RATE, np.float32)])
    assert sounds.voice_in(tail)[1] == pytest.approx(1.0, abs=0.06)
    assert sounds.voice_in(tail[::-1])[0] == pytest.approx(len(tail) / RATE - 1.0, abs=0.06)
    assert sounds.voice_in(np.zeros(RATE, np.float32)) == (0.0, 1.0)


def test_what_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    """A text by the name of a sound, and too few samples a second; both with their name."""
    (tmp_path / "a.wav").write_text("hello")
    with pytest.raises(CorpusError, match=r"a\.wav: no sound"):
        sounds.read(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.wav", VOICE / 32768, 8_000)
    with pytest.raises(CorpusError, match=r"b\.wav: 8000 samples a second"):
        sounds.read(tmp_path / "b.wav")


def test_a_recording_is_read_in_the_scale_of_the_microphone(tmp_path: Path) -> None:
    """16-bit samples come out as they went in."""
    soundfile.write(tmp_path / "a.wav", VOICE.astype(np.int16), RATE)
    assert np.array_equal(sounds.read(tmp_path / "a.wav"), VOICE.astype(np.int16).astype(np.float32))


def test_every_fault_of_a_manifest_is_told_at_once(tmp_path: Path) -> None:
    """What is no line of it, and a file that is not there; the good lines stand in order."""
    good = {"file": "a.wav", "kind": "wake", "source": "s", "phrase": None}
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "manifest.jsonl").write_text(
        "\n".join([json.dumps(good), "nonsense", json.dumps(good | {"file": "b"})])
    )
    with pytest.raises(ModelError, match=r"line 2 is no recording; line 3: b is not there"):
        recordings(tmp_path)
    (tmp_path / "manifest.jsonl").write_text(json.dumps(good))
    assert [(one.name, one.phrase) for one in recordings(tmp_path)] == [("a.wav", "")]
    with pytest.raises(ModelError, match="cannot be read"):
        recordings(tmp_path / "nowhere")


def test_answers_come_in_order_from_any_number_of_processes() -> None:
    """One or two processes give the same list."""
    numbers = [float(number) for number in range(20)]
    assert Crew(1).each("roots", math.sqrt, numbers) == Crew(2).each("roots", math.sqrt, numbers)
    assert Crew(1).each("roots", math.sqrt, numbers) == [math.sqrt(number) for number in numbers]
