"""No broken file of a speech model takes the process down: it is refused before Vosk sees it, or does no harm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from keepmum.errors import ModelError
from keepmum.listener.speech.model_folder import _FILES, SUMS, vocabulary
from keepmum.settings import SpeechSettings

BUNDLED = SpeechSettings().model


class Ending(NamedTuple):
    """How opening a broken model ended."""

    file: str
    done: str
    how: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundled model without its sums."""
    copy = tmp_path_factory.mktemp("broken") / "model"
    shutil.copytree(BUNDLED, copy, ignore=shutil.ignore_patterns(SUMS))
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755)
    return copy


@pytest.fixture(scope="module")
def endings(folder: Path) -> list[Ending]:
    """Every file, cut and garbled in many places."""
    program = [sys.executable, str(Path(__file__).with_name("broken_models.py")), str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return [Ending(*json.loads(line)) for line in done.stdout.splitlines()]


def test_every_broken_file_is_refused_or_does_no_harm(endings: list[Ending]) -> None:
    """Hundreds of breaks, each in a process of its own; none is killed, none hangs, none ends otherwise."""
    assert [each for each in endings if each.how not in ("refused", "heard")] == []
    assert {each.file for each in endings} == {*_FILES, ""}
    assert len(endings) > 200
    assert endings[-1] == Ending("", "whole", "heard")


def test_every_cut_file_is_refused(endings: list[Ending]) -> None:
    """Even where Vosk would have gone on with fewer words. Settings that lack whole lines are settings, too."""
    assert [each for each in endings if each.how == "heard" and each.done.startswith("cut") and not _whole(each)] == []


def _whole(ending: Ending) -> bool:
    """Whether a settings file was cut between two lines."""
    size = int(ending.done.removeprefix("cut at "))
    return ending.file.startswith("conf/") and (BUNDLED / ending.file).read_bytes()[:size].endswith(b"\n")


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("conf/mfcc.conf", "--num-ceps=40", "--num-ceps=13", "gives 13 of 40 features where the network wants 40"),
        ("conf/mfcc.conf", "=16000", "=8000", "says 8000 samples a second"),
        ("conf/mfcc.conf", "--dither=0", "--dither 0", "has a line that is no --option=value"),
        ("graph/words.txt", "alexa ", "computer ", "is not a list of words and their numbers"),
        ("graph/phones/word_boundary.int", "157 singleton\n", "", "does not name every phone"),
        ("graph/disambig_tid.int", "627", "27", "names a transition that is in use"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    tmp_path: Path, folder: Path, name: str, old: str, new: str, told: str
) -> None:
    """Each is well formed alone."""
    copy = shutil.copytree(folder, tmp_path / "model")
    text = (copy / name).read_text()
    assert old in text
    (copy / name).write_text(text.replace(old, new))
    with pytest.raises(ModelError, match=told):
        vocabulary(copy)


def test_sums_that_were_cut_are_no_reason_to_trust(tmp_path: Path, folder: Path) -> None:
    """What they no longer name is looked through as if there were none."""
    copy = shutil.copytree(folder, tmp_path / "model")
    (copy / SUMS).write_text("".join((BUNDLED / SUMS).read_text().splitlines(keepends=True)[:2]))
    assert vocabulary(copy) == vocabulary(BUNDLED)
    content = (copy / "graph" / "HCLr.fst").read_bytes()
    (copy / "graph" / "HCLr.fst").write_bytes(content[:-9])
    with pytest.raises(ModelError, match=r"graph/HCLr\.fst is cut short"):
        vocabulary(copy)
