"""Runs the command in folders of its own, and knows what the tests about consents share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from keepmum import cli, config

for _folder in (Path(__file__).parent, Path(__file__).parents[1] / "listener" / "consents"):
    sys.path.insert(0, str(_folder))  # pytest imports tests by file; reset_home and consents_desk are found by folder


class Outcome(NamedTuple):
    """What one command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """`keepmum` with the words given, for the speaker that lives in `tmp_path`."""
    monkeypatch.delenv("KEEPMUM_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(config, "OWNERS_FILE", tmp_path / "none.yaml")
    folders = [f"--set=folders.{name}={tmp_path / name}" for name in ("run", "state", "outbox")]

    def run(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["keepmum", *folders, *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Outcome(int(ended.value.code or 0), *capsys.readouterr())

    return run
