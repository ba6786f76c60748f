"""A run's folder is opened whole or not at all: what another version wrote, or nobody finished, is refused by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from keepmum.errors import LabError
from keepmum.lab.marks import MarkKind
from keepmum.lab.run import open_run, read_facts, write_facts

sys.path.insert(0, str(Path(__file__).parent))

from _small_run import FACTS, MARKS_OF_IT, RECORDINGS_OF_IT, TRUTH_OF_IT, write_small_run


def refused(folder: Path) -> str:
    """What is said about a folder that cannot be opened."""
    with pytest.raises(LabError) as told:
        open_run(folder)
    return str(told.value)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Facts, recordings, marks and truths, in their order."""
    run = open_run(write_small_run(tmp_path / "run"))
    assert run.facts == FACTS
    assert (run.recordings, run.marks, run.truth) == (RECORDINGS_OF_IT, MARKS_OF_IT, TRUTH_OF_IT)
    assert run.seconds == 180.0


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    """And the hint says how one is made."""
    told = refused(tmp_path)
    assert "there is no run in" in told
    assert "keepmum lab run CORPUS --out FOLDER" in told


def test_a_run_of_another_format_is_refused_by_name(tmp_path: Path) -> None:
    """With the version that wrote it, before anything else of it is read."""
    folder = write_small_run(tmp_path / "run")
    text = (folder / "run.yaml").read_text()
    (folder / "run.yaml").write_text(text.replace("run/1", "run/2").replace("0.1.0", "7.0.0") + "dreams: 7\n")
    told = refused(folder)
    assert "its format is 'run/2', written by keepmum 7.0.0; this keepmum reads 'run/1'" in told


def test_a_run_that_did_not_end_is_refused(tmp_path: Path) -> None:
    """Half of a corpus would be a figure of half a corpus."""
    folder = write_small_run(tmp_path / "run")
    (folder / "marks.jsonl").unlink()
    told = refused(folder)
    assert "this run has not come to its end" in told
    assert FACTS.command in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed: 7", 'seed: "seven"', "seed: Input should be a valid integer"),
        ("seed: 7", 'seed: 7\nhost: "pi"', "host: Extra inputs are not permitted"),
        ('date: "2026-11-22"', 'date: "yesterday"', "date: String should match"),
        ("seed: 7", "seed: 7\nseed: 8", "stands twice"),
        ('format: "run/1"', "- run", "run.yaml"),
    ],
)
def test_facts_that_are_none_are_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    """An unknown key among them: it could be a fact that changes everything."""
    folder = write_small_run(tmp_path / "run")
    text = (folder / "run.yaml").read_text()
    assert old in text
    (folder / "run.yaml").write_text(text.replace(old, new))
    assert told in refused(folder)


def test_a_mark_of_a_recording_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    """Then files of two runs lie in one folder."""
    folder = write_small_run(tmp_path / "run", recordings=RECORDINGS_OF_IT[:1])
    assert "recordings.jsonl lacks news.flac" in refused(folder)


def test_facts_are_yaml_and_tell_no_machine(tmp_path: Path) -> None:
    """One key a line; no host, no user, no time but the one that somebody gave."""
    write_facts(tmp_path, FACTS)
    text = (tmp_path / "run.yaml").read_text()
    assert read_facts(tmp_path) == FACTS
    assert {line.partition(":")[0] for line in text.splitlines()} == set(type(FACTS).model_fields)
    assert not {"host", "user", "time", "folder"} & set(type(FACTS).model_fields)


def test_every_kind_of_mark_can_be_kept(tmp_path: Path) -> None:
    """Also those that only experiments with the whole speaker write."""
    marks = tuple(MARKS_OF_IT[0].model_copy(update={"kind": kind, "what": "x"}) for kind in MarkKind)
    assert open_run(write_small_run(tmp_path / "run", found=marks)).marks == marks
