"""`keepmum doctor` and `keepmum selftest` as they are typed: what they print, what they ask, how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from keepmum import cli
from keepmum.doctor import checks
from keepmum.doctor.selftest.outcome import ORDER
from keepmum.listener.look import LADDER
from keepmum.sound import RATE

LONGEST = 120
TRIAL = """\
hardware:
  scene: scene.txt
  fast: true
  microphone:
    driver: wav
  ring:
    driver: recorder
  button:
    driver: scripted
  speaker:
    driver: wav
    file: replies.wav
folders:
  run: run
  state: state
  outbox: outbox
"""


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """An owner's file of a speaker without hardware, in whose room it hums and a hand comes by."""
    soundfile.write(tmp_path / "hum.wav", np.full(RATE, 1_234, "<i2"), RATE)
    (tmp_path / "scene.txt").write_text(f"noise hum.wav\npause {0.8 * len(LADDER) + 5}\nhold 1\npause 1\n")
    file = tmp_path / "keepmum.yaml"
    file.write_text(TRIAL)
    return file


def keepmum(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli.app, list(words), input=typed)


def test_the_doctor_looks_at_this_machine(trial: Path) -> None:
    """Whatever is found here: every check has its line, and the status says whether there is a problem."""
    result = keepmum("--config", str(trial), "doctor", "--json")
    told = json.loads(result.stdout)
    assert [(one["group"], one["check"]) for one in told["checks"]] == [
        (group, check) for group, each in checks.GROUPS.items() for check in each
    ]
    assert result.exit_code == (1 if told["problems"] else 0)
    said = {one["check"]: one for one in told["checks"]}
    assert (said["model"]["verdict"], said["microphone"]["found"]) == ("ok", "a scene plays instead of one")
    assert not (trial.parent / "state").exists()


def test_people_get_the_same_lines_in_groups(trial: Path) -> None:
    """Headings, verdicts, hints, and how many of each."""
    lines = keepmum("--config", str(trial), "doctor").stdout.splitlines()
    assert [line for line in lines if line in checks.GROUPS] == list(checks.GROUPS)
    assert any(line.startswith("  ok         wake phrases    it wakes on 'alexa'") for line in lines)
    assert "note" in lines[-1]
    assert "problem" in lines[-1]


def test_wrong_settings_are_a_finding_and_not_the_end(tmp_path: Path) -> None:
    """The doctor is asked when things are wrong."""
    file = tmp_path / "keepmum.yaml"
    file.write_text("hardware:\n  ring:\n    driver: apa103\n")
    result = keepmum("--config", str(file), "doctor", "--json")
    told = {one["check"]: one for one in json.loads(result.stdout)["checks"]}
    assert (result.exit_code, told["configuration"]["verdict"]) == (1, "problem")
    assert "apa102" in told["configuration"]["hint"]
    assert told["model"]["verdict"] == "ok"


def test_the_self_test_runs_behind_the_listeners_lock(trial: Path) -> None:
    """The real command, its own process: every part passes where no hardware is needed, with the broker left out."""
    command = [str(Path(sys.executable).parent / "keepmum"), "--config", str(trial), "selftest", "--yes", "--json"]
    environment = {**os.environ, "TMPDIR": str(trial.parent)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False, env=environment)
    told = json.loads(done.stdout)
    assert (done.returncode, told["failed"]) == (0, 0), done.stderr
    ended = {part["part"]: part["ended"] for part in told["parts"]}
    assert ended == dict.fromkeys(ORDER, "pass") | {"broker": "skipped"}
    assert "Hold the button now" in done.stderr
    assert not (trial.parent / "state").exists()


def test_a_failed_part_is_the_exit_status(trial: Path) -> None:
    """And a line with what to do."""
    (trial.parent / "scene.txt").write_text("pause 1\n")
    command = [
        str(Path(sys.executable).parent / "keepmum"),
        "--config",
        str(trial),
        "selftest",
        "--yes",
        "--skip",
        "hold",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 1
    assert "fail     recording    2.0 s, digital silence" in done.stdout
    assert "skipped  hold         as you wished" in done.stdout


def test_it_asks_before_it_makes_light_and_sound(trial: Path) -> None:
    """No is an answer, and so is nothing."""
    for typed in ("n\n", ""):
        result = keepmum("--config", str(trial), "selftest", typed=typed)
        assert result.exit_code == 1
        assert "Nothing is kept. Go on?" in result.output
        assert "hardware" not in result.output
    assert not (trial.parent / "replies.wav").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--json",), "add --yes"),
        (("--yes", "--skip", "everything"), "lights, recording, mute"),
        (("--yes", "--skip", "broker"), "lights"),
    ],
)
def test_a_wrong_use_says_how(trial: Path, words: tuple[str, ...], told: str) -> None:
    """Before anything is opened."""
    result = keepmum("--config", str(trial), "selftest", *words)
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())
