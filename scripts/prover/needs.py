"""What a proof needs of the machine: root, and other people's programs; and in which package they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

PACKAGES = {
    "ip": "iproute2",
    "tcpdump": "tcpdump",
    "strace": "strace",
    "mosquitto": "mosquitto",
    "mosquitto_sub": "mosquitto-clients",
    "espeak-ng": "espeak-ng",
    "systemctl": "systemd",
    "systemd-analyze": "systemd",
}
"""Debian's names."""
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def missing(programs: Iterable[str], *, root: bool = False) -> str:
    """One sentence about all that is not here and what to do about it; empty if nothing is missing."""
    packages = sorted({PACKAGES[name] for name in programs if shutil.which(name, path=PLACES) is None})
    lacks = [f"{', '.join(packages)} missing here (apt-get install {' '.join(packages)})"] if packages else []
    if root and os.geteuid() != 0:
        lacks.append("it needs root (sudo scripts/prove)")
    return "; ".join(lacks)


def systemd_runs() -> bool:
    """Whether this machine was booted by systemd (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()
