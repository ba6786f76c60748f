"""Programs speak a script once, go on where they were stopped, and keep some voices for the evaluation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import manifest, synthetic, voices
from keepmum.forge.corpus.features import RATE
from keepmum.forge.recipe import Engine, Recipe

Progress = Callable[[str, int, int], None]


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def with_engines(recipe: Recipe, *engines: Engine) -> Recipe:
    """The recipe with other programs."""
    return recipe.model_copy(update={"synthetic": recipe.synthetic.model_copy(update={"engines": engines})})


def test_everything_of_the_script_is_spoken_and_listed(recipe: Recipe, tmp_path: Path, unwatched: Progress) -> None:
    """A file for each line, 16,000 samples a second, and a manifest with what is said and by whom."""
    assert synthetic.speak(recipe, tmp_path, 1, unwatched) == []
    spoken = manifest.read(tmp_path / "synthetic")
    assert len(spoken) == 12
    assert {one.voice for one in spoken} == {("espeak-ng", "m1"), ("espeak-ng", "f2")}
    for one in spoken:
        told = soundfile.info(one.path)
        assert (told.samplerate, told.channels, told.format) == (RATE, 1, "FLAC")
        assert told.duration == pytest.approx(one.seconds, abs=0.001)


def test_held_out_voices_speak_for_the_evaluation_alone(recipe: Recipe, tmp_path: Path, unwatched: Progress) -> None:
    """In a folder of their own."""
    synthetic.speak(recipe, tmp_path, 1, unwatched)
    assert {one.speaker for one in manifest.read(tmp_path / "held-out")} == {"f5"}
    assert "f5" not in {one.speaker for one in manifest.read(tmp_path / "synthetic")}


def test_by_default_every_voice_but_the_held_out_trains(recipe: Recipe) -> None:
    """A recipe that names none takes all of the program's."""
    scripts, _ = synthetic.script(with_engines(recipe, Engine(program="espeak-ng", utterances=200, held_out=("f5",))))
    cast = {part.line.voice for scene in scripts["synthetic"] for part in scene.parts}
    assert cast == set(voices.Espeak("en").voices()) - {"f5"}


def test_the_script_is_the_same_every_time(recipe: Recipe) -> None:
    """Text, voice and manner of each line follow from its own seed."""
    assert synthetic.script(recipe) == synthetic.script(recipe)
    other = recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": 2})})
    assert synthetic.script(recipe) != synthetic.script(other)


def test_after_a_stop_only_the_rest_is_spoken(
    recipe: Recipe, tmp_path: Path, unwatched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there stays as it is; what is missing comes, as it would have."""
    synthetic.speak(recipe, tmp_path / "whole", 1, unwatched)
    monkeypatch.setattr(synthetic, "_TOGETHER", 5)
    (tmp_path / "stopped").mkdir()

    def stop(_what: str, done: int, _whole: int) -> None:
        if done == 1:
            raise Stopped

    with pytest.raises(Stopped):
        synthetic.speak(recipe, tmp_path / "stopped", 1, stop)
    kept = sorted((tmp_path / "stopped" / "synthetic").glob("*.flac"))
    assert len(kept) == 5
    before = [path.stat().st_mtime_ns for path in kept]
    synthetic.speak(recipe, tmp_path / "stopped", 1, unwatched)
    assert [path.stat().st_mtime_ns for path in kept] == before
    files = sorted(path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*.*"))
    assert len(files) == 12 + 3 + 2
    assert all((tmp_path / "whole" / each).read_bytes() == (tmp_path / "stopped" / each).read_bytes() for each in files)


def test_a_missing_program_ends_everything_unless_it_is_optional(
    recipe: Recipe, tmp_path: Path, unwatched: Progress
) -> None:
    """An optional one is told, and the others speak."""
    strange = Engine(program="espeak-ng", utterances=3, voices=("nobody",))
    with pytest.raises(CorpusError, match="espeak-ng has no voice nobody"):
        synthetic.speak(with_engines(recipe, strange), tmp_path, 1, unwatched)
    optional = strange.model_copy(update={"optional": True})
    told = synthetic.speak(with_engines(recipe, *recipe.synthetic.engines, optional), tmp_path, 1, unwatched)
    assert len(told) == 1
    assert "nobody" in told[0]
    assert len(manifest.read(tmp_path / "synthetic")) == 12


def test_a_program_whose_voices_are_all_held_out_is_told(recipe: Recipe) -> None:
    """Nobody would be left to train."""
    with pytest.raises(CorpusError, match="every voice of espeak-ng is held out"):
        synthetic.script(
            with_engines(recipe, Engine(program="espeak-ng", utterances=1, voices=("m1",), held_out=("m1",)))
        )
