"""`keepmum forge prepare`: from a recipe's name to shards, with plain words about what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum import cli
from keepmum.errors import ConfigError, CorpusError
from keepmum.forge.corpus import shards


def run(*words: str) -> str:
    """What the command prints. Raises what it raises."""
    done = CliRunner().invoke(cli.app, ["forge", "prepare", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_tiny_recipe_is_prepared_with_recordings_and_noises(
    folder_of: Callable[[int], Path], noises: Path, tmp_path: Path
) -> None:
    """Shards, the account in prepared.json, and the same account for people."""
    work = tmp_path / "work"
    told = run("--tiny", "--work", str(work), "--speech", str(folder_of(3)), "--noises", str(noises))
    account = json.loads((work / "prepared/prepared.json").read_text())
    assert f"{account['utterances']} utterances in 1 shards" in told
    assert "espeak-ng: 260 of 4 voices" in told
    assert "home: 4 of 2 voices" in told
    assert "(not stated)" in told
    assert len(shards.read(work / "prepared/000.npz")) == account["utterances"]


def test_a_recipe_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the one that was meant, or its file."""
    with pytest.raises(ConfigError) as told:
        run("en-houshold", "--work", str(tmp_path))
    assert "en-household" in told.value.hint
    with pytest.raises(ConfigError, match=r"mine\.yaml cannot be read"):
        run(str(tmp_path / "mine.yaml"), "--work", str(tmp_path))


def test_folders_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    """A folder of speech without a manifest, a judging folder that is not there, a file for a work folder."""
    with pytest.raises(CorpusError, match="manifest"):
        run("--tiny", "--work", str(tmp_path / "work"), "--speech", str(tmp_path))
    with pytest.raises(CorpusError, match="there is no folder"):
        run("--tiny", "--work", str(tmp_path / "work"), "--judging", str(tmp_path / "nowhere"))
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="cannot be used"):
        run("--tiny", "--work", str(tmp_path / "file"))


def test_a_work_folder_of_another_recipe_is_told(tmp_path: Path) -> None:
    """Nothing of it is touched."""
    (tmp_path / "recipe.json").write_text('{"id": "other"}')
    with pytest.raises(CorpusError, match="begun with another recipe"):
        run("--tiny", "--work", str(tmp_path))
    assert (tmp_path / "recipe.json").read_text() == '{"id": "other"}'
