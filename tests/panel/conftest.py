"""Lets the tests of this folder find what they share, and gives them a listener and a page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from panel_house import PanelProcess, ScriptedListener  # noqa: E402


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScriptedListener, PanelProcess]]:
    """A page that all tests of a file look at, one after the other: its start takes seconds."""
    listener = ScriptedListener(tmp_path_factory.mktemp("l") / "run")
    with PanelProcess(tmp_path_factory.mktemp("p"), listener.folder) as panel:
        yield listener, panel
    listener.close()


@pytest.fixture
def listener(shared: tuple[ScriptedListener, PanelProcess]) -> ScriptedListener:
    """A listener's door, behind which a test says what is answered; it has forgotten the test before."""
    shared[0].begin_anew()
    return shared[0]


@pytest.fixture
def panel(shared: tuple[ScriptedListener, PanelProcess], listener: ScriptedListener) -> PanelProcess:
    """The page's own process, locked, in front of that listener."""
    return shared[1]


@pytest.fixture
def last_listener(tmp_path: Path) -> Iterator[ScriptedListener]:
    """One of a test's own, which it may end."""
    one = ScriptedListener(tmp_path / "run")
    yield one
    one.close()


@pytest.fixture
def last_panel(last_listener: ScriptedListener, tmp_path: Path) -> Iterator[PanelProcess]:
    """A page of a test's own, which ends with it."""
    with PanelProcess(tmp_path, last_listener.folder) as one:
        yield one
