"""Three machines, as the doctor shows them: one on which all is well, one on which little is, and one with nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from simulated_machine import MACHINES, NAMES, PAGE, Simulated, page, shown

from keepmum.doctor import checks, report
from keepmum.doctor.finding import Verdict

Built = Callable[..., Simulated]
EACH = pytest.mark.parametrize("name", NAMES)
RENEW = "python tests/doctor/simulated_machine.py writes it anew"


@EACH
def test_the_report_is_the_one_that_lies_beside_the_machine(name: str) -> None:
    """Word for word, so that a change of a check can be read in the difference."""
    assert shown(name) == (MACHINES / f"{name}.txt").read_text(), RENEW


def test_the_page_shows_the_report_as_it_is() -> None:
    """The documentation's example is made by the program."""
    assert page(PAGE.read_text()) == PAGE.read_text(), RENEW


def test_a_healthy_machine_has_no_problem_and_the_others_have(built: Built) -> None:
    """The exit status follows from this."""
    assert checks.is_well(built().results())


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_others_have_problems_each_with_something_to_do(built: Built, name: str) -> None:
    """No problem without a hint."""
    problems = [result for result in built(name).results() if result.finding.verdict is Verdict.PROBLEM]
    assert len(problems) >= 5
    assert [result.check for result in problems if not result.finding.hint] == []


@EACH
def test_looking_changes_nothing(built: Built, name: str) -> None:
    """No file is written, touched or removed, and only programs that show something are started."""

    def everything(root: Path) -> dict[str, tuple[int, int]]:
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in root.rglob("*")}

    machine = built(name)
    before = everything(machine.root)
    machine.results(i2c=True, broker=True)
    assert everything(machine.root) == before
    looks = ("vcgencmd get_throttled", "espeak-ng --voices", "amixer -c 0 scontents", "amixer -c 1 scontents")
    assert set(machine.ran) <= {*looks, "amixer -c 2 scontents", "amixer -c 3 scontents"}


@EACH
def test_scripts_get_every_check_in_the_same_order(built: Built, name: str) -> None:
    """Whatever the machine, the keys of the JSON are the same."""
    told = json.loads(report.as_json(built(name).results()))
    assert [told["schema"], [(one["group"], one["check"]) for one in told["checks"]]] == [
        report.SCHEMA,
        [(group, check) for group, each in checks.GROUPS.items() for check in each],
    ]
    assert {frozenset(one) for one in told["checks"]} == {frozenset(("group", "check", "verdict", "found", "hint"))}
    assert told["problems"] == sum(one["verdict"] == "problem" for one in told["checks"])


@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_keep_to_the_width(built: Built, width: int) -> None:
    """Nothing but a word that is longer than the rest of a line sticks out."""
    text = report.text(built("laptop").results(), width)
    assert [line for line in text.splitlines() if len(line) > max(width, 80)] == []
