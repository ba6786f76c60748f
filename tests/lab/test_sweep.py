"""Sweeps and comparisons: what an assumption does to a figure, and what differs between two runs beyond chance."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli
from keepmum.errors import LabError
from keepmum.lab.evaluate.compare import are_paired, compare, refuse_other_assumptions, told_of
from keepmum.lab.evaluate.replaying import Assumptions, again, replay
from keepmum.lab.evaluate.sweep import Sweep, assumed, span, steps, varied
from keepmum.lab.events import Home
from keepmum.lab.marks import Mark, MarkKind
from keepmum.lab.policy import Policy
from keepmum.lab.run import Run, open_run

sys.path.insert(0, str(Path(__file__).parent))
import _golden_run
import _small_run

DAYS = 4
AT = Assumptions(Home(hours=24.0, longest=43.0))


def written(folder: Path, found: tuple[Mark, ...] | None = None, name: str = "") -> Path:
    """Four days of the golden household as a run."""
    recordings = tuple(
        recording.model_copy(update={"id": recording.id, "sha256": name}) for recording in _golden_run.recordings(DAYS)
    )
    return _small_run.write_small_run(
        folder,
        facts=_golden_run.FACTS,
        recordings=recordings,
        found=_golden_run.found(DAYS) if found is None else found,
        truth=_golden_run.true(DAYS),
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return open_run(written(tmp_path_factory.mktemp("sweep") / "run"))


def keepmum(*words: str) -> str:
    result = CliRunner().invoke(cli.app, list(words), env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_tornado_has_every_assumed_number(run: Run, shipped_policies: Mapping[str, Policy]) -> None:
    """The policy's and the home's; the mightiest first; what cannot matter does not."""
    alexa = shipped_policies["alexa-2019-default"]
    middle, swings = Sweep(run, AT).tornado(alexa, "reviews_per_year")
    assert [swing.key for swing in swings] == [
        "review.rate",
        "home.hours",
        "home.approves",
        "home.longest",
        "upload.cloud_reject",
        "upload.tail_ms",
    ]
    rate = swings[0]
    assert middle.value is not None
    assert rate.at_least == pytest.approx(middle.value * 0.0005 / 0.002)
    assert rate.at_most == pytest.approx(middle.value * 0.01 / 0.002)
    assert {swing.width for swing in swings[2:]} == {0.0}
    assert {key for key, _, _ in assumed(alexa)} == {swing.key for swing in swings}


def test_a_number_in_a_list_can_be_varied(shipped_policies: Mapping[str, Policy]) -> None:
    """An identifier's days, by its place; the policy itself stays as it was."""
    share = shipped_policies["ours-share"]
    changed = varied(share, "identifiers.0.days", 7.0)
    assert changed.identifiers[0].days is not None
    assert changed.identifiers[0].days.value == 7.0
    assert share.identifiers[0].days is not None
    assert share.identifiers[0].days.value == 1.0


def test_a_number_that_is_none_or_impossible_is_refused(run: Run, shipped_policies: Mapping[str, Policy]) -> None:
    """With the nearest that there is, and with what is wrong."""
    alexa = shipped_policies["alexa-2019-default"]
    with pytest.raises(LabError, match="has no number") as caught:
        varied(alexa, "review.rates", 0.1)
    assert "review.rate" in caught.value.hint
    with pytest.raises(LabError, match="7 cannot be"):
        varied(alexa, "review.rate", 7.0)
    with pytest.raises(LabError, match="no policy has a number"):
        Sweep(run, AT).over([alexa], "home.cats", [1.0])
    with pytest.raises(LabError, match="there is no figure"):
        Sweep(run, AT).tornado(alexa, "clips")
    with pytest.raises(LabError, match="cannot be said"):
        Sweep(run, AT).tornado(shipped_policies["local-only"], "linkability")


def test_hours_a_day_move_what_is_counted_by_the_year(run: Run, shipped_policies: Mapping[str, Policy]) -> None:
    """And nothing that is counted by the hour."""
    alexa = shipped_policies["alexa-2019-default"]
    two, four = Sweep(run, AT).over([alexa], "home.hours", [2.0, 4.0])
    yearly = [each.row(alexa.id, "reviews_per_year").value for each in (two, four)]
    hourly = [each.row(alexa.id, "upload_s_per_h").value for each in (two, four)]
    assert yearly[1] == pytest.approx(2 * yearly[0])  # type: ignore[operator]
    assert hourly[0] == pytest.approx(hourly[1])


def test_a_stricter_first_look_wakes_less(run: Run, shipped_policies: Mapping[str, Policy]) -> None:
    """Scores below are as if nobody had heard; a laxer one than the run's own cannot be had."""
    sweep, alexa = Sweep(run, AT), shipped_policies["alexa-2019-default"]
    lax, strict = sweep.stricter([alexa], "first", [0.3, 0.6])
    assert strict.row("*", "first_look_false_per_h").value < lax.row("*", "first_look_false_per_h").value  # type: ignore[operator]
    assert strict.row("*", "first_look_recall").value == 1.0, "commands scored 0.9"
    with pytest.raises(LabError, match=r"made with a first threshold of 0\.3"):
        sweep.stricter([alexa], "first", [0.1])
    _, deaf = sweep.stricter([alexa], "second", [0.1, 0.95])
    assert deaf.row("*", "wake_recall").value == 0.0


@pytest.mark.parametrize(
    ("text", "values"), [("0.3:0.5:0.1", [0.3, 0.4, 0.5]), ("1:1:1", [1.0]), ("0:1:0.4", [0.0, 0.4, 0.8])]
)
def test_a_span_is_its_steps(text: str, values: list[float]) -> None:
    """The last one included if a step falls on it."""
    assert steps(text) == values
    assert span(f"home.hours={text}") == ("home.hours", values)


