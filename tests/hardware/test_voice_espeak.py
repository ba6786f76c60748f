"""The voice: real espeak-ng, in the project's format, with its words out of everybody's sight."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from keepmum.errors import SpeakerError
from keepmum.hardware.voice_espeak import Espeak
from keepmum.sound import seconds


def program(folder: Path, voices: str, speech: str) -> str:
    """A program that answers like espeak-ng, but speaks as the test wants."""
    file = folder / "espeak"
    file.write_text(f'#!/bin/sh\ncase "$1" in --voices*) {voices};; *) {speech};; esac\n')
    file.chmod(0o755)
    return str(file)


def test_speaks() -> None:
    """A sentence becomes a second or two of sound, below full scale and not silent."""
    pcm = Espeak("en-gb").speak("the kitchen light is on")
    samples = np.abs(np.frombuffer(pcm, "<i2").astype(int))
    assert 0.8 < seconds(pcm) < 3
    assert 5_000 < samples.max() <= 29_000


def test_speed() -> None:
    """More words a minute take less time."""
    slow, fast = (seconds(Espeak("en-gb", speed).speak("one two three four five six")) for speed in (100, 300))
    assert 1.5 < slow / fast < 4


def test_resampling(tmp_path: Path) -> None:
    """The engine's 22,050 samples a second become our 16,000, at the same length and pitch, with the peak held."""
    tone = np.sin(2 * np.pi * 1_000 * np.arange(22_050) / 22_050)
    soundfile.write(tmp_path / "tone.wav", tone, 22_050, "PCM_16")
    pcm = Espeak("en-gb", program=program(tmp_path, "espeak-ng $1", f"cat {tmp_path}/tone.wav")).speak("hello")
    samples = np.frombuffer(pcm, "<i2")
    assert seconds(pcm) == pytest.approx(1.0, abs=0.001)
    assert np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples) == pytest.approx(1_000, abs=2)
    assert 28_900 <= np.abs(samples).max() <= 29_000


def test_same_words_same_bytes() -> None:
    """The same words give the same bytes, so a scene means the same every time."""
    assert Espeak("en-us+f3", 150).speak("hello") == Espeak("en-us+f3", 150).speak("hello")


@pytest.mark.parametrize("text", ["-v de hello", "--help", "ünïcode £5", "a\nb", "$(id) `id`", "x" * 2_000])
def test_any_text(text: str) -> None:
    """No text is taken for an option or a command."""
    assert seconds(Espeak("en-gb").speak(text)) > 0.1


def test_nothing_to_say() -> None:
    """Nothing to say is no sound."""
    assert Espeak("en-gb").speak("  \n") == b""


def test_words_stay_out_of_the_process_list(tmp_path: Path) -> None:
    """What is said is handed over by a pipe and stands on no command line."""
    said = tmp_path / "said"
    fake = program(tmp_path, "espeak-ng $1", f'echo "$@" > {said}; exec espeak-ng "$@"')
    assert Espeak("en-gb", program=fake).speak("secret words")
    assert said.read_text() == "--stdin --stdout -v en-gb -s 160\n"


@pytest.mark.parametrize("voice", ["en-gb", "EN-GB", "en-us+f3", "gmw/en-US", "de", "en-us+Alicia"])
def test_voices(voice: str) -> None:
    """Voices are known by language, name or file, with a variant or without."""
    assert Espeak(voice).speak("hello")


@pytest.mark.parametrize(
    ("voice", "says"),
    [
        ("en-bg", "no voice 'en-bg'"),
        ("", "no voice ''"),
        ("en-gb+f33", "no voice variant 'f33'"),
        ("--help", "no voice '--help'"),
    ],
)
def test_unknown_voice(voice: str, says: str) -> None:
    """A voice that espeak-ng would silently replace by another one is refused."""
    with pytest.raises(SpeakerError, match=says) as caught:
        Espeak(voice)
    assert "espeak-ng --voices" in caught.value.hint


def test_did_you_mean() -> None:
    """A slip of the finger is pointed out."""
    with pytest.raises(SpeakerError) as caught:
        Espeak("en-gbb")
    assert "did you mean 'en-gb'?" in caught.value.hint


def test_impossible_speed() -> None:
    """A speed that espeak-ng does not have is refused."""
    with pytest.raises(SpeakerError, match="20 words a minute"):
        Espeak("en-gb", 20)


def test_missing(tmp_path: Path) -> None:
    """Without espeak-ng the error says how to get it."""
    with pytest.raises(SpeakerError, match=r"there is no .*espeak") as caught:
        Espeak("en-gb", program=str(tmp_path / "espeak-ng"))
    assert caught.value.hint == "sudo apt install espeak-ng"


def test_cannot_be_started(tmp_path: Path) -> None:
    """A program that may not be run is one clear error."""
    (tmp_path / "espeak-ng").write_text("no program")
    with pytest.raises(SpeakerError, match="cannot be started: Permission denied"):
        Espeak("en-gb", program=str(tmp_path / "espeak-ng"))


@pytest.mark.parametrize(("speech", "says"), [("exit 3", "failed with status 3"), ("echo no wave", "gave no sound")])
def test_fails(tmp_path: Path, speech: str, says: str) -> None:
    """An engine that fails, or gives something that is no sound, is one clear error."""
    voice = Espeak("en-gb", program=program(tmp_path, "espeak-ng $1", speech))
    with pytest.raises(SpeakerError, match=says):
        voice.speak("hello")
