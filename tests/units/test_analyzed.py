"""What systemd itself says of the units: how exposed each service is, and that nothing in them is misspelt."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from unit_files import ROLES, SERVICES, UNITS

AT_MOST = {"listener": 0.5, "uplink": 1.0, "skills": 1.0, "panel": 1.5}
"""Exposure, 0 to 10. Comparable speakers' services have 7.5 to 9.6."""
SYSTEM = Path("/usr/lib/systemd/system")

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not SYSTEM.is_dir(), reason="systemd is not installed here"
)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={"LC_ALL": "C"})


def exposed(unit: Path, at_most: float) -> bool:
    """Whether the service is more exposed than that, as its status says; the threshold is ten times the figure."""
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={round(at_most * 10)}", str(unit))
    assert "Overall exposure level" in done.stdout, done.stderr
    return done.returncode != 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine on which keepmum is installed, as far as systemd looks at it."""
    shutil.copytree(SYSTEM, tmp_path / "usr/lib/systemd/system", symlinks=True)
    python = tmp_path / "opt/keepmum/releases/1/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    (tmp_path / "opt/keepmum/current").symlink_to("releases/1")
    units = tmp_path / "usr/local/lib/systemd/system"
    units.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, units)
    return tmp_path


def complaints(root: Path) -> str:
    units = [str(root / "usr/local/lib/systemd/system" / unit.name) for unit in UNITS]
    done = analyze("verify", f"--root={root}", "--man=no", *units)
    return done.stdout + done.stderr


@pytest.mark.parametrize("role", ROLES)
def test_a_service_is_no_more_exposed_than_promised(role: str) -> None:
    """The figure is compared with the promise by systemd itself."""
    assert not exposed(SERVICES[ROLES.index(role)], AT_MOST[role])


@pytest.mark.parametrize("role", ROLES)
def test_a_service_without_its_filter_is_found(role: str, tmp_path: Path) -> None:
    """The gate bites: without its filter of system calls, no service is within its promise."""
    kept = [line for line in SERVICES[ROLES.index(role)].read_text().splitlines() if "SystemCallFilter" not in line]
    bare = tmp_path / f"keepmum-{role}.service"
    bare.write_text("\n".join(kept))
    assert exposed(bare, AT_MOST[role])


def test_systemd_has_nothing_to_say(root: Path) -> None:
    """No unknown key, no value that it cannot read, no unit and no program that is not there."""
    assert complaints(root) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("PrivateNetwork=yes", "PrivateNetworking=yes", "Unknown key"),
        ("WatchdogSec=20", "WatchdogSec=soon", "Failed to parse"),
        ("bin/python3 -I -B -m keepmum.listener", "bin/python -I -B -m keepmum.listener", "is not executable"),
    ],
)
def test_systemd_says_what_is_wrong(root: Path, right: str, wrong: str, complaint: str) -> None:
    """A slip of the pen, a bad value and a missing program are each told."""
    unit = root / "usr/local/lib/systemd/system/keepmum-listener.service"
    unit.write_text(unit.read_text().replace(right, wrong))
    assert complaint in complaints(root)
