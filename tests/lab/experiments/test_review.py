"""How much people hear of a household: rates, caps, and that a missing cap is seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli
from keepmum.lab.event import Timeline
from keepmum.lab.experiments.result import Figure, Kind, Result
from keepmum.lab.experiments.review import measure
from keepmum.lab.figure import Conf, Count
from keepmum.lab.golden import timeline
from keepmum.lab.policy import Policy


def figure(result: Result, case: str, name: str) -> Figure:
    return next(each for each in result.figures if each.case == case and each.name == name)


def test_a_large_vendor_hears_what_its_rate_says(shipped_policies: Mapping[str, Policy]) -> None:
    """0.2 % of 25.2 clips a day are 18.4 a year; the median home hears as many."""
    result = measure(timeline(), [shipped_policies["alexa-2019-default"]], homes=400)
    median = figure(result, "alexa-2019-default", "clips heard of a home, median")
    assert median.value == pytest.approx(18.4, abs=1.0)
    shifts = figure(result, "alexa-2019-default", "shifts for a million homes")
    assert shifts.value == pytest.approx(18.4 * 1_000_000 / 1_000, rel=0.03)
    assert figure(result, "alexa-2019-default", "people who could listen").value == 30_000
    assert figure(result, "alexa-2019-default", "homes that somebody heard").value == pytest.approx(1.0, abs=0.01)


def test_the_cap_holds_and_is_missed_where_it_is_taken_away(shipped_policies: Mapping[str, Policy]) -> None:
    """Four a month, 48 a year; without it hundreds."""
    result = measure(timeline(), [shipped_policies["ours-share"]], homes=60)
    most = figure(result, "ours-share", "clips heard of a home, maximum")
    assert (most.value, most.most) == (48, 48)
    assert result.holds
    [control] = result.controls
    assert control.caught
    assert int(control.by.split()[0]) > 300


def test_a_cap_that_nobody_needs_is_no_control(shipped_policies: Mapping[str, Policy]) -> None:
    """With hardly a clip to hear, its absence is not seen; that is told, and the experiment does not hold."""
    share = shipped_policies["ours-share"]
    cap = Count(value=1_000, conf=Conf.ASSUMED)
    lax = share.model_copy(update={"review": share.review.model_copy(update={"cap_per_month": cap})})
    result = measure(timeline(), [lax], homes=20)
    assert [control.caught for control in result.controls] == [False]
    assert not result.holds


def test_nobody_listens_to_what_was_never_sent(shipped_policies: Mapping[str, Policy]) -> None:
    """A timeline without a wake."""
    quiet = Timeline(30.0, ())
    result = measure(quiet, [shipped_policies["alexa-2019-default"]], homes=5)
    assert figure(result, "alexa-2019-default", "clips heard of a home, maximum").value == 0


def test_policies_that_hear_alike_share_their_figures(shipped_policies: Mapping[str, Policy]) -> None:
    """The same draws for all of them; who is meant stands in a note. All of it is simulated."""
    names = ("alexa-2019-default", "alexa-2025-default", "alexa-2019-autodelete-90", "alexa-2019-autodelete-540")
    result = measure(timeline(), [shipped_policies[name] for name in names], homes=20)
    assert any(note.endswith("alexa-2019-autodelete-90, alexa-2019-autodelete-540") for note in result.notes)
    assert {each.kind for each in result.figures} == {Kind.SIMULATED}
    policies = [shipped_policies["google-2020-optin"]]
    assert measure(timeline(), policies, 20, seed=1) == measure(timeline(), policies, 20, seed=1)
    assert measure(timeline(), policies, 20, seed=1) != measure(timeline(), policies, 20, seed=2)
    with pytest.raises(ValueError, match="0 homes"):
        measure(timeline(), policies, homes=0)


def test_the_command_tells_it_and_writes_it(tmp_path: Path) -> None:
    """Exit code 0: every cap held, and its absence was seen."""
    words = ["lab", "review", "--homes", "30", "--json", str(tmp_path / "review.json")]
    result = CliRunner().invoke(cli.app, words, env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    document = json.loads((tmp_path / "review.json").read_text())
    assert document["holds"]
    assert "ours-share without its cap" in result.stdout
