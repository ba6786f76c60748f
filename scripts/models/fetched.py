"""Where fetched models are put, and so where they are looked for."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """Where a service may read it, if we may write there; else where this user's programs keep their files."""
    if os.geteuid() == 0:
        return Path("/var/lib/keepmum/models")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "keepmum/models"
