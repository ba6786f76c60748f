"""Keepmum's own wheel is made with Python alone, and is the one that setuptools would make, as far as it is used."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import wheel
from pretend_speaker import ROOT, Desk, checkout


def test_the_same_checkout_gives_the_same_bytes(tmp_path: Path) -> None:
    """So a hash over it names a release, on every computer."""
    small = checkout(tmp_path / "checkout")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    assert wheel.make(small, first).read_bytes() == wheel.make(small, second).read_bytes()


def test_any_change_makes_another_release(desk: Desk) -> None:
    """A file of the package, a unit, or the list of wheels."""
    from steps import release

    names = {release.name(desk.machine())}
    for path in ("device/keepmum/skills.py", "systemd/keepmum.target", "scripts/installer/constraints-3.11.txt"):
        with (desk.checkout / path).open("a") as file:
            file.write("# changed\n")
        names.add(release.name(desk.machine()))
    assert len(names) == 4


def test_pip_takes_it_and_nothing_is_missing(tmp_path: Path) -> None:
    """A real pip installs the real keepmum, with its data; every file of the package has arrived."""
    if not any(Path(sys.prefix, "lib").glob("python*/site-packages/pip")):
        pytest.skip("this Python has no pip")
    made = wheel.make(ROOT, tmp_path)
    words = ["install", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--target"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, str(tmp_path / "there"), str(made)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    arrived = {str(path.relative_to(tmp_path / "there")) for path in (tmp_path / "there").rglob("*") if path.is_file()}
    assert {name for name, _ in wheel.contents(ROOT)} <= arrived
    assert {"keepmum/shipped_config/keepmum.yaml", "keepmum/models/en-household/am/final.mdl"} <= arrived
    about = next(name for name in zipfile.ZipFile(made).namelist() if name.endswith("/METADATA"))
    assert "Version: 0.1.0\n" in zipfile.ZipFile(made).read(about).decode()
