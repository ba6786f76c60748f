"""Lets the tests about consents find what they share."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so this one is found by folder
