"""The boards behind USB behind the listener's lock, which knows no new socket."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BESIDE = Path(__file__).parent / "locked_board.py"


def test_behind_the_lock(tmp_path: Path) -> None:
    """A board works on, is found again after it started again, and the one ioctl reaches the kernel."""
    ran = subprocess.run([sys.executable, BESIDE, tmp_path], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["off"]
    assert told["gone"] == "the USB device 2886:001a is gone"
    assert told["off again"]
    assert told["ioctl"] == "the USB device 2886:001a failed: Inappropriate ioctl for device"
