"""Programs that speak: each gives sound, and one that is not there says which package has it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import voices
from keepmum.forge.corpus.features import RATE
from keepmum.forge.corpus.voices import Line, Manner

PROGRAMS = ("espeak-ng", "flite", "festival")


def engine(program: str) -> voices.Engine:
    """The driver of a program that is installed here."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    return voices.engine(program, "en")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_speaks_with_each_of_its_voices(program: str) -> None:
    """A second or two of sound at half of full scale, the same every time."""
    speaker = engine(program)
    cast = speaker.voices()
    lines = [Line("what's the time, please", voice, Manner(1.1, 0.4, 0.5)) for voice in (cast[0], cast[-1])]
    sounds = speaker.say(lines)
    assert all(0.7 * RATE < len(sound) < 4 * RATE for sound in sounds)
    assert all(np.abs(sound).max() == pytest.approx(0.5, abs=0.03) and sound.dtype == np.float32 for sound in sounds)
    assert all(np.array_equal(*pair) for pair in zip(sounds, speaker.say(lines), strict=True))


@pytest.mark.parametrize("program", ["espeak-ng", "flite"])
def test_a_manner_changes_how_long_it_takes(program: str) -> None:
    """Somebody who dictates takes longer than somebody in a hurry."""
    speaker = engine(program)
    voice = speaker.voices()[0]
    hurried, slow = speaker.say([Line("turn it off", voice, Manner(each, 0.5, 0.5)) for each in (0.8, 1.3)])
    assert len(slow) > 1.2 * len(hurried)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_program_names_its_package(program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever has not got it reads what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CorpusError, match=f"{program} is not installed") as told:
        voices.engine(program, "en").voices()
    assert told.value.hint == f"install the Debian package {program}"


def test_a_missing_voice_names_its_package() -> None:
    """festival's voices are packages of their own."""
    assert voices.package("festival", ["rab_diphone", "ked_diphone"]) == (
        "install the Debian packages festvox-kdlpc16k festvox-rablpc16k"
    )
    engine("festival")
    with pytest.raises(CorpusError, match="no voice nobody_diphone"):
        voices.engine("festival", "en").say([Line("hello", "nobody_diphone", Manner(1, 0.5, 0.5))])


def test_accents_are_a_languages_own_and_need_no_other_program() -> None:
    """English has several, none of them by mbrola; a language that espeak-ng lacks is told."""
    accents = voices.Espeak("en").accents()
    assert {"en-us", "en-gb"} <= set(accents)
    assert not [accent for accent in accents if "mb" in accent]
    with pytest.raises(CorpusError, match="speaks no xx"):
        voices.Espeak("xx").accents()


def test_a_voice_that_is_silent_is_an_error() -> None:
    """A file of zeros would teach that words sound like nothing."""
    with pytest.raises(CorpusError, match=r"silent|no sound"):
        engine("espeak-ng").say([Line(" ", "m1", Manner(1, 0.5, 0.5))])


def test_manners_differ() -> None:
    """Chance covers the hurried and the slow, the deep and the high."""
    manners = [Manner.drawn(random.Random(number)) for number in range(200)]
    assert min(each.stretch for each in manners) < 0.85
    assert max(each.stretch for each in manners) > 1.2
    assert len(set(manners)) == 200
