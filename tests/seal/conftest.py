"""Where the tests of sealing find what they share."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; the shared parts are found by folder
