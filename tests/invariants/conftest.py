"""Lets the tests of the invariants find what they share."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "listener"):  # pytest imports tests by file; these modules are found by folder
    sys.path.insert(0, str(folder))
