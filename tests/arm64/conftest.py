"""What the arm64 tests share: for each Debian a root with a release of keepmum in it, and how long things took.

They only run where KEEPMUM_BOOT says so, as `scripts/test --boot` does; otherwise there is one skip, with its reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so these are found by folder
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))

import arm64_root
from arm64_speaker import TIMES, Speaker

HERE = Path(__file__).parent
_WHY = "it installs keepmum in two Debians for arm64, for up to an hour the first time: sudo scripts/test --boot"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark them, and leave one that tells why there are no others where they cannot or shall not run."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker("boot")
    reason = arm64_root.obstacle() if os.environ.get("KEEPMUM_BOOT") else _WHY
    if reason and ours:
        ours[0].add_marker(pytest.mark.skip(reason))
        config.hook.pytest_deselected(items=ours[1:])
        items[:] = [item for item in items if item not in ours[1:]]


@pytest.fixture(scope="session", params=arm64_root.PYTHONS)
def speaker(request: pytest.FixtureRequest) -> Iterator[Speaker]:
    """Debian 12 with Python 3.11, Debian 13 with 3.13; for the length of the tests a release of keepmum is in it."""
    try:
        root = arm64_root.made(request.param)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no {request.param} can be made here: {error}; is there a network?")
    made = Speaker(request.param, root)
    try:
        made.install()
        yield made
    finally:
        made.remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long each thing took."""
    for line in TIMES:
        terminalreporter.write_line(f"arm64: {line}")