@pytest.mark.parametrize(
    "text", ["", "1", "1:2", "a:b:c", "2:1:1", "1:2:0", "1:2:-1", "0:1:0.00001", "0:inf:1", "nan:1:1"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    """With how it is written."""
    with pytest.raises(LabError, match="is no span"):
        steps(text)
    with pytest.raises(LabError, match="says no span"):
        span(text)


def test_a_sweep_writes_its_plot_and_its_table(run: Run) -> None:
    """Both in the plots of the run; the same bytes every time."""
    replay(run, AT)
    told = keepmum("lab", "sweep", str(run.folder), "--over", "home.hours=1:16:5", "--metric", "reviews_per_year")
    assert told.splitlines()[0].split() == ["home.hours", "reviews_per_year"]
    files = sorted((run.folder / "plots").glob("sweep-*"))
    assert [file.suffix for file in files] == [".csv", ".svg"]
    rows = list(csv.DictReader(files[0].read_text().splitlines()))
    assert [row["home.hours"] for row in rows] == ["1", "6", "11", "16"]
    before = [file.read_bytes() for file in files]
    keepmum("lab", "sweep", str(run.folder), "--over", "home.hours=1:16:5", "--metric", "reviews_per_year")
    assert [file.read_bytes() for file in files] == before
    told = keepmum("lab", "sweep", str(run.folder), "--threshold", "0.3:0.9:0.3", "--look", "second")
    assert "wake_recall" in told.splitlines()[0]
    told = keepmum("lab", "sweep", str(run.folder), "--metric", "reviews_per_year")
    assert "review.rate" in told
    assert list((run.folder / "plots").glob("tornado-*.svg"))


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--policy", "alexa-2019-defalt"], "was not replayed under"),
        (["--metric", "exposure"], "there is no figure"),
        (["--over", "home.hours=1:4:1", "--metric", "exposure"], "there is no figure"),
        (["--threshold", "0.3:0.6:0.1", "--look", "third"], "there is no look"),
    ],
)
def test_a_wrong_wish_is_told(run: Run, words: list[str], what: str) -> None:
    """In one line, before anything is drawn."""
    replay(run, AT)
    with pytest.raises(LabError, match=what):
        keepmum("lab", "sweep", str(run.folder), *words)


def test_a_run_differs_from_itself_by_nothing(run: Run) -> None:
    """In no figure, and chance is not asked."""
    evaluation = replay(run, AT)
    pairs = compare(run, run, evaluation, evaluation)
    assert {pair.difference for pair in pairs} <= {0.0, None}
    assert not any(pair.is_told_apart for pair in pairs)
    assert are_paired(run, run)


def test_a_deafer_speaker_is_told_apart(tmp_path: Path, run: Run) -> None:
    """Over the same recordings the difference is paired; what chance could do is not told as a finding."""
    found = _golden_run.found(DAYS)
    confirmed = [mark for mark in found if mark.kind is MarkKind.CONFIRMED]
    lost = {(mark.recording, mark.begins) for mark in confirmed[::2]}
    deaf = tuple(
        mark
        for mark in found
        if mark.kind not in (MarkKind.CONFIRMED, MarkKind.COMMAND) or (mark.recording, mark.begins) not in lost
    )
    other = open_run(written(tmp_path / "deaf", deaf))
    pairs = compare(run, other, replay(run, AT), replay(other, AT))
    recall = next(pair for pair in pairs if pair.metric == "wake_recall")
    assert recall.difference is not None
    assert recall.difference < -0.3
    assert recall.is_told_apart
    same = next(pair for pair in pairs if pair.metric == "first_look_recall")
    assert same.difference == 0.0
    line = next(line for line in told_of(pairs) if line[1] == "wake_recall")
    assert (line[0], line[-1]) == ("the run itself", "more than chance")
    printed = keepmum("lab", "compare", str(run.folder), str(other.folder))
    assert "paired: both heard the same recordings" in printed
    assert keepmum("lab", "compare", str(run.folder), str(other.folder), "--csv", "--all").startswith("policy,metric,")


def test_other_recordings_are_drawn_apart(tmp_path: Path, run: Run) -> None:
    """The same marks over recordings with other sums: no pairs, so wider intervals."""
    other = open_run(written(tmp_path / "other", name="f" * 64))
    assert not are_paired(run, other)
    evaluation = replay(run, AT)
    pairs = compare(run, other, evaluation, replay(other, AT))
    rates = next(pair for pair in pairs if pair.metric == "first_look_false_per_h")
    assert rates.difference == 0.0


def test_other_assumptions_are_no_difference_between_runs(tmp_path: Path, run: Run) -> None:
    """They are refused, with what to do."""
    replay(run, AT)
    other = open_run(written(tmp_path / "other"))
    replay(other, Assumptions())
    with pytest.raises(LabError, match="other assumptions: --hours-a-day 24 --longest 43, and the usual ones"):
        keepmum("lab", "compare", str(run.folder), str(other.folder))
    refuse_other_assumptions(AT, again(run)[1])


def test_own_policies_can_be_swept(run: Run, my_folder: Callable[..., Path]) -> None:
    """As soon as the run was replayed under them."""
    replay(run, AT, my_folder())
    assert "upload.tail_ms" in keepmum("lab", "sweep", str(run.folder), "--policy", "mine", "--metric", "tail_s_per_h")
    replay(run, AT)
