"""What a replay leaves in a run's folder: flows, refusals with their reasons, figures; all of it or nothing."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from keepmum.errors import LabError
from keepmum.lab.evaluate import folder
from keepmum.lab.evaluate.evaluation import evaluate
from keepmum.lab.evaluate.replaying import Assumptions, again
from keepmum.lab.events import Home
from keepmum.lab.run import open_run
from keepmum.lab.shelf import Shelf

sys.path.insert(0, str(Path(__file__).parent))
import _small_run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return _small_run.write_small_run(tmp_path / "run")


def test_a_replay_writes_everything_down(small: Path) -> None:
    """Flows, refusals with their reasons, figures, differences, and the truth in the usual formats."""
    run = open_run(small)
    whole = evaluate(run, Shelf().policies(), seed=run.facts.seed)
    files = {file.name: file.read_text() for file in folder.write(run, whole)}
    flows = [json.loads(line) for line in files["flows.jsonl"].splitlines()]
    alexa = [flow for flow in flows if flow["policy"] == "alexa-2019-default"]
    assert [flow["event"] for flow in alexa] == [1, 1, 2, 2, 3, 3]
    assert (alexa[0]["what"], alexa[0]["seconds"], alexa[0]["retention_days"]) == ("audio", 3.5, "inf")
    lines = list(csv.DictReader(files["decisions.csv"].splitlines()))
    assert len(lines) == 4 * 22
    ours = [line for line in lines if line["policy"] == "ours-share"]
    assert [(line["leaves"], line["reason"]) for line in ours] == [
        ("no", "not_sent"),
        ("yes", ""),
        ("no", "not_sent"),
        ("no", "not_sent"),
    ], "the last one woke it by mistake, and was not understood"
    assert files["metrics.csv"].startswith("policy,metric,value,lo,hi,n,unit,kind\n")
    assert files["differences.csv"].splitlines()[0].endswith(",kind,against")
    assert json.loads(files["metrics.json"])["assumed"]["hours_a_day"] == 4.0
    assert "SPEAKER evening.flac 1 2.800 1.200 <NA> <NA> ben <NA> <NA>\n" in files["truth.rttm"]
    assert "evening.flac 1 3.000 0.400 marta\n" in files["truth.ctm"]
    assert not list(small.glob(".*")), "nothing half-written stays"


def test_the_same_run_gives_the_same_bytes(small: Path) -> None:
    """In every file."""
    run = open_run(small)
    first = {file: file.read_bytes() for file in folder.write(run, evaluate(run, Shelf().policies(), seed=7))}
    again = {file: file.read_bytes() for file in folder.write(run, evaluate(run, Shelf().policies(), seed=7))}
    assert first == again
    other = folder.write(run, evaluate(run, Shelf().policies(), seed=8))
    assert {file.name for file in other if file.read_bytes() != first[file]} <= {
        "metrics.csv",
        "metrics.json",
        "differences.csv",
        "flows.jsonl",
        "decisions.csv",
    }


def test_a_folder_that_takes_nothing_is_told(small: Path) -> None:
    """In one sentence, and nothing half-written stays."""
    (small / "metrics.csv").mkdir()
    run = open_run(small)
    with pytest.raises(LabError, match=r"metrics\.csv cannot be written"):
        folder.write(run, evaluate(run, Shelf().policies()))
    assert not list(small.glob(".*"))


def test_a_replay_with_impossible_assumptions_is_refused() -> None:
    """In one line that says what could be."""
    for home, what in ((Home(hours=25), "hours"), (Home(approves=2), "approves"), (Home(longest=0), "longest")):
        with pytest.raises(LabError, match=f"{what} cannot be"):
            Assumptions(home)
    with pytest.raises(LabError, match="horizon"):
        Assumptions(horizon=0)


def test_a_damaged_metrics_file_is_told(tmp_path: Path) -> None:
    """What a report is made of cannot be guessed."""
    place = _small_run.write_small_run(tmp_path / "run")
    (place / "metrics.json").write_text("{}")
    with pytest.raises(LabError, match="does not say how it was made"):
        again(open_run(place))
