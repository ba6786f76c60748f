"""What the doctor's tests share: no owner's file of this computer, and machines built from their description."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keepmum import config

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so these are found by folder

from simulated_machine import Simulated, described


@pytest.fixture(autouse=True)
def _no_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KEEPMUM_CONFIG", raising=False)
    monkeypatch.setattr(config, "OWNERS_FILE", tmp_path / "etc" / "keepmum.yaml")


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., Simulated]:
    """A machine by its name, with a change to its description."""

    def build(name: str = "pi5-2mic-v2", change: Callable[[dict[str, Any]], object] = lambda words: None) -> Simulated:
        words = described(name)
        change(words)
        return Simulated(words, tmp_path)

    return build
