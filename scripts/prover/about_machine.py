"""Says which machine and which keepmum a page is about."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def machine() -> str:
    """Processor or board, cores, system and Python, in one line."""
    board = Path("/proc/device-tree/model")
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = board.read_text().strip("\0\n") if board.exists() else (names[-1] if names else platform.machine())
    system = f"Linux {platform.release()} {platform.machine()}, {_system()}"
    return f"{name}, {os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown system"


def keepmum() -> str:
    """Its version and, in a checkout, its commit, and whether anything was changed since."""
    return f"{version('keepmum')}, {_commit()}"


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short=10", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "device", "scripts", "config")
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    return f"commit {commit}" + (", with changes that are not committed" if changed else "")


def _git(*words: str) -> str:
    # Root may look at a folder that somebody else owns.
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
