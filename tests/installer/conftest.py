"""A speaker that is only a folder, with and without a Raspberry Pi's boot partition."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so this one is found by folder

from pretend_speaker import Desk, checkout, speaker


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A mini PC with Debian 12, and somebody in front of it."""
    return Desk(speaker(tmp_path / "speaker"), checkout(tmp_path / "checkout"))


@pytest.fixture
def pi(tmp_path: Path) -> Desk:
    """A Raspberry Pi with Debian 12, and somebody in front of it."""
    return Desk(speaker(tmp_path / "speaker", pi=True), checkout(tmp_path / "checkout"))
