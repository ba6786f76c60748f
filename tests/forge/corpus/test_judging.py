"""What judges a model does not train it, under whatever name and in whatever coding."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import judging, manifest
from keepmum.forge.corpus.manifest import Recording

FolderOf = Callable[[int], Path]


@pytest.fixture
def people(folder_of: FolderOf) -> list[Recording]:
    """Eight recordings of four speakers."""
    return manifest.read(folder_of(4))


@pytest.fixture
def judges(tmp_path: Path) -> Path:
    """A folder within a folder, with a text that is no sound."""
    folder = tmp_path / "judges" / "deep"
    folder.mkdir(parents=True)
    (folder / "LICENCES.md").write_text("all good")
    (folder / "broken.wav").write_bytes(b"RIFF")
    return folder


def test_other_recordings_may_judge(people: list[Recording], judges: Path) -> None:
    """Also by the same voices, and of the same sentences by others."""
    shutil.copy(people[0].path, judges / "a.wav")
    assert judging.among(people[1:], [judges.parent]) == frozenset()
    assert judging.among(people, []) == frozenset()


def test_a_copy_under_another_name_is_found(people: list[Recording], judges: Path) -> None:
    """It, and nothing else."""
    shutil.copy(people[2].path, judges / "renamed.bin")
    assert judging.among(people, [judges.parent]) == {people[2].path}


@pytest.mark.parametrize(("form", "coding"), [("FLAC", "PCM_16"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")])
def test_a_copy_in_another_coding_is_found(people: list[Recording], judges: Path, form: str, coding: str) -> None:
    """Without loss or with it, and with the silence that a coder puts before it."""
    sound, rate = soundfile.read(people[5].path)
    soundfile.write(judges / f"copy.{form.lower()}", 0.7 * sound, rate, format=form, subtype=coding)
    assert judging.among(people, [judges.parent]) == {people[5].path}


def test_a_folder_that_is_not_there_is_told(people: list[Recording], tmp_path: Path) -> None:
    """A misspelt folder must not mean that nothing judges."""
    with pytest.raises(CorpusError, match="there is no folder"):
        judging.among(people, [tmp_path / "nowhere"])
