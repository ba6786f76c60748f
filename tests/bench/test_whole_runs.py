"""Whole runs of pytest on a described bench: one that is broken, one that is a person, and what their reports say."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as Xml
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Report:
    """What a run said: its status, its last lines, and each test with how it ended and why."""

    status: int
    printed: str
    ended: dict[str, str]
    reasons: set[str]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Report]:
    """Run tests/bench on a bench with these words in its file, and with these answers from a person."""

    def begin(bench: str, *words: str, answers: str = "") -> Report:
        (tmp_path / "bench.yaml").write_text(bench)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-s", str(HERE)]
        command += ["--bench", str(tmp_path / "bench.yaml"), "--junitxml", str(tmp_path / "junit.xml"), *words]
        command += ["--bench-out", str(tmp_path / "out"), "--basetemp", str(tmp_path / "runs")]
        done = subprocess.run(command, input=answers, capture_output=True, text=True, cwd=ROOT, check=False)
        ended, reasons = {}, set()
        written = tmp_path / "junit.xml"
        for case in Xml.parse(written).iter("testcase") if written.exists() else ():
            ways = [child for child in case if child.tag in ("failure", "error", "skipped")]
            ended[str(case.get("name"))] = ways[0].tag if ways else "passed"
            reasons |= {str(way.get("message")) for way in ways if way.tag == "skipped"}
        return Report(done.returncode, done.stdout + done.stderr, ended, reasons)

    return begin


def test_a_broken_bench_skips_the_rest(run: Callable[..., Report]) -> None:
    """One test fails, and says what is broken; no scenario does, for nothing was found out about the speaker."""
    report = run("mains: {driver: commands, cut: /no, restore: /no, kill: /no, up: /no}\nhand: {driver: human}\n")
    assert report.status == 1
    assert report.ended.pop("test_the_bench_itself_works") == "failure"
    assert len(report.ended) > 20
    assert set(report.ended.values()) == {"skipped"}
    (reason,) = report.reasons
    assert "the bench is broken: mains: /no cannot be run" in reason


def test_a_person_as_the_bench(run: Callable[..., Report]) -> None:
    """What a person can do is played; what nobody can is skipped with the reason; what they saw decides."""
    bench = (
        "name: by-hand\nhand: {driver: human}\neye: {driver: human}\nmeter: {driver: human}\nmains: {driver: human}\n"
    )
    only = "test_the_bench_itself_works or listening-survives-kill or bounce or unplug"
    # press; hold; open?; still?; kill; open?; still?; green?
    report = run(bench, "-k", only, answers="\n\ny\ny\n\ny\ny\ny\n")
    assert report.status == 0, report.printed
    assert report.ended["test_the_bench_itself_works"] == "passed"
    assert report.ended["test_scenario[listening-survives-kill]"] == "passed"
    assert report.ended["test_scenario[unplug-and-replug]"] == "skipped"
    assert "the by-hand jig has no pulses, book" in report.reasons
    assert ">>> Hold the button down for 1 s" in report.printed


def test_a_person_who_leaves(run: Callable[..., Report]) -> None:
    """The scenario during which nobody answered fails; all that follow are skipped."""
    bench = "".join(f"{role}: {{driver: human}}\n" for role in ("hand", "eye", "meter", "mains", "plug"))
    report = run(bench, answers="\n")
    assert report.ended["test_the_bench_itself_works"] == "passed"
    assert [how for how in report.ended.values() if how not in ("passed", "skipped")] == ["failure"]
    assert any("the bench is broken: nobody answers" in reason for reason in report.reasons)


def test_a_file_that_is_wrong(run: Callable[..., Report]) -> None:
    """A mistake in bench.yaml is told once, with its line, before anything is done: pytest was used wrongly (4)."""
    report = run("hnad: {driver: human}\n")
    assert (report.status, report.ended) == (4, {})
    assert len(re.findall(r"bench.yaml:1: hnad: there is no such key", report.printed)) == 1
    assert "Traceback" not in report.printed


def test_the_simulated_bench_reports_its_times(tmp_path: Path) -> None:
    """JUnit carries press-to-closed, press-to-red and hold-to-open in milliseconds, and the table has them as well."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(HERE)]
    command += ["-k", "test_scenario and mute-closes", "--junitxml", str(tmp_path / "junit.xml")]
    command += ["--bench-out", str(tmp_path / "out"), "--basetemp", str(tmp_path / "runs")]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    told = {one.get("name"): one.get("value") for one in Xml.parse(tmp_path / "junit.xml").iter("property")}
    assert told["bench"] == "simulated"
    assert {"press_to_closed_ms", "press_to_red_ms", "hold_to_open_ms"} <= told.keys()
    assert float(told["hold_to_open_ms"] or 0) == pytest.approx(700, abs=60)
    table = (tmp_path / "out" / "timings.csv").read_text()
    assert "simulated,mute-closes-at-once,9,press_to_closed,0.0,20.0" in table
