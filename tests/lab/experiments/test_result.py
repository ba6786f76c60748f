"""How experiments tell what they found: no share without its interval, and no silence about what was not caught."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from keepmum.commands.lab_experiments import told
from keepmum.lab.experiments.result import Control, Figure, Result, rate, share, spread
from keepmum.lab.intervals import garwood, quantile, wilson

KEPT = share("as shipped", "late bytes", 0, 200, most=0)
BROKEN = Figure("as shipped", "late bytes", 3, "bytes", most=0)
CAUGHT, MISSED = Control("late mute", True, "40 ms"), Control("lying ring", False, "no red light was false")


def result(*figures: Figure, controls: tuple[Control, ...] = (CAUGHT,)) -> Result:
    return Result("mute", "Is mute mute?", 7, figures, controls, ("On this machine.",))


def test_a_share_of_nothing_still_has_an_upper_limit() -> None:
    """None of 200 is not zero: with 95 % confidence it is below two in a hundred. Without a trial there is no value."""
    assert (KEPT.value, (KEPT.low, KEPT.high), KEPT.n) == (0.0, wilson(0, 200), 200)
    assert 0.018 < (KEPT.high or 0) < 0.02
    assert share("never tried", "late bytes", 0, 0).value is None


def test_a_rate_has_garwoods_interval() -> None:
    """Divided by the time in which the events came."""
    low, high = garwood(5)
    told = rate("broker down", "reconnects", 5, 2.0, "a minute")
    assert (told.value, told.low, told.high, told.n) == (2.5, low / 2, high / 2, 5)
    assert rate("broker down", "reconnects", 0, 0.0, "a minute").value is None


def test_times_have_a_median_a_tail_and_a_worst() -> None:
    """The median and the 95th percentile with exact limits, the maximum without: nobody knows how bad it can get."""
    median, tail, worst = spread("press", "last sample", [each / 100 for each in range(100)], "s", most=1.0)
    assert (median.value, median.low, median.high) == pytest.approx((0.495, 0.39, 0.6))
    assert (tail.value, worst.value, worst.high) == pytest.approx((0.9405, 0.99, None))
    assert worst.kept
    assert not spread("press", "last sample", [2.0], "s", most=1.0)[-1].kept
    assert not spread("press", "last sample", [], "s", most=1.0)[0].kept, "nothing counted keeps no promise"


def test_a_small_sample_gives_no_limits_that_it_does_not_have() -> None:
    """Six values enclose the median, five do not; a thousand are no too large number of ways."""
    assert quantile([1, 2, 3, 4, 5], 0.5)[1:] == (None, None)
    assert quantile([6, 1, 2, 3, 4, 5], 0.5) == (3.5, 1, 6)
    assert quantile(range(5_000), 0.5)[1:] == (2430, 2569)
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_what_holds_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every promise kept and every control caught: figures, controls and notes on the screen, and the same as JSON."""
    told(result(KEPT), tmp_path / "mute.json")
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("late bytes", "0 – 0.0188", "as promised", "late mute", "caught", "On this"))
    document = json.loads((tmp_path / "mute.json").read_text())
    assert (document["format"], document["holds"], document["seed"]) == ("experiment/1", True, 7)
    assert document["figures"][0] | {"value": 0.0, "n": 200, "kind": "measured"} == document["figures"][0]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (result(BROKEN), "promise broken: as shipped: late bytes: 3 bytes, 0 at most"),
        (result(KEPT, controls=(CAUGHT, MISSED)), "control not caught: lying ring (no red light was false)"),
        (result(Figure("x", "bytes", None, most=0)), "promise broken: x: bytes: nothing to count, 0 at most"),
    ],
)
def test_what_does_not_hold_ends_with_1_and_says_why(
    found: Result, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken promise, a planted defect that nobody saw, and a promise about nothing at all."""
    with pytest.raises(typer.Exit) as ended:
        told(found, None)
    assert ended.value.exit_code == 1
    assert line in capsys.readouterr().err.splitlines()


def test_scripts_get_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Infinity, which JSON does not know, is null there."""
    told(result(Figure("deleted", "time", float("inf"), "s")), Path("-"))
    assert json.loads(capsys.readouterr().out)["figures"][0]["value"] is None
