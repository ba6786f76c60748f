"""What the boot tests share: roots, machines with keepmum installed, and the tables that they print at the end.

They only run where KEEPMUM_BOOT says so, which `scripts/test --boot` does; otherwise there is one skip that says why.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from boot_root import SUITES, wanting
from boot_shop import Shop
from boot_speaker import Speaker

HERE = Path(__file__).parent
_WHY = "it boots two Debians as root, for some minutes: sudo scripts/test --boot"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark them, and leave one that tells why there are no others where they cannot or shall not run."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker("boot")
    reason = wanting() if os.environ.get("KEEPMUM_BOOT") else _WHY
    if reason and ours:
        ours[0].add_marker(pytest.mark.skip(reason))
        config.hook.pytest_deselected(items=ours[1:])
        items[:] = [item for item in items if item not in ours[1:]]


@pytest.fixture(scope="session", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    """Debian 12, and Debian 13."""
    return str(request.param)


@pytest.fixture(scope="session")
def shop(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Where machines come from."""
    try:
        shop = Shop(suite, tmp_path_factory.mktemp(suite))
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "see above").strip().splitlines()[-1]
        pytest.skip(f"no {suite} can be made here: {last}; is there a network?")
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def speaker(shop: Shop) -> Iterator[Speaker]:
    """A speaker that was installed and is booted, for the tests of one file, in their order."""
    computer = shop.installed()
    computer.boot()
    yield Speaker(computer)
    computer.cut()


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Print this after all tests."""
    return lambda words: record_property("told", words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests told."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    for report in reports:
        told = [str(words) for name, words in getattr(report, "user_properties", []) if name == "told"]
        if told and report.when == "call":
            terminalreporter.section(report.nodeid.rpartition("::")[2], sep="-")
            terminalreporter.write_line("\n".join(told))
