"""Lets the tests of the invariants find what they share."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOMS = (HERE, HERE.parent, HERE.parent / "listener", HERE.parent / "uplink", HERE.parents[1] / "scripts/gatehouse")
for room in ROOMS:  # pytest imports tests by file; these modules are found by folder
    sys.path.insert(0, str(room))
