"""The whole chain for tests that break it, and how often they do: more in `scripts/test --thorough`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "uplink"))  # for the real mosquitto

from chain_household import Chain


@pytest.fixture(scope="session")
def kills() -> int:
    """KEEPMUM_KILLS: random kills of one process."""
    return int(os.environ.get("KEEPMUM_KILLS", "12"))


@pytest.fixture(scope="session")
def power_cuts() -> int:
    """KEEPMUM_CUTS: power cuts."""
    return int(os.environ.get("KEEPMUM_CUTS", "25"))


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tell whoever watches how far it is."""

    def told(line: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name}: {line}", end="", flush=True)

    return told


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a chain with this seed and these defects; it is ended afterwards."""
    begun: list[Chain] = []

    def begin(seed: int, **more: Any) -> Chain:
        folder = tmp_path / f"chain{len(begun)}"
        folder.mkdir()
        begun.append(Chain(folder, seed, **more))
        begun[-1].start()
        return begun[-1]

    yield begin
    for one in begun:
        one.close()
