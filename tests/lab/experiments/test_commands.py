"""The experiments as a person types them: each teaches with an example, and `all` sums them up in one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from keepmum import cli
from keepmum.commands import lab, lab_all
from keepmum.commands.lab_all import Made
from keepmum.commands.lab_experiments import PANEL
from keepmum.errors import LabError

GROUP = typer.main.get_command(lab.app)
WORDS = lab_all._words(GROUP)
WIDE = {"COLUMNS": "200", "TERM": "dumb"}
HOLDS: dict[str, Any] = {
    "question": "Is mute mute?",
    "figures": [{"value": 0.0, "most": 0}, {"value": 5.0, "most": None}],
    "controls": [{"caught": True}],
}


def keepmum(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["lab", *words], env=WIDE, catch_exceptions=False)


def test_all_knows_every_experiment() -> None:
    """Whatever stands in that part of the help, but itself."""
    assert {"faults", "mute", "consent", "deletion"} <= set(WORDS)
    assert "all" not in WORDS
    assert "policies" not in WORDS


@pytest.mark.parametrize("word", WORDS)
def test_every_experiment_has_the_shared_options_and_an_example(word: str) -> None:
    """`--seed` and `--json`, what ends with 1, and something to copy."""
    page = keepmum(word, "--help").stdout
    for wanted in ("--seed", "--json", "Examples", f"keepmum lab {word}", "Exit code 1"):
        assert wanted in page, wanted


def test_the_help_of_all_says_what_it_does() -> None:
    """And stands behind the other experiments in the list."""
    assert "Exit code 1" in keepmum("all", "--help").stdout
    assert isinstance(GROUP, TyperGroup)
    experiments = [name for name, one in GROUP.commands.items() if getattr(one, "rich_help_panel", "") == PANEL]
    assert experiments[-1] == "all"


def test_a_fault_that_there_is_not_is_told_with_those_that_there_are() -> None:
    """Before anything is started."""
    with pytest.raises(LabError) as caught:
        keepmum("faults", "--only", "meteor")
    assert "meteor" in caught.value.what
    assert "speaker's disk full" in caught.value.hint


def test_json_goes_to_stdout_alone(tmp_path: Path) -> None:
    """`--json -` is for scripts; a file gets the same, and the screen a table."""
    result = keepmum("mute", "--cycles", "2", "--json", str(tmp_path / "mute.json"))
    assert result.exit_code == 0, result.output
    document = json.loads((tmp_path / "mute.json").read_text())
    assert (document["experiment"], document["holds"], len(document["controls"])) == ("mute", True, 2)
    assert "press to the last sample" in result.stdout
    assert "caught" in result.stdout


# ---- all


@pytest.fixture
def summed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """`keepmum lab all`, where each experiment has already been made and found this."""

    def run(*made: Made, only: Sequence[str] = ()) -> Result:
        found = {each.word: each for each in made}
        monkeypatch.setattr(lab_all, "_words", lambda _lab: list(found))
        monkeypatch.setattr(lab_all, "_made", lambda word, _file, _seed: found[word])
        return keepmum("all", "--out", str(tmp_path / "findings"), *only)

    return run


def test_all_ends_well_when_all_holds(summed: Callable[..., Result]) -> None:
    """One line for each, with its promises and controls counted: a figure without a promise is none."""
    result = summed(Made("mute", True, HOLDS, []), Made("consent", True, HOLDS, []))
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith(("mute", "consent"))]
    assert [line[0] for line in lines] == ["mute", "consent"]
    assert all(" ".join(line).endswith("holds 1 of 1 kept 1 of 1 caught Is mute mute?") for line in lines)


def test_all_ends_with_1_when_one_does_not_hold(summed: Callable[..., Result]) -> None:
    """It says which, and why; one that could not be made has found nothing."""
    broken = {**HOLDS, "figures": [{"value": 3.0, "most": 0}], "controls": [{"caught": False}]}
    result = summed(
        Made("mute", True, HOLDS, []),
        Made("consent", False, broken, ["control not caught: a consent that is cached"]),
        Made("faults", False, {}, ["keepmum: error: mosquitto is not installed"]),
    )
    assert result.exit_code == 1
    assert "DOES NOT HOLD" in result.stdout
    assert "0 of 1 kept" in result.stdout
    assert "NOT MADE" in result.stdout
    assert "consent: control not caught: a consent that is cached" in result.stderr
    assert "faults: keepmum: error: mosquitto is not installed" in result.stderr


def test_all_can_be_some(summed: Callable[..., Result]) -> None:
    """In the order of the help, whichever is named first; what is no experiment is told before anything is made."""
    both = Made("mute", True, HOLDS, []), Made("consent", True, HOLDS, [])
    result = summed(*both, only=("--only", "consent", "--only", "mute"))
    assert [line.split()[0] for line in result.stdout.splitlines() if "holds" in line] == ["mute", "consent"]
    assert "consent" not in summed(*both, only=("--only", "mute")).stdout
    with pytest.raises(LabError) as caught:
        keepmum("all", "--only", "meteor")
    assert "meteor" in caught.value.what
    assert caught.value.hint == "these are: mute, consent"


def test_an_experiment_that_cannot_be_made_tells_why(tmp_path: Path) -> None:
    """Its process's last words, and no document."""
    made = lab_all._made("no-such-experiment", tmp_path / "x.json", 1)
    assert (made.holds, made.document) == (False, {})
    assert "no-such-experiment" in " ".join(made.told)
