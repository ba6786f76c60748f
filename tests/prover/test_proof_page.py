"""The page says what was found, and a proof whose control was not seen is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import page
import prove_trace
import prove_wire
import pytest
from finding import Count, Finding, Verdict, exit_code

PROVER = Path(__file__).resolve().parents[2] / "scripts" / "prover"
FACTS = page.Facts("a Pi", "2026-11-23 05:00 UTC", "0.1.0, commit abc", "scripts/prove --hours 1", 840)
GOOD, SEEN = Count("muted", "0 bytes", True), Count("two consents", "206153 bytes", True, control=True)
BAD, BLIND = Count("muted", "9 bytes <b>", False), Count("two consents", "0 bytes", False, control=True)


def finding(*counts: Count, missing: str = "") -> Finding:
    return Finding("wire", "Bytes on the wire", "tcpdump looks. " * 20, counts, missing)


@pytest.mark.parametrize(
    ("found", "verdict", "code"),
    [
        (finding(GOOD, SEEN), Verdict.HOLDS, 0),
        (finding(BAD, SEEN), Verdict.BROKEN, 1),
        (finding(GOOD, BLIND), Verdict.BLIND, 1),
        (finding(GOOD), Verdict.BLIND, 1),
        (finding(BAD, BLIND), Verdict.BROKEN, 1),
        (finding(missing="no root"), Verdict.NOT_RUN, 1),
        (Finding.broken_off("wire", "Bytes", "tried", OSError("no veth")), Verdict.BROKEN, 1),
    ],
)
def test_the_verdict_is_the_worst_of_all(found: Finding, verdict: Verdict, code: int) -> None:
    """As promised and seen; otherwise exit code 1. Where nothing at all was run, nothing was proved."""
    assert found.verdict is verdict
    assert exit_code((found,)) == code


def test_what_was_not_run_does_not_spoil_the_rest() -> None:
    """It is said, with what is missing; but one bad number among good ones does spoil it."""
    assert exit_code((finding(GOOD, SEEN), finding(missing="no strace"))) == 0
    assert exit_code((finding(GOOD, SEEN), finding(BAD, SEEN))) == 1


def test_the_page_fits_and_says_everything() -> None:
    """Machine, date, version, command; every number; what is missing; a last line. No line is longer than 120."""
    both = (finding(GOOD, SEEN), finding(missing="strace missing here (apt-get install strace); it needs root"))
    text = page.text(FACTS, both)
    for word in (
        "a Pi",
        "2026-11-23",
        "commit abc",
        "--hours 1",
        "14 minutes",
        "0 bytes",
        "206153",
        "apt-get install strace",
    ):
        assert word in text
    assert re.search(r"muted +0 bytes +ok", text)
    assert re.search(r"control: two consents +206153 bytes +seen", text)
    assert max(map(len, text.splitlines())) <= 120
    assert text.endswith("1 holds, 1 not run: everything that was run is as promised.\n")


def test_bad_news_is_loud() -> None:
    """WRONG beside the number, BLIND beside the control, NOT in the last line."""
    text = page.text(FACTS, (finding(BAD, SEEN), finding(GOOD, BLIND)))
    assert re.search(r"9 bytes <b> +WRONG", text)
    assert re.search(r"0 bytes +BLIND", text)
    assert text.endswith("1 BROKEN, 1 BLIND: NOT as promised.\n")


def test_the_page_for_a_browser_needs_nothing_else() -> None:
    """The same words, nothing fetched, and what was found cannot become part of the page."""
    text = page.page(FACTS, (finding(BAD, SEEN),))
    assert "9 bytes &lt;b&gt;" in text
    assert "BROKEN" in text
    assert not re.search(r"(src|href|url)\s*[=(]|http", text)


def test_a_name_that_is_no_proof_is_one_clear_line() -> None:
    """Exit code 2, and the names that there are."""
    done = subprocess.run([sys.executable, str(PROVER), "--only", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "wire" in done.stderr
    assert "units" in done.stderr


def test_the_command_ends_badly_when_nothing_was_proved(tmp_path: Path) -> None:
    """A proof that this machine cannot run is told with its reason, on paper too, and is not taken for a good one."""
    words = [sys.executable, str(PROVER), "--only", "units", "--out", str(tmp_path / "out")]
    if Path("/run/systemd/system").is_dir():
        pytest.skip("systemd runs here, so the units' proof may be run")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no systemd here" in done.stdout
    assert (tmp_path / "out" / "proof.txt").read_text() == done.stdout
    assert "no systemd here" in (tmp_path / "out" / "proof.html").read_text()


@pytest.mark.parametrize("proof", [prove_wire, prove_trace])
def test_a_proof_that_needs_root_says_so(monkeypatch: pytest.MonkeyPatch, proof: Any) -> None:
    """It is not run, whatever else is there, and not taken for a failure."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    finding = proof.prove(0.01, lambda *_: None) if proof is prove_wire else proof.prove(lambda *_: None)
    assert finding.verdict is Verdict.NOT_RUN
    assert "it needs root (sudo scripts/prove)" in finding.missing
