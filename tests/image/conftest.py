"""What the tests about cards share: the imager's folder on the path, and a small bundle that counts as a real one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The imager, the installer whose parts it uses, and small bundles: none of them is a package.
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/imager"))
sys.path.insert(0, str(Path(__file__).parents[1] / "installer"))

import pins
import small_bundles


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle for a card, of a few kilobytes; its one wheel is what keepmum pins for the length of the test."""
    monkeypatch.setattr(pins, "read", lambda _: small_bundles.PINNED)
    return small_bundles.whole(tmp_path)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A boot partition as an imager leaves it."""
    folder = tmp_path / "bootfs"
    folder.mkdir()
    (folder / "config.txt").write_text("dtparam=audio=on\n")
    (folder / "cmdline.txt").write_text("console=tty1 root=PARTUUID=1\n")
    (folder / "meta-data").write_text("instance_id: rpios-image\n")
    return folder
