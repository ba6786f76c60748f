"""The scripts that people run: they say what they do, and stop with one clear line when they cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IN_PYTHON = {"verify-ledger"}
"""Its tests are in tests/ledger."""
RUNNABLE = [file for file in sorted((ROOT / "scripts").iterdir()) if file.is_file() and os.access(file, os.X_OK)]
SCRIPTS = [file for file in RUNNABLE if file.name not in IN_PYTHON]


@pytest.mark.parametrize("script", [*SCRIPTS, ROOT / ".ci/run"], ids=lambda script: script.name)
def test_a_script_is_short_and_says_what_it_is_for(script: Path) -> None:
    """At most 30 lines, stops at the first error, and begins with a comment for people."""
    lines = script.read_text().splitlines()
    assert len(lines) <= 30
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1].startswith("# ")
    assert "set -euo pipefail" in lines


@pytest.mark.parametrize("script", RUNNABLE, ids=lambda script: script.name)
def test_every_script_stands_in_the_readme(script: Path) -> None:
    """One line each."""
    assert f"| `{script.name}` |" in (ROOT / "scripts/README.md").read_text()


def test_the_scripts_are_good_bash() -> None:
    """shellcheck has nothing to say."""
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: apt-get install shellcheck")
    done = subprocess.run(["shellcheck", *SCRIPTS, ROOT / ".ci/run"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_setup_says_what_is_missing_and_why(tmp_path: Path) -> None:
    """On a machine without espeak-ng it names it with its use, and stops when apt cannot help."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "scripts/setup", tmp_path / "scripts/setup")
    for name in ("bash", "dirname", "grep", "python3", "env", "mosquitto_sub"):
        target = shutil.which(name)
        (tmp_path / "bin" / name).symlink_to(target or "/bin/true")
    apt = tmp_path / "bin/apt-get"
    apt.write_text('#!/bin/bash\necho "apt-get $*" >&2\nexit 100\n')
    apt.chmod(0o755)
    done = subprocess.run(
        [str(tmp_path / "scripts/setup")],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "setup: espeak-ng is missing (the voice that answers)" in done.stdout
    assert not (tmp_path / ".venv").exists()


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/benches"), *words], capture_output=True, text=True, check=False
    )


def test_the_benches_list_themselves() -> None:
    """Without a name: every bench with the first line of what it says about itself."""
    listed = bench()
    assert listed.returncode == 0
    for file in sorted((ROOT / "scripts/benches").glob("[a-z]*.py")):
        if "\ndef main(" in file.read_text():
            assert f"  {file.stem.rstrip('_')} " in listed.stdout


@pytest.mark.parametrize("name", ["array", "commands", "model", "run", "wake"])
def test_every_bench_can_be_asked_what_it_does(name: str) -> None:
    """Each imports what it needs in a process of its own: none stands in front of a part of Python."""
    done = bench(name, "--help")
    assert done.returncode == 0, done.stderr
    assert f"bench {name}" in done.stdout


def test_an_unknown_bench_is_one_clear_line() -> None:
    """Exit code 2 and the names that there are."""
    done = bench("nix")
    assert done.returncode == 2
    assert done.stderr.startswith("bench: error: there is no bench 'nix'; here are: ")


def test_progress_is_silent_unless_something_fails() -> None:
    """What pip says is shown only when it helps."""
    script = str(ROOT / "scripts/progress")
    good = subprocess.run([script, "echo", "Collecting x"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    bad = subprocess.run([script, "bash", "-c", "echo why; exit 3"], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (1, "why\n")
