"""Killed at any moment, a second run completes what was begun, and an uninstall leaves nothing.

A moment is just before any change of the disk and any program. `KEEPMUM_STOPS` says at how many of them it is killed;
`scripts/test --thorough` takes them all.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pretend_speaker import Desk, checkout, speaker, tree

STOPS = int(os.environ.get("KEEPMUM_STOPS", "6"))
BOARD = ("--board", "respeaker-2mic-v2")


def stopped(desk: Desk, moment: int, *words: str) -> int:
    """Run it in a process of its own until it is killed; with moment 0 how many moments there are."""
    driver = [sys.executable, str(Path(__file__).with_name("stopped_install.py"))]
    done = subprocess.run(
        [*driver, str(desk.root), str(desk.checkout), str(moment), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == (-signal.SIGKILL if moment else 0), done.stderr
    return 0 if moment else int(done.stdout.split()[-1])


def chosen(moments: int) -> list[int]:
    """Some of them, or all; others every time."""
    everything = list(range(1, moments + 1))
    return everything if moments <= STOPS else sorted(random.sample(everything, STOPS))


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """A Pi on which nothing is, to make copies of."""
    return Desk(speaker(tmp_path / "bare", pi=True), checkout(tmp_path / "checkout"))


def copy(desk: Desk, at: Path) -> Desk:
    """The same speaker once more; its programs name no path, so that it can be anywhere."""
    shutil.rmtree(at, ignore_errors=True)
    shutil.copytree(desk.root, at, symlinks=True)
    return Desk(at, desk.checkout)


def whole(desk: Desk) -> dict[str, str]:
    """What an installation leaves, without what names the folder it is in."""
    return {name: what for name, what in tree(desk.root).items() if not name.endswith("bin/keepmum")}


def test_a_killed_installation_is_completed_by_a_second_one(bare: Desk, tmp_path: Path) -> None:
    """Byte for byte as if it had never been killed, the journal included."""
    undisturbed = copy(bare, tmp_path / "undisturbed")
    moments = stopped(undisturbed, 0, *BOARD)
    assert moments > 60
    for moment in chosen(moments):
        desk = copy(bare, tmp_path / "killed")
        stopped(desk, moment, *BOARD)
        desk.installs(*BOARD)
        assert whole(desk) == whole(undisturbed), moment


def test_a_killed_installation_can_be_taken_away(bare: Desk, tmp_path: Path) -> None:
    """Wherever it ended, the journal knew of everything: the Pi is as it was before."""
    moments = stopped(copy(bare, tmp_path / "undisturbed"), 0, *BOARD)
    for moment in chosen(moments):
        desk = copy(bare, tmp_path / "killed")
        stopped(desk, moment, *BOARD)
        desk.uninstalls("--yes")
        assert tree(desk.root) == tree(bare.root), moment


def test_a_killed_uninstallation_is_completed_by_a_second_one(bare: Desk, tmp_path: Path) -> None:
    """It may end anywhere, too, and leaves nothing the second time."""
    installed = copy(bare, tmp_path / "installed")
    installed.installs(*BOARD)
    moments = stopped(copy(installed, tmp_path / "undisturbed"), 0, "--uninstall", "--yes")
    for moment in chosen(moments):
        desk = copy(installed, tmp_path / "killed")
        stopped(desk, moment, "--uninstall", "--yes")
        desk.uninstalls("--yes")
        assert tree(desk.root) == tree(bare.root), moment


def test_a_killed_update_is_completed_by_a_second_one(bare: Desk, tmp_path: Path) -> None:
    """The new release runs, and the one before it is the way back."""
    installed = copy(bare, tmp_path / "installed")
    shutil.rmtree(installed.root / "boot")
    installed.installs("--board", "none")
    before = installed.current
    newer = checkout(tmp_path / "newer", "answers better")
    undisturbed = Desk(copy(installed, tmp_path / "undisturbed").root, newer)
    moments = stopped(undisturbed, 0)
    for moment in chosen(moments):
        desk = Desk(copy(installed, tmp_path / "killed").root, newer)
        stopped(desk, moment)
        desk.installs()
        assert whole(desk) == whole(undisturbed), moment
        assert (desk.root / "opt/keepmum/previous").readlink().name == before
