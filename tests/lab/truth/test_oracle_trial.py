"""The trial of the oracle tells what it finds, and catches an oracle that is deaf or that accuses anybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from keepmum.cli import app
from keepmum.errors import LabError
from keepmum.lab.experiments import oracle as trial
from keepmum.lab.experiments.oracle import measure
from keepmum.lab.truth import oracle
from keepmum.lab.truth.changes import CHANGES
from keepmum.sound import RATE

SPEECH = Path(__file__).parents[2] / "audio" / "speech" / "librispeech"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of speech, and four changes."""
    monkeypatch.setattr(trial, "MINUTES", 1.0)
    monkeypatch.setattr(trial, "LABELLED", 20 * RATE)
    monkeypatch.setattr(
        trial,
        "CHANGES",
        {name: CHANGES[name] for name in ("unchanged", "in a room", "a tenth faster", "a tenth higher")},
    )


@pytest.mark.usefixtures("small")
def test_the_trial_finds_every_clip() -> None:
    """All of them, of speech made on the spot; clips from nowhere are told apart."""
    result = measure(None, 4, 3.0, 7)
    assert result.holds, (result.broken, result.missed)
    found = {each.case: each.value for each in result.figures if each.name == "found within 50 ms"}
    assert found["unchanged"] == found["in a room"] == 1.0


@pytest.mark.usefixtures("small")
def test_a_deaf_oracle_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds nothing, and the promise is broken."""
    monkeypatch.setattr(oracle, "locate_all", lambda clips, *_more, **_how: [None] * len(clips))
    result = measure(None, 4, 3.0, 7)
    assert [figure.name for figure in result.broken] == ["not found"]
    assert [control.name for control in result.missed] == ["a leak hidden under noise as loud as itself"]


@pytest.mark.usefixtures("small")
def test_an_oracle_that_accuses_anybody_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is sure of every place that it names."""
    monkeypatch.setattr(oracle, "SURE", {"waveform": 1.0, "loudness": 1.0})
    missed = {control.name for control in measure(None, 4, 3.0, 7).missed}
    assert missed == {"voices that the corpus does not have", "its own clips, backwards"}


@pytest.mark.parametrize(("seconds", "level", "told"), [(5, 0.1, "too few"), (30, 0.0, "no sound in this corpus")])
def test_a_corpus_that_is_too_short_or_silent_is_told(tmp_path: Path, seconds: int, level: float, told: str) -> None:
    """There has to be something to find, and something to get lost in."""
    noise = np.random.default_rng(1).standard_normal(seconds * RATE) * level
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    with pytest.raises(LabError, match=told):
        measure(tmp_path, 4, 3.0, 7)


def test_the_command_says_where_a_clip_comes_from(tmp_path: Path) -> None:
    """Recording, second and score; it ends with 1, because a leak was found, and with 0 for a stranger."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    files = sorted(SPEECH.iterdir())
    for file in files[:3]:
        (corpus / file.name).write_bytes(file.read_bytes())
    sound, rate = soundfile.read(files[1], dtype="float32")
    soundfile.write(tmp_path / "clip.wav", sound[rate : 4 * rate], rate)
    found = CliRunner().invoke(app, ["lab", "locate", str(tmp_path / "clip.wav"), "--corpus", str(corpus)])
    assert found.exit_code == 1, found.output
    assert files[1].name in found.output
    assert "1.00 s" in found.output
    stranger, rate = soundfile.read(files[40], dtype="float32")
    soundfile.write(tmp_path / "other.wav", stranger[rate : 4 * rate], rate)
    other = CliRunner().invoke(app, ["lab", "locate", str(tmp_path / "other.wav"), "--corpus", str(corpus)])
    assert other.exit_code == 0, other.output
    assert "not surely" in other.output
