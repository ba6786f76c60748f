"""What the tests of the rungs share is found by its folder: pytest imports tests by file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
